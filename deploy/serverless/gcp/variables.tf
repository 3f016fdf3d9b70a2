variable "shop" {
  description = "The output `serverless` of deploy/terraform/gcp."
  type = object({
    name     = string
    project  = string
    region   = string
    network  = string
    nodes    = string
    dns_zone = string
    secrets  = list(string)
  })
}

variable "host" {
  description = "Host name of this gateway, below the domain of the shop."
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
  description = "Whether the service and its secrets are protected against deletion. Set it to false, apply, then destroy."
  type        = bool
  default     = true
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
