# Three parts of the shop's network: the gateway, the load balancers of the services, and the vault, which admits the
# cluster only and gets an address here.

locals {
  ports = { user = 50051, catalog = 50052, order = 50053, payment = 50054, rabbitmq = 5671 }
  # Names of the cluster, for the gateway: the certificate of RabbitMQ is for rabbitmq.mercantile.svc. The annotations
  # in kubernetes/kustomization.yaml have the same addresses. Azure keeps the first four of a subnet.
  addresses = {
    for index, name in ["user", "catalog", "order", "payment", "rabbitmq"] : name => cidrhost("10.0.20.0/28", 4 + index)
  }
}

resource "azurerm_subnet" "gateway" {
  name                 = "gateway"
  resource_group_name  = var.shop.resource_group
  virtual_network_name = var.shop.network
  address_prefixes     = ["10.0.18.0/23"]

  delegation {
    name = "gateway"
    service_delegation {
      name    = "Microsoft.App/environments"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "upstreams" {
  name                 = "upstreams"
  resource_group_name  = var.shop.resource_group
  virtual_network_name = var.shop.network
  address_prefixes     = ["10.0.20.0/28"]
}

resource "azurerm_private_dns_zone" "this" {
  for_each = { cluster = "mercantile.svc", vault = "privatelink.vaultcore.azure.net" }

  name                = each.value
  resource_group_name = var.shop.resource_group
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = azurerm_private_dns_zone.this

  name                  = each.key
  resource_group_name   = var.shop.resource_group
  private_dns_zone_name = each.value.name
  virtual_network_id    = var.shop.network_id
}

resource "azurerm_private_dns_a_record" "upstream" {
  for_each = local.addresses

  name                = each.key
  zone_name           = azurerm_private_dns_zone.this["cluster"].name
  resource_group_name = var.shop.resource_group
  ttl                 = 300
  records             = [each.value]
}

resource "azurerm_private_endpoint" "vault" {
  name                = "${var.shop.name}-vault"
  resource_group_name = var.shop.resource_group
  location            = var.shop.location
  subnet_id           = var.shop.endpoints_id

  private_service_connection {
    name                           = "vault"
    is_manual_connection           = false
    private_connection_resource_id = var.shop.vault_id
    subresource_names              = ["vault"]
  }
  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [azurerm_private_dns_zone.this["vault"].id]
  }
}
