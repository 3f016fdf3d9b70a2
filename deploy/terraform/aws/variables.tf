variable "name" {
  description = "Prefix of all names."
  type        = string
  default     = "mercantile"
}

variable "region" {
  description = "Region of everything."
  type        = string
}

variable "zones" {
  description = "Letters of the availability zones, three or more."
  type        = list(string)
  default     = ["a", "b", "c"]
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
  type        = list(string)

  validation {
    condition     = length(var.api_allowed_cidrs) > 0 && alltrue([for c in var.api_allowed_cidrs : tonumber(split("/", c)[1]) >= 8])
    error_message = "api_allowed_cidrs must have a network, and none wider than /8."
  }
}

variable "cluster_admins" {
  description = "ARNs of the IAM roles and users that administer the cluster."
  type        = set(string)
}

variable "nat_gateway_per_zone" {
  description = "Whether each zone has a NAT gateway. One in all is cheaper; its zone is then needed for calls to the internet."
  type        = bool
}

variable "postgres" {
  description = "The PostgreSQL instance: class, storage in GiB and its maximum, a standby in another zone, days of backups."
  type = object({
    class           = string
    storage_gib     = number
    max_storage_gib = number
    standby         = bool
    backup_days     = number
  })

  validation {
    condition     = contains(keys(local.connections_by_class), var.postgres.class)
    error_message = "postgres.class must be one of ${join(", ", keys(local.connections_by_class))}; add a class to connections_by_class first."
  }
  validation {
    condition     = var.postgres.backup_days >= 7
    error_message = "postgres.backup_days must be 7 or more."
  }
}

variable "redis" {
  description = "Class and number of the Redis nodes. Two or more fail over."
  type = object({
    class = string
    nodes = number
  })
}

variable "broker" {
  description = "Class of the RabbitMQ broker, and whether it is a cluster of three nodes."
  type = object({
    class   = string
    cluster = bool
  })

  validation {
    condition     = startswith(var.broker.class, "mq.m7g.")
    error_message = "broker.class must be mq.m7g.*: Amazon MQ has RabbitMQ 4 on no other class."
  }
}

variable "database_ca" {
  description = "Certificates of the CAs of RDS in this region, PEM."
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

variable "monthly_budget_usd" {
  description = "Costs of a month above which the alarm is sent."
  type        = number
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

variable "broker_admin_password" {
  description = "Password of the broker's administrator. It is in the state: the provider has no write-only argument for it."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.broker_admin_password) >= 24
    error_message = "broker_admin_password must have 24 characters or more."
  }
}

variable "redis_token" {
  description = "Token of Redis, letters and digits. It is in the state: the provider has no write-only argument for it."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.redis_token) >= 24
    error_message = "redis_token must have 24 characters or more."
  }
}
