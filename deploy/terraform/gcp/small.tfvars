# The smallest shop that has everything. One of each server, so a failure of one stops the shop for minutes.
protect        = false
postgres       = { tier = "db-custom-2-7680", storage_gb = 20, standby = false, backups = 7 }
redis          = { node = "SHARED_CORE_NANO", replica = false }
max_replicas   = 4
monthly_budget = 400
