variable "subscription_id" {
  description = "Subscription of everything."
  type        = string
}

variable "shop" {
  description = "The output `serverless` of deploy/terraform/azure."
  type = object({
    name           = string
    resource_group = string
    location       = string
    network        = string
    network_id     = string
    endpoints_id   = string
    dns_zone       = string
    vault_id       = string
    registry       = string
    registry_id    = string
    workspace_id   = string
    secrets        = map(object({ id = string, role_id = string }))
  })
}

variable "label" {
  description = "First label of the host name of this gateway: api.shop.example.com has api."
  type        = string
}

variable "image" {
  description = "The image of the gateway, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must end with the digest of the image: ..@sha256:.."
  }
}

variable "protect" {
  description = "Whether the environment is protected against deletion. Set it to false, apply, then destroy."
  type        = bool
  default     = true
}

variable "zone_redundant" {
  description = "Whether instances are spread over zones. A change makes the environment anew."
  type        = bool
}

variable "instances" {
  description = "Fewest and most instances. With 0, the first request after a pause waits for a start."
  type        = object({ min = number, max = number })
}

variable "gateway_tls" {
  description = "What the Secret gateway-serverless-tls of the cluster has: tls.crt, tls.key, ca.crt. Never stored in the state."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

variable "secret_version" {
  description = "A higher one writes gateway_tls again."
  type        = number
  default     = 1
}
