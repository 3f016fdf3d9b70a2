# What must hold in every account. faults.toml plants a fault for each assertion.

mock_provider "azurerm" {
  mock_resource "azurerm_managed_redis" {
    defaults = { hostname = "mercantile.redis.azure.net" }
  }
}

variables {
  suffix            = "a1b2"
  subscription_id   = "00000000-0000-0000-0000-000000000001"
  tenant_id         = "00000000-0000-0000-0000-000000000002"
  location          = "westeurope"
  database_ca       = "-----BEGIN CERTIFICATE-----"
  domain            = "shop.example.com"
  api_allowed_cidrs = ["198.51.100.0/24"]
  operators         = ["00000000-0000-0000-0000-000000000003"]
  alarm_emails      = ["operator@example.com"]
  budget_start      = "2027-01-01"
  passwords = {
    "broker/autoscaling"               = "secret"
    "broker/catalog"                   = "secret"
    "broker/gateway"                   = "secret"
    "broker/order"                     = "secret"
    "broker/payment"                   = "secret"
    "broker/user"                      = "secret"
    "catalog/token_secrets"            = "secret"
    "database/administrator"           = "secret"
    "database/catalog"                 = "secret"
    "database/catalog_owner"           = "secret"
    "database/order"                   = "secret"
    "database/order_owner"             = "secret"
    "database/payment"                 = "secret"
    "database/payment_owner"           = "secret"
    "database/user"                    = "secret"
    "database/user_owner"              = "secret"
    "order/token_secrets"              = "secret"
    "payment/provider_secret_key"      = "secret"
    "payment/token_secrets"            = "secret"
    "payment/webhook_secrets"          = "secret"
    "user/signing_keys_encryption_key" = "secret"
    "user/smtp_url"                    = "secret"
    "user/token_secrets"               = "secret"
  }
}

run "production_sizes" {
  variables {
    file = "production.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "small_sizes" {
  variables {
    file = "small.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "production" {
  variables {
    cluster_tier   = run.production_sizes.values.cluster_tier
    nodes          = run.production_sizes.values.nodes
    postgres       = run.production_sizes.values.postgres
    redis          = run.production_sizes.values.redis
    max_replicas   = run.production_sizes.values.max_replicas
    monthly_budget = run.production_sizes.values.monthly_budget
  }

  # PostgreSQL

  assert {
    condition     = !azurerm_postgresql_flexible_server.this.public_network_access_enabled
    error_message = "postgres is public"
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this.delegated_subnet_id == azurerm_subnet.postgres.id
    error_message = "postgres is not in its subnet"
  }
  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.this["require_secure_transport"].value == "on"
    error_message = "postgres accepts connections without TLS"
  }
  assert {
    condition     = !strcontains(azurerm_postgresql_flexible_server.this.administrator_password, "secret")
    error_message = "the state has the password of the administrator"
  }
  assert {
    condition     = azurerm_postgresql_flexible_server.this.backup_retention_days >= 30 && azurerm_postgresql_flexible_server.this.geo_redundant_backup_enabled
    error_message = "postgres keeps backups for less than 30 days, or in one region"
  }
  assert {
    condition     = one(azurerm_postgresql_flexible_server.this.high_availability[*].mode) == "ZoneRedundant"
    error_message = "postgres has no standby in another zone"
  }
  assert {
    condition     = var.pool_sizes == tomap(run.production_sizes.pool_sizes)
    error_message = "pool_sizes differ from services/*/config/default.toml"
  }
  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.this["max_connections"].value == tostring(local.connections + 15)
    error_message = "max_connections differs from the budget"
  }
  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.this["azure.extensions"].value == "PG_TRGM,UNACCENT"
    error_message = "the extensions of catalog are not allowed"
  }
  assert {
    condition = toset(keys(azurerm_management_lock.this)) == toset(["backup", "cluster", "postgres", "vault"]) && alltrue([
      for lock in azurerm_management_lock.this : lock.lock_level == "CanNotDelete"
    ])
    error_message = "a lock against deletion is missing"
  }

  # Redis

  assert {
    condition     = azurerm_managed_redis.this.public_network_access == "Disabled"
    error_message = "redis is public"
  }
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].client_protocol == "Encrypted"
    error_message = "redis accepts connections without TLS"
  }
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].access_keys_authentication_enabled
    error_message = "redis demands no key"
  }
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].clustering_policy == "EnterpriseCluster"
    error_message = "redis redirects clients"
  }
  assert {
    condition     = azurerm_managed_redis.this.high_availability_enabled
    error_message = "redis has no replica"
  }

  # The cluster

  assert {
    condition = azurerm_kubernetes_cluster.this.api_server_access_profile[0].authorized_ip_ranges == toset([
      "198.51.100.0/24", "${azurerm_public_ip.nat.ip_address}/32"
    ])
    error_message = "the API of the cluster is open to other networks"
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.local_account_disabled && azurerm_kubernetes_cluster.this.azure_active_directory_role_based_access_control[0].azure_rbac_enabled
    error_message = "the cluster has an account without Entra ID"
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.network_profile[0].network_policy == "cilium"
    error_message = "NetworkPolicies are not enforced"
  }
  assert {
    condition     = !azurerm_kubernetes_cluster.this.run_command_enabled
    error_message = "commands can be run in the cluster past its API"
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.oidc_issuer_enabled && azurerm_kubernetes_cluster.this.workload_identity_enabled
    error_message = "workloads cannot have an identity"
  }
  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].os_sku == "AzureLinux" && azurerm_kubernetes_cluster.this.node_os_upgrade_channel == "SecurityPatch"
    error_message = "nodes get no security patches"
  }
  assert {
    condition     = contains([for log in azurerm_monitor_diagnostic_setting.cluster.enabled_log : log.category], "kube-audit-admin")
    error_message = "the cluster has no audit log"
  }

  # Secrets and identities

  assert {
    condition = alltrue([
      for secret in concat(
        values(azurerm_key_vault_secret.database),
        values(azurerm_key_vault_secret.broker),
        values(azurerm_key_vault_secret.redis),
        values(azurerm_key_vault_secret.copied),
        values(azurerm_key_vault_secret.ca),
      ) : !strcontains(secret.value, "secret")
    ])
    error_message = "the state has the value of a secret"
  }
  assert {
    condition = toset([
      for secret in concat(
        values(azurerm_key_vault_secret.database),
        values(azurerm_key_vault_secret.broker),
        values(azurerm_key_vault_secret.redis),
        values(azurerm_key_vault_secret.copied),
        values(azurerm_key_vault_secret.ca),
      ) : secret.name
    ]) == toset(values(local.secret_names))
    error_message = "a secret has no value"
  }
  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.purge_protection_enabled
    error_message = "the vault ignores roles, or can be purged"
  }
  assert {
    condition = alltrue([
      for acl in azurerm_key_vault.this.network_acls :
      acl.default_action == "Deny" && acl.ip_rules == var.api_allowed_cidrs
    ])
    error_message = "the vault is open to other networks"
  }
  assert {
    condition = azurerm_role_assignment.external_secrets.role_definition_name == "Key Vault Secrets User" && (
      azurerm_role_assignment.external_secrets.scope == azurerm_key_vault.this.id
    )
    error_message = "External Secrets can do more than read the vault"
  }
  assert {
    condition = alltrue([
      for action in azurerm_role_definition.backup.permissions[0].data_actions :
      !strcontains(action, "*") && !strcontains(action, "delete")
    ])
    error_message = "the backup can delete dumps"
  }
  assert {
    condition = alltrue([
      for name, credential in azurerm_federated_identity_credential.workload : endswith(credential.subject, ":${name}")
    ])
    error_message = "an identity can be taken by another service account"
  }

  # Backups, images, budget

  assert {
    condition     = !azurerm_storage_account.backup.allow_nested_items_to_be_public && azurerm_storage_container.backup.container_access_type == "private"
    error_message = "backups can be public"
  }
  assert {
    condition     = azurerm_storage_account.backup.network_rules[0].default_action == "Deny"
    error_message = "backups are reachable from everywhere"
  }
  assert {
    condition     = !azurerm_storage_account.backup.shared_access_key_enabled && !azurerm_storage_account.backup.local_user_enabled
    error_message = "backups can be read with a key"
  }
  assert {
    condition     = azurerm_storage_account.backup.https_traffic_only_enabled && azurerm_storage_account.backup.min_tls_version == "TLS1_2"
    error_message = "backups can be read without TLS"
  }
  assert {
    condition     = azurerm_storage_account.backup.infrastructure_encryption_enabled
    error_message = "backups are encrypted once only"
  }
  assert {
    condition     = azurerm_storage_account.backup.blob_properties[0].versioning_enabled
    error_message = "backups have no versions"
  }
  assert {
    condition     = azurerm_storage_account.backup.blob_properties[0].delete_retention_policy[0].days >= 30
    error_message = "a deleted backup cannot be recovered"
  }
  assert {
    condition     = !azurerm_container_registry.this.admin_enabled && !azurerm_container_registry.this.anonymous_pull_enabled
    error_message = "images can be read or written without a role"
  }
  assert {
    condition     = alltrue([for n in azurerm_consumption_budget_subscription.this.notification : length(n.contact_emails) > 0])
    error_message = "nobody receives the budget alarm"
  }
}

