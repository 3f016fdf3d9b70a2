variable "name" {
  description = "Prefix of all names."
  type        = string
  default     = "mercantile"
}

variable "suffix" {
  description = "Ends the names of the bucket, which is unique in all of Google Cloud, and of PostgreSQL, whose name stays taken for a week after its deletion: 4 to 8 letters and digits."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{4,8}$", var.suffix))
    error_message = "suffix must be 4 to 8 lower-case letters and digits."
  }
}

variable "project" {
  description = "Project of everything."
  type        = string
}

variable "project_number" {
  description = "Number of the project."
  type        = string
}

variable "billing_account" {
  description = "Billing account of the project, for the budget."
  type        = string
}

variable "region" {
  description = "Region of everything."
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
  description = "Networks of operators, which may reach the API of the cluster."
  type        = set(string)

  validation {
    condition     = length(var.api_allowed_cidrs) > 0 && alltrue([for c in var.api_allowed_cidrs : tonumber(split("/", c)[1]) >= 8])
    error_message = "api_allowed_cidrs must have a network, and none wider than /8."
  }
}

variable "cluster_admins" {
  description = "Members that administer the cluster, such as group:operators@example.com."
  type        = set(string)
}

variable "postgres" {
  description = "The PostgreSQL instance: tier, storage in GB, a standby in another zone, number of daily backups."
  type = object({
    tier       = string
    storage_gb = number
    standby    = bool
    backups    = number
  })

  validation {
    condition     = contains(keys(local.connections_by_tier), var.postgres.tier)
    error_message = "postgres.tier must be one of ${join(", ", keys(local.connections_by_tier))}; add a tier to connections_by_tier first."
  }
  validation {
    condition     = var.postgres.backups >= 7
    error_message = "postgres.backups must be 7 or more."
  }
}

variable "postgres_name" {
  description = "Name of the PostgreSQL server after a restore, which makes a new one. Otherwise <name>-<suffix>."
  type        = string
  default     = null
}

variable "redis" {
  description = "Type of the Redis nodes, and whether there is a replica."
  type = object({
    node    = string
    replica = bool
  })
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
  description = "Costs of a month, in the currency of the billing account, above which the alarm is sent."
  type        = number
}

variable "alarm_emails" {
  description = "Receivers of the budget alarm, five at most."
  type        = set(string)
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
