# Every server in two or three zones.
cluster_tier   = "Standard"
nodes          = { size = "Standard_D4as_v5", min = 3, max = 12 }
postgres       = { size = "GP_Standard_D2ds_v5", storage_gib = 128, standby = true, backup_days = 35, geo_redundant = true }
redis          = { sku = "Balanced_B5", replica = true }
max_replicas   = 10
monthly_budget = 2500
