# The zone of the shop; the parent domain delegates to its name servers. The load balancer takes this address, so the
# record needs nothing from the cluster.
resource "azurerm_dns_zone" "this" {
  name                = var.domain
  resource_group_name = azurerm_resource_group.this.name
}

resource "azurerm_public_ip" "edge" {
  name                = "${var.name}-edge"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
}

resource "azurerm_dns_a_record" "shop" {
  name                = "@"
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.this.name
  ttl                 = 300
  records             = [azurerm_public_ip.edge.ip_address]
}

# Only Let's Encrypt issues certificates for the domain.
resource "azurerm_dns_caa_record" "shop" {
  name                = "@"
  zone_name           = azurerm_dns_zone.this.name
  resource_group_name = azurerm_resource_group.this.name
  ttl                 = 300

  record {
    flags = 0
    tag   = "issue"
    value = "letsencrypt.org"
  }
}
