# The host name of this gateway, beside that of the cluster's edge.

locals {
  host = "${var.label}.${var.shop.dns_zone}"
}

resource "azurerm_dns_cname_record" "host" {
  name                = var.label
  zone_name           = var.shop.dns_zone
  resource_group_name = var.shop.resource_group
  ttl                 = 300
  record              = azurerm_container_app.gateway.ingress[0].fqdn
}

# Proves to Azure that the domain is ours.
resource "azurerm_dns_txt_record" "host" {
  name                = "asuid.${var.label}"
  zone_name           = var.shop.dns_zone
  resource_group_name = var.shop.resource_group
  ttl                 = 300

  record {
    value = azurerm_container_app.gateway.custom_domain_verification_id
  }
}

# The provider cannot make a managed certificate: `az containerapp hostname bind` does (docs/deploy/serverless.md).
resource "azurerm_container_app_custom_domain" "host" {
  name             = local.host
  container_app_id = azurerm_container_app.gateway.id
  depends_on       = [azurerm_dns_cname_record.host, azurerm_dns_txt_record.host]

  lifecycle {
    ignore_changes = [certificate_binding_type, container_app_environment_certificate_id]
  }
}
