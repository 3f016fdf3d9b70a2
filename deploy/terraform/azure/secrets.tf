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

resource "azurerm_key_vault" "this" {
  name                = "${var.name}-${var.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tenant_id           = var.tenant_id
  sku_name            = "standard"

  rbac_authorization_enabled = true
  purge_protection_enabled   = var.protect
  soft_delete_retention_days = var.protect ? 90 : 7

  network_acls {
    default_action             = "Deny"
    bypass                     = "None"
    ip_rules                   = var.api_allowed_cidrs
    virtual_network_subnet_ids = [azurerm_subnet.nodes.id]
  }

  lifecycle {
    # Azure never turns purge protection off, nor changes the days. After protect = false, a vault that had it is
    # deleted, and its name stays taken for 90 days: choose another suffix.
    ignore_changes = [purge_protection_enabled, soft_delete_retention_days]
  }
}

resource "azurerm_role_assignment" "secrets_officer" {
  for_each = var.operators

  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = each.value
}

resource "azurerm_key_vault_secret" "database" {
  for_each = local.database_secrets

  name             = local.secret_names[each.key]
  key_vault_id     = azurerm_key_vault.this.id
  value_wo_version = lookup(var.secret_versions, each.key, 1)
  value_wo = format("postgres://%s:%s@%s:5432/%s?sslmode=verify-full",
    each.value.role, var.passwords["database/${each.value.role}"], azurerm_postgresql_flexible_server.this.fqdn, each.value.database
  )
  depends_on = [azurerm_role_assignment.secrets_officer]
}

resource "azurerm_key_vault_secret" "broker" {
  for_each = local.broker_secrets

  name             = local.secret_names[each.key]
  key_vault_id     = azurerm_key_vault.this.id
  value_wo_version = lookup(var.secret_versions, each.key, 1)
  value_wo         = format(each.value.url, each.value.user, var.passwords["broker/${each.value.user}"], local.broker_host)
  depends_on       = [azurerm_role_assignment.secrets_officer]
}

resource "azurerm_key_vault_secret" "redis" {
  for_each = local.redis_secrets

  name             = local.secret_names[each.key]
  key_vault_id     = azurerm_key_vault.this.id
  value_wo_version = lookup(var.secret_versions, each.key, 1)
  value_wo = format("rediss://:%s@%s:10000/0",
    urlencode(azurerm_managed_redis.this.default_database[0].primary_access_key), azurerm_managed_redis.this.hostname
  )
  depends_on = [azurerm_role_assignment.secrets_officer]
}

resource "azurerm_key_vault_secret" "copied" {
  for_each = local.copied_secrets

  name             = local.secret_names[each.key]
  key_vault_id     = azurerm_key_vault.this.id
  value_wo_version = lookup(var.secret_versions, each.key, 1)
  value_wo         = var.passwords[each.key]
  depends_on       = [azurerm_role_assignment.secrets_officer]
}

resource "azurerm_key_vault_secret" "ca" {
  for_each = local.ca_secrets

  name             = local.secret_names[each.key]
  key_vault_id     = azurerm_key_vault.this.id
  value_wo_version = lookup(var.secret_versions, each.key, 1)
  value_wo         = each.value
  depends_on       = [azurerm_role_assignment.secrets_officer]
}
