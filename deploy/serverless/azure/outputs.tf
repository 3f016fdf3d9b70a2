# What docs/deploy/serverless.md uses. Nothing here is secret.

output "resource_group" {
  value = var.shop.resource_group
}

output "host" {
  value = local.host
}

output "app" {
  value = azurerm_container_app.gateway.name
}

output "environment" {
  value = azurerm_container_app_environment.this.name
}
