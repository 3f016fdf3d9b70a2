# Azure Managed Redis (Azure Cache for Redis ends in 2028). The Enterprise policy has one endpoint: the client follows
# no redirects. It keeps counters of rate limits and a product cache, and may be flushed at any time, so nothing is
# persisted and it is not protected against deletion. Azure encrypts its memory and disks.
resource "azurerm_managed_redis" "this" {
  name                      = "${var.name}-${var.suffix}"
  resource_group_name       = azurerm_resource_group.this.name
  location                  = var.location
  sku_name                  = var.redis.sku
  high_availability_enabled = var.redis.replica
  public_network_access     = "Disabled"

  default_database {
    client_protocol   = "Encrypted"
    clustering_policy = "EnterpriseCluster"
    eviction_policy   = "AllKeysLRU"
    # Azure makes the key. The provider reads it, so it is in the state.
    access_keys_authentication_enabled = true
  }
}

resource "azurerm_private_endpoint" "redis" {
  name                = "${var.name}-redis"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  subnet_id           = azurerm_subnet.endpoints.id

  private_service_connection {
    name                           = "redis"
    is_manual_connection           = false
    private_connection_resource_id = azurerm_managed_redis.this.id
    subresource_names              = ["redisEnterprise"]
  }
  private_dns_zone_group {
    name                 = "redis"
    private_dns_zone_ids = [azurerm_private_dns_zone.this["redis"].id]
  }
}
