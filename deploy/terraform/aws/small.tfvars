# The smallest shop that has everything. One of each server, so a failure of one stops the shop for minutes.
protect              = false
nat_gateway_per_zone = false
postgres             = { class = "db.t4g.medium", storage_gib = 20, max_storage_gib = 50, standby = false, backup_days = 7 }
redis                = { class = "cache.t4g.micro", nodes = 1 }
broker               = { class = "mq.m7g.medium", cluster = false }
max_replicas         = 4
monthly_budget_usd   = 400
