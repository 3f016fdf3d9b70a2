resource "azurerm_container_registry" "this" {
  # Letters and digits only.
  name                   = "${replace(var.name, "-", "")}${var.suffix}"
  resource_group_name    = azurerm_resource_group.this.name
  location               = var.location
  sku                    = "Standard"
  admin_enabled          = false
  anonymous_pull_enabled = false
}

resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.this["kubelet"].principal_id
}
