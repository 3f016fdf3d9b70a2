# The certificate with which the gateway calls the services, and the CA of theirs and of RabbitMQ. cert-manager makes
# them in the cluster. The values are write-only: they are in no plan and in no state.

locals {
  tls_secrets = { "gateway-tls-cert" = "tls.crt", "gateway-tls-key" = "tls.key", "gateway-tls-ca" = "ca.crt" }
  # All that the gateway reads: the file /run/secrets/<name> of each.
  secrets = merge(var.shop.secrets, {
    for name, secret in azurerm_key_vault_secret.tls : name => { id = secret.versionless_id, role_id = secret.resource_versionless_id }
  })
}

resource "azurerm_key_vault_secret" "tls" {
  for_each = local.tls_secrets

  name             = each.key
  key_vault_id     = var.shop.vault_id
  value_wo         = var.gateway_tls[each.value]
  value_wo_version = var.secret_version
}

resource "azurerm_user_assigned_identity" "gateway" {
  name                = "${var.shop.name}-gateway"
  resource_group_name = var.shop.resource_group
  location            = var.shop.location
}

# These secrets, not the vault.
resource "azurerm_role_assignment" "secret" {
  for_each = toset(concat(keys(local.tls_secrets), ["gateway-broker-url", "gateway-redis-url"]))

  scope                = local.secrets[each.value].role_id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.gateway.principal_id
}

resource "azurerm_role_assignment" "pull" {
  scope                = var.shop.registry_id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.gateway.principal_id
}
