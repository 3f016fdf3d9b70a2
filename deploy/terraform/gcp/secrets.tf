# What the processes read, as whole values: External Secrets copies them into Kubernetes. The values are write-only: they are
# in no plan and in no state. Terraform writes a value when the secret is new or its version in var.secret_versions rises.

locals {
  services = toset(["catalog", "order", "payment", "user"])

  database_secrets = merge([
    for service in local.services : {
      "${service}/database_url"       = { role = service, database = service }
      "${service}/owner_database_url" = { role = "${service}_owner", database = service }
    }
  ]...)
  broker_secrets = { for process in setunion(local.services, ["gateway"]) : "${process}/broker_url" => process }
  redis_secrets  = toset(["catalog/redis_url", "gateway/redis_url"])
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

  # A name in Secret Manager has no slash: order/database_url is order-database-url, as on the other clouds without one.
  secret_ids = {
    for name in setunion(keys(local.database_secrets), keys(local.broker_secrets), local.redis_secrets, local.copied_secrets) :
    name => replace(replace(name, "/", "-"), "_", "-")
  }
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secret_ids

  secret_id           = each.value
  deletion_protection = var.protect
  # A destroyed version can be restored for a week.
  version_destroy_ttl = var.protect ? "604800s" : null

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_version" "database" {
  for_each = local.database_secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_data_wo = format("postgres://%s:%s@%s:5432/%s?sslmode=require",
    each.value.role, var.passwords["database/${each.value.role}"], google_compute_address.postgres.address, each.value.database
  )

  # There is always a latest version.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_version" "broker" {
  for_each = local.broker_secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_data_wo         = "amqps://${each.value}:${var.passwords["broker/${each.value}"]}@${local.broker_host}:5671/%2f"

  # There is always a latest version.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_version" "redis" {
  for_each = local.redis_secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_data_wo         = "rediss://${local.redis_host}:6379/0"

  # There is always a latest version.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_version" "copied" {
  for_each = local.copied_secrets

  secret                 = google_secret_manager_secret.this[each.key].id
  secret_data_wo_version = lookup(var.secret_versions, each.key, 1)
  secret_data_wo         = var.passwords[each.key]

  # There is always a latest version.
  lifecycle {
    create_before_destroy = true
  }
}
