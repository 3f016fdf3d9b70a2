# What must hold in every account. faults.toml plants a fault for each assertion.

mock_provider "aws" {
  mock_resource "aws_mq_broker" {
    defaults = { instances = [{ endpoints = ["amqps://b-1.mq.us-east-1.on.aws:5671"] }] }
  }
}

variables {
  region                = "us-east-1"
  database_ca           = "-----BEGIN CERTIFICATE-----"
  domain                = "shop.example.com"
  api_allowed_cidrs     = ["198.51.100.0/24"]
  cluster_admins        = ["arn:aws:iam::111122223333:role/operator"]
  alarm_emails          = ["operator@example.com"]
  broker_admin_password = "secret-of-the-broker-0123456789"
  redis_token           = "secret-of-redis-0123456789"
  passwords = {
    "broker/autoscaling"               = "secret"
    "broker/catalog"                   = "secret"
    "broker/gateway"                   = "secret"
    "broker/order"                     = "secret"
    "broker/payment"                   = "secret"
    "broker/user"                      = "secret"
    "catalog/token_secrets"            = "secret"
    "database/catalog"                 = "secret"
    "database/catalog_owner"           = "secret"
    "database/order"                   = "secret"
    "database/order_owner"             = "secret"
    "database/payment"                 = "secret"
    "database/payment_owner"           = "secret"
    "database/user"                    = "secret"
    "database/user_owner"              = "secret"
    "order/token_secrets"              = "secret"
    "payment/provider_secret_key"      = "secret"
    "payment/token_secrets"            = "secret"
    "payment/webhook_secrets"          = "secret"
    "user/signing_keys_encryption_key" = "secret"
    "user/smtp_url"                    = "secret"
    "user/token_secrets"               = "secret"
  }
}

run "production_sizes" {
  variables {
    file = "production.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "small_sizes" {
  variables {
    file = "small.tfvars"
  }
  module {
    source = "../tests/sizes"
  }
}

run "production" {
  variables {
    nat_gateway_per_zone = run.production_sizes.values.nat_gateway_per_zone
    postgres             = run.production_sizes.values.postgres
    redis                = run.production_sizes.values.redis
    broker               = run.production_sizes.values.broker
    max_replicas         = run.production_sizes.values.max_replicas
    monthly_budget_usd   = run.production_sizes.values.monthly_budget_usd
  }

  # PostgreSQL

  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "postgres is public"
  }
  assert {
    condition     = aws_db_subnet_group.this.subnet_ids == toset([for subnet in aws_subnet.servers : subnet.id])
    error_message = "postgres is not in the subnets of the servers"
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == aws_kms_key.this.arn
    error_message = "postgres is not encrypted with the key"
  }
  assert {
    condition     = contains([for p in aws_db_parameter_group.this.parameter : "${p.name}=${p.value}"], "rds.force_ssl=1")
    error_message = "postgres accepts connections without TLS"
  }
  assert {
    condition     = aws_db_instance.this.manage_master_user_password
    error_message = "the password of the administrator is not made by RDS"
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period >= 30 && !aws_db_instance.this.delete_automated_backups
    error_message = "postgres keeps backups for less than 30 days, or not after its deletion"
  }
  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "postgres can be deleted, or without a snapshot"
  }
  assert {
    condition     = aws_db_instance.this.multi_az
    error_message = "postgres has no standby"
  }
  assert {
    condition     = var.pool_sizes == tomap(run.production_sizes.pool_sizes)
    error_message = "pool_sizes differ from services/*/config/default.toml"
  }
  assert {
    condition = contains(
      [for p in aws_db_parameter_group.this.parameter : "${p.name}=${p.value}"],
      "max_connections=${local.connections}"
    )
    error_message = "max_connections differs from the budget"
  }

  # Redis and the broker

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "redis accepts connections without TLS"
  }
  assert {
    condition     = aws_elasticache_replication_group.this.auth_token == var.redis_token
    error_message = "redis demands no token"
  }
  assert {
    condition     = aws_elasticache_replication_group.this.kms_key_id == aws_kms_key.this.arn
    error_message = "redis is not encrypted with the key"
  }
  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "redis does not fail over"
  }
  assert {
    condition     = !aws_mq_broker.this.publicly_accessible
    error_message = "the broker is public"
  }
  assert {
    condition     = aws_mq_broker.this.deployment_mode == "CLUSTER_MULTI_AZ"
    error_message = "the broker is no cluster"
  }
  assert {
    condition = alltrue([
      for rule in aws_vpc_security_group_ingress_rule.server :
      rule.referenced_security_group_id == aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
    ])
    error_message = "a server admits others than the nodes"
  }
  assert {
    condition = toset([for rule in aws_vpc_security_group_ingress_rule.server : rule.from_port]) == toset([
      443, 5432, 5671, 6379
    ])
    error_message = "a server admits other ports than those of TLS"
  }

  # The cluster

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(var.api_allowed_cidrs)
    error_message = "the API of the cluster is open to other networks"
  }
  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == aws_kms_key.this.arn
    error_message = "Secrets of the cluster are not encrypted with the key"
  }
  assert {
    condition     = !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "the creator of the cluster is its administrator forever"
  }
  assert {
    condition     = contains(aws_eks_cluster.this.enabled_cluster_log_types, "audit")
    error_message = "the cluster has no audit log"
  }
  assert {
    condition     = aws_eks_cluster.this.deletion_protection
    error_message = "the cluster can be deleted"
  }
  assert {
    condition     = aws_eks_addon.metrics.addon_name == "metrics-server"
    error_message = "the autoscalers have no metrics of CPU"
  }

  # Secrets and identities

  assert {
    condition = alltrue([
      for version in concat(
        values(aws_secretsmanager_secret_version.database),
        values(aws_secretsmanager_secret_version.broker),
        values(aws_secretsmanager_secret_version.redis),
        values(aws_secretsmanager_secret_version.copied),
        values(aws_secretsmanager_secret_version.ca),
      ) : !strcontains(version.secret_string, "secret")
    ])
    error_message = "the state has the value of a secret"
  }
  assert {
    condition = toset([
      for version in concat(
        values(aws_secretsmanager_secret_version.database),
        values(aws_secretsmanager_secret_version.broker),
        values(aws_secretsmanager_secret_version.redis),
        values(aws_secretsmanager_secret_version.copied),
        values(aws_secretsmanager_secret_version.ca),
      ) : version.secret_id
    ]) == toset([for secret in aws_secretsmanager_secret.this : secret.id])
    error_message = "a secret has no value"
  }
  assert {
    condition = alltrue([
      for secret in aws_secretsmanager_secret.this :
      secret.kms_key_id == aws_kms_key.this.arn && secret.recovery_window_in_days == 30
    ])
    error_message = "a secret is not encrypted with the key, or cannot be recovered"
  }
  assert {
    condition = alltrue([
      for policy in aws_iam_role_policy.workload : !strcontains(policy.policy, "\"*\"") && !strcontains(policy.policy, ":*\"")
    ])
    error_message = "a workload may use all actions or all resources"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.workload["backup"].policy, "s3:Delete")
    error_message = "the backup can delete dumps"
  }
  assert {
    condition = alltrue([
      for name, role in aws_iam_role.workload :
      strcontains(role.assume_role_policy, "\"aws:RequestTag/kubernetes-service-account\":\"${name}\"")
    ])
    error_message = "a role can be taken by another service account"
  }

  # Backups, images, DNS

  assert {
    condition = (
      aws_s3_bucket_public_access_block.backup.block_public_acls && aws_s3_bucket_public_access_block.backup.block_public_policy &&
      aws_s3_bucket_public_access_block.backup.ignore_public_acls && aws_s3_bucket_public_access_block.backup.restrict_public_buckets
    )
    error_message = "the bucket of backups can be public"
  }
  assert {
    condition     = aws_s3_bucket_versioning.backup.versioning_configuration[0].status == "Enabled"
    error_message = "the bucket of backups has no versions"
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.backup.rule :
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.this.arn
    ])
    error_message = "backups are not encrypted with the key"
  }
  assert {
    condition     = strcontains(aws_s3_bucket_policy.backup.policy, "\"aws:SecureTransport\":\"false\"")
    error_message = "the bucket of backups accepts requests without TLS"
  }
  assert {
    condition     = !aws_s3_bucket.backup.force_destroy && !aws_route53_zone.this.force_destroy
    error_message = "the bucket of backups or the zone can be deleted with its contents"
  }
  assert {
    condition = alltrue([
      for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && !repository.force_delete
    ])
    error_message = "an image can be replaced, or deleted with its repository"
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "the key does not rotate, or is deleted early"
  }
  assert {
    condition     = alltrue([for n in aws_budgets_budget.this.notification : length(n.subscriber_email_addresses) > 0])
    error_message = "nobody receives the budget alarm"
  }
}

