# What the processes read, as whole values: External Secrets copies them into Kubernetes. The values are write-only:
# they are in no plan and in no state. Terraform writes a value when the secret is new or its version in
# var.secret_versions rises.

locals {
  services = toset(["catalog", "order", "payment", "user"])

  database_secrets = merge([
    for service in local.services : {
      "${service}/database_url"       = { role = service, database = service }
      "${service}/owner_database_url" = { role = "${service}_owner", database = service }
    }
  ]...)
  broker_secrets = merge(
    { for process in setunion(local.services, ["gateway"]) : "${process}/broker_url" => { user = process, url = local.broker_url } },
    # KEDA asks the management API for the lengths of queues.
    { "autoscaling/rabbitmq_url" = { user = "autoscaling", url = local.broker_management_url } },
  )
  redis_secrets = toset(["catalog/redis_url", "gateway/redis_url"])
  # Copied from var.passwords, under the same name.
  copied_secrets = toset([
    "catalog/token_secrets",
    "order/token_secrets",
    "payment/provider_secret_key",
    "payment/token_secrets",
    "payment/webhook_secrets",
    "user/signing_keys_encryption_key",
    "user/smtp_url",
    "user/token_secrets",
  ])
  # What encrypted connections are verified with. Public, but kept with the URLs, because the two change together.
  ca_secrets = { "database/ca" = var.database_ca }

  # The same names on each cloud: order/database_url is order-database-url.
  secret_names = {
    for name in setunion(
      keys(local.database_secrets), keys(local.broker_secrets), local.redis_secrets, local.copied_secrets, keys(local.ca_secrets)
    ) : name => replace(replace(name, "/", "-"), "_", "-")
  }
}

resource "aws_secretsmanager_secret" "this" {
  for_each = local.secret_names

  name                    = each.value
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.protect ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "database" {
  for_each = local.database_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_string_wo = format("postgres://%s:%s@%s:5432/%s?sslmode=verify-full",
    each.value.role, var.passwords["database/${each.value.role}"], aws_db_instance.this.address, each.value.database
  )
}

resource "aws_secretsmanager_secret_version" "broker" {
  for_each = local.broker_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_string_wo         = format(each.value.url, each.value.user, var.passwords["broker/${each.value.user}"], local.broker_host)
}

resource "aws_secretsmanager_secret_version" "redis" {
  for_each = local.redis_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_string_wo = format("rediss://:%s@%s:6379/0",
    var.redis_token, aws_elasticache_replication_group.this.primary_endpoint_address
  )
}

resource "aws_secretsmanager_secret_version" "copied" {
  for_each = local.copied_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_string_wo         = var.passwords[each.key]
}

resource "aws_secretsmanager_secret_version" "ca" {
  for_each = local.ca_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_string_wo         = each.value
}