# small.tfvars can be destroyed by one command.
run "small" {
  # Not an update of the shop above.
  state_key = "small"

  variables {
    protect        = run.small_sizes.values.protect
    cluster_tier   = run.small_sizes.values.cluster_tier
    nodes          = run.small_sizes.values.nodes
    postgres       = run.small_sizes.values.postgres
    redis          = run.small_sizes.values.redis
    max_replicas   = run.small_sizes.values.max_replicas
    monthly_budget = run.small_sizes.values.monthly_budget
  }

  assert {
    condition     = length(azurerm_management_lock.this) == 0
    error_message = "without protect, a lock prevents destroy"
  }
  assert {
    condition     = !azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.soft_delete_retention_days == 7
    error_message = "without protect, the name of the vault stays taken"
  }
}

run "too_many_replicas" {
  command = plan

  variables {
    cluster_tier   = run.small_sizes.values.cluster_tier
    nodes          = run.small_sizes.values.nodes
    postgres       = run.small_sizes.values.postgres
    redis          = run.small_sizes.values.redis
    monthly_budget = run.small_sizes.values.monthly_budget
    max_replicas   = 10
  }
  expect_failures = [azurerm_postgresql_flexible_server.this]
}

run "refused_values" {
  command = plan

  variables {
    cluster_tier      = run.small_sizes.values.cluster_tier
    nodes             = run.small_sizes.values.nodes
    redis             = run.small_sizes.values.redis
    max_replicas      = run.small_sizes.values.max_replicas
    monthly_budget    = run.small_sizes.values.monthly_budget
    postgres          = { size = "B_Standard_B2s", storage_gib = 32, standby = false, backup_days = 0, geo_redundant = false }
    api_allowed_cidrs = ["0.0.0.0/0"]
    suffix            = "Not-Allowed"
  }
  expect_failures = [var.api_allowed_cidrs, var.postgres, var.suffix]
}