# small.tfvars can be destroyed by one command.
run "small" {
  # Not an update of the shop above.
  state_key = "small"

  variables {
    protect              = run.small_sizes.values.protect
    nat_gateway_per_zone = run.small_sizes.values.nat_gateway_per_zone
    postgres             = run.small_sizes.values.postgres
    redis                = run.small_sizes.values.redis
    broker               = run.small_sizes.values.broker
    max_replicas         = run.small_sizes.values.max_replicas
    monthly_budget_usd   = run.small_sizes.values.monthly_budget_usd
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot
    error_message = "without protect, postgres cannot be destroyed"
  }
  assert {
    condition     = !aws_eks_cluster.this.deletion_protection
    error_message = "without protect, the cluster cannot be destroyed"
  }
  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.recovery_window_in_days == 0])
    error_message = "without protect, the names of secrets stay taken"
  }
  assert {
    condition = (
      aws_s3_bucket.backup.force_destroy && aws_route53_zone.this.force_destroy &&
      alltrue([for repository in aws_ecr_repository.this : repository.force_delete])
    )
    error_message = "without protect, contents keep a bucket, a zone or a repository"
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 1
    error_message = "the small shop pays for more than one NAT gateway"
  }
}

run "too_many_replicas" {
  command = plan

  variables {
    nat_gateway_per_zone = false
    postgres             = run.small_sizes.values.postgres
    redis                = run.small_sizes.values.redis
    broker               = run.small_sizes.values.broker
    max_replicas         = 10
    monthly_budget_usd   = 100
  }
  expect_failures = [aws_db_instance.this]
}

run "refused_values" {
  command = plan

  variables {
    nat_gateway_per_zone  = false
    postgres              = { class = "db.t4g.small", storage_gib = 20, max_storage_gib = 50, standby = false, backup_days = 0 }
    redis                 = { class = "cache.t4g.micro", nodes = 1 }
    broker                = { class = "mq.m5.large", cluster = false }
    max_replicas          = 2
    monthly_budget_usd    = 100
    api_allowed_cidrs     = ["0.0.0.0/0"]
    broker_admin_password = "short"
    redis_token           = "short"
  }
  expect_failures = [
    var.api_allowed_cidrs,
    var.broker,
    var.broker_admin_password,
    var.postgres,
    var.redis_token,
  ]
}
