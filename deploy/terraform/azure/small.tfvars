# The smallest shop that has everything. One of each server, so a failure of one stops the shop for minutes.
protect        = false
cluster_tier   = "Free"
nodes          = { size = "Standard_D2as_v5", min = 2, max = 4 }
postgres       = { size = "B_Standard_B2s", storage_gib = 32, standby = false, backup_days = 7, geo_redundant = false }
redis          = { sku = "Balanced_B0", replica = false }
max_replicas   = 4
monthly_budget = 400
