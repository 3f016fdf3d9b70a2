# One server for the four databases: a restore to a point in time returns all of them to the same instant. Four
# servers have no common instant, so money, orders and stock would differ after a restore.
# deploy/terraform/database.sql makes the databases and their roles, each of which can connect to its own database
# only. Azure encrypts disks and backups.

locals {
  # Connections for users, as documented by Azure: max_connections less 15. Add a size here before you use it.
  connections_by_size = {
    "B_Standard_B2s"      = 414
    "GP_Standard_D2ds_v5" = 844
    "GP_Standard_D4ds_v5" = 1703
  }
  connections = local.connections_by_size[var.postgres.size]

  # A release adds one replica of each service before it removes one. The rest is for migrations and operators.
  connections_needed = sum(values(var.pool_sizes)) * (var.max_replicas + 1) + 20

  server_settings = {
    # Connections without TLS are refused.
    require_secure_transport = "on"
    max_connections          = tostring(local.connections + 15)
    # catalog searches with these.
    "azure.extensions" = "PG_TRGM,UNACCENT"
    # Milliseconds.
    log_min_duration_statement = "1000"
  }
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                = coalesce(var.postgres_name, "${var.name}-${var.suffix}")
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  version             = "17"
  sku_name            = var.postgres.size
  storage_mb          = var.postgres.storage_gib * 1024
  auto_grow_enabled   = true
  zone                = "1"

  # Reachable from the virtual network only.
  public_network_access_enabled = false
  delegated_subnet_id           = azurerm_subnet.postgres.id
  private_dns_zone_id           = azurerm_private_dns_zone.this["postgres"].id

  administrator_login               = "shop_admin"
  administrator_password_wo         = var.passwords["database/administrator"]
  administrator_password_wo_version = lookup(var.secret_versions, "database/administrator", 1)

  backup_retention_days        = var.postgres.backup_days
  geo_redundant_backup_enabled = var.postgres.geo_redundant

  dynamic "high_availability" {
    for_each = toset(var.postgres.standby ? ["2"] : [])
    content {
      mode                      = "ZoneRedundant"
      standby_availability_zone = high_availability.value
    }
  }

  maintenance_window {
    day_of_week  = 0
    start_hour   = 4
    start_minute = 30
  }

  lifecycle {
    # A failover exchanges them.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]

    precondition {
      condition     = local.connections_needed <= local.connections
      error_message = "The services need ${local.connections_needed} connections and ${var.postgres.size} has ${local.connections}: take a larger size or lower max_replicas."
    }
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  for_each = local.server_settings

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = each.value
}

# Azure's deletion protection: a lock. The vault and the storage of backups have one too.
resource "azurerm_management_lock" "this" {
  for_each = {
    for name, id in {
      backup   = azurerm_storage_account.backup.id
      cluster  = azurerm_kubernetes_cluster.this.id
      postgres = azurerm_postgresql_flexible_server.this.id
      vault    = azurerm_key_vault.this.id
    } : name => id if var.protect
  }

  name       = "protect"
  scope      = each.value
  lock_level = "CanNotDelete"
  notes      = "Set protect to false first."
}
