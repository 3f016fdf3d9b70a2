# Two workloads call Azure. The processes of the shop call PostgreSQL, RabbitMQ and Redis only, and have no identity.
# DNS records are made here and certificates by HTTP-01, so external-dns and cert-manager have none either.

locals {
  identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets" }
    backup           = { namespace = "mercantile", service_account = "backup" }
  }
}

resource "azurerm_user_assigned_identity" "workload" {
  for_each = local.identities

  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
}

# Only this service account of this cluster.
resource "azurerm_federated_identity_credential" "workload" {
  for_each = local.identities

  name                = each.key
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.workload[each.key].id
  issuer              = azurerm_kubernetes_cluster.this.oidc_issuer_url
  subject             = "system:serviceaccount:${each.value.namespace}:${each.value.service_account}"
  audience            = ["api://AzureADTokenExchange"]
}

resource "azurerm_role_assignment" "external_secrets" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.workload["external-secrets"].principal_id
}

# It adds dumps and reads them, and cannot delete one: no role of Azure has just that.
resource "azurerm_role_definition" "backup" {
  name        = "${var.name}-${var.suffix}-backup"
  scope       = azurerm_storage_account.backup.id
  description = "Adds and reads dumps of the databases"

  permissions {
    actions = ["Microsoft.Storage/storageAccounts/blobServices/containers/read"]
    data_actions = [
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    ]
  }
}

resource "azurerm_role_assignment" "backup" {
  scope              = azurerm_storage_account.backup.id
  role_definition_id = azurerm_role_definition.backup.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.workload["backup"].principal_id
}
