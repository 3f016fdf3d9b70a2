variable "name" {
  description = "Prefix of all names."
  type        = string
  default     = "mercantile"
}

variable "suffix" {
  description = "Ends the names that are unique in all of Azure (vault, registry, storage, PostgreSQL, Redis): 4 to 8 letters and digits."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{4,8}$", var.suffix))
    error_message = "suffix must be 4 to 8 lower-case letters and digits."
  }
}

variable "subscription_id" {
  description = "Subscription of everything."
  type        = string
}

variable "tenant_id" {
  description = "Entra tenant of the subscription."
  type        = string
}

variable "location" {
  description = "Region of everything, with three availability zones."
  type        = string
}

variable "domain" {
  description = "Host name of the shop; becomes a DNS zone of its own."
  type        = string
}

variable "protect" {
  description = "Whether databases, backups and secrets are protected against deletion. Set it to false, apply, then destroy."
  type        = bool
  default     = true
}

variable "api_allowed_cidrs" {
  description = "Networks of operators, which may reach the API of the cluster and the vault."
  type        = set(string)

  validation {
    condition     = length(var.api_allowed_cidrs) > 0 && alltrue([for c in var.api_allowed_cidrs : tonumber(split("/", c)[1]) >= 8])
    error_message = "api_allowed_cidrs must have a network, and none wider than /8."
  }
}

variable "operators" {
  description = "Object ids of the Entra groups and users that administer the cluster and write secrets. The caller must be one of them."
  type        = set(string)
}

variable "nodes" {
  description = "Size of the nodes, and the fewest and most of them."
  type = object({
    size = string
    min  = number
    max  = number
  })
}

variable "cluster_tier" {
  description = "Free, or Standard with an availability promise for the API server."
  type        = string
}

variable "postgres" {
  description = "The PostgreSQL server: size, storage in GiB, a standby in another zone, days of backups, a copy in the paired region."
  type = object({
    size          = string
    storage_gib   = number
    standby       = bool
    backup_days   = number
    geo_redundant = bool
  })

  validation {
    condition     = contains(keys(local.connections_by_size), var.postgres.size)
    error_message = "postgres.size must be one of ${join(", ", keys(local.connections_by_size))}; add a size to connections_by_size first."
  }
  validation {
    condition     = var.postgres.backup_days >= 7
    error_message = "postgres.backup_days must be 7 or more."
  }
}

variable "postgres_name" {
  description = "Name of the PostgreSQL server after a restore, which makes a new one. Otherwise <name>-<suffix>."
  type        = string
  default     = null
}

variable "redis" {
  description = "SKU of Redis, and whether it has a replica."
  type = object({
    sku     = string
    replica = bool
  })
}

variable "database_ca" {
  description = "Certificates of the CAs of Azure Database for PostgreSQL, PEM."
  type        = string

  validation {
    condition     = strcontains(var.database_ca, "-----BEGIN CERTIFICATE-----")
    error_message = "database_ca must be certificates in PEM."
  }
}

variable "max_replicas" {
  description = "Most replicas of each service that PostgreSQL has connections for. The autoscalers must not have more."
  type        = number
}

variable "pool_sizes" {
  description = "Connections of one replica: database.pool_size of each service."
  type        = map(number)
  default     = { catalog = 10, order = 16, payment = 16, user = 10 }
}

variable "monthly_budget" {
  description = "Costs of a month, in the currency of the subscription, above which the alarm is sent."
  type        = number
}

variable "budget_start" {
  description = "First day of the month in which the budget begins, such as 2027-01-01."
  type        = string
}

variable "alarm_emails" {
  description = "Receivers of the budget alarm."
  type        = list(string)
}

variable "passwords" {
  description = "Passwords and keys; deploy/terraform/README.md lists them. They are never stored in the state."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

variable "secret_versions" {
  description = "Version of a secret, 1 by default. A higher one writes the secret again, with today's password and address."
  type        = map(number)
  default     = {}
}
