# Every server in two or three zones.
nat_gateway_per_zone = true
postgres             = { class = "db.m8g.large", storage_gib = 100, max_storage_gib = 1000, standby = true, backup_days = 35 }
redis                = { class = "cache.m7g.large", nodes = 2 }
broker               = { class = "mq.m7g.large", cluster = true }
max_replicas         = 10
monthly_budget_usd   = 2500
