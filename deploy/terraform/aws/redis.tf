# Valkey, cluster mode disabled: the client follows no redirects. It keeps counters of rate limits and a product
# cache, and may be flushed at any time, so it has no backups and is not protected against deletion.

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = [for subnet in aws_subnet.servers : subnet.id]
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Counters of rate limits and product cache"
  engine               = "valkey"
  engine_version       = "8.0"
  parameter_group_name = "default.valkey8"
  node_type            = var.redis.class
  port                 = 6379

  num_cache_clusters         = var.redis.nodes
  automatic_failover_enabled = var.redis.nodes > 1
  multi_az_enabled           = var.redis.nodes > 1

  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = var.redis_token
  auth_token_update_strategy = "ROTATE"
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.this.arn

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.server["redis"].id]
}
