variable "shop" {
  description = "The output `serverless` of deploy/terraform/aws."
  type = object({
    name                 = string
    region               = string
    zones                = map(object({ name = string, index = number }))
    zone_id              = string
    vpc_id               = string
    route_tables         = map(string)
    redis_security_group = string
    redis_secret         = object({ name = string, arn = string })
    key_arn              = string
  })
}

variable "host" {
  description = "Host name of this gateway, below the domain of the shop."
  type        = string
}

variable "image" {
  description = "The image of the Dockerfile beside this file, by digest, in the repository `repository`."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must end with the digest of the image: ..@sha256:.."
  }
}

variable "upstreams" {
  description = "Host name of the internal load balancer of each service."
  type        = object({ user = string, catalog = string, order = string, payment = string })
}

variable "protect" {
  description = "Whether secrets and images are protected against deletion. Set it to false, apply, then destroy."
  type        = bool
  default     = true
}

variable "memory_mib" {
  description = "Memory of one instance, in MiB. Its share of a processor grows with it: 1769 MiB have one."
  type        = number
}

variable "max_instances" {
  description = "Most instances of each function, and so requests at the same time: `requests`, and `streams`, which follow an order."
  type        = object({ requests = number, streams = number })
}

variable "requests_per_second" {
  description = "Requests that API Gateway lets through in all: the steady rate, and the burst."
  type        = object({ rate = number, burst = number })
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
