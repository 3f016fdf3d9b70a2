# Every server in two zones.
postgres       = { tier = "db-custom-4-15360", storage_gb = 100, standby = true, backups = 35 }
redis          = { node = "STANDARD_SMALL", replica = true }
max_replicas   = 10
monthly_budget = 2500
