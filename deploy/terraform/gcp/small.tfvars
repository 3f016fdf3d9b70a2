# The smallest shop that has everything. One of each server, so a failure of one stops the shop for minutes.
protect        = false
postgres       = { tier = "db-custom-1-3840", storage_gb = 20, standby = false, backups = 7 }
redis          = { node = "SHARED_CORE_NANO", replica = false }
max_replicas   = 2
monthly_budget = 400
