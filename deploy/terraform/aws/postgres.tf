# One instance for the four databases: a restore to a point in time returns all of them to the same instant. Four
# instances have no common instant, so money, orders and stock would differ after a restore.
# deploy/terraform/database.sql makes the databases and their roles, each of which can connect to its own database
# only.

locals {
  # Connections that the instance accepts, as max_connections. Add a class here before you use it.
  connections_by_class = {
    "db.t4g.small"  = 198
    "db.t4g.medium" = 413
    "db.m8g.large"  = 800
    "db.m8g.xlarge" = 1600
  }
  connections = local.connections_by_class[var.postgres.class]

  # A release adds one replica of each service before it removes one. The rest is for migrations, operators and RDS.
  connections_needed = sum(values(var.pool_sizes)) * (var.max_replicas + 1) + 20
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = [for subnet in aws_subnet.servers : subnet.id]
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-17-"
  family      = "postgres17"

  # Connections without TLS are refused.
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name         = "max_connections"
    value        = tostring(local.connections)
    apply_method = "pending-reboot"
  }
  # Milliseconds.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier           = var.name
  engine               = "postgres"
  engine_version       = "17"
  instance_class       = var.postgres.class
  parameter_group_name = aws_db_parameter_group.this.name
  ca_cert_identifier   = "rds-ca-rsa2048-g1"

  storage_type          = "gp3"
  allocated_storage     = var.postgres.storage_gib
  max_allocated_storage = var.postgres.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this.arn

  # RDS makes the administrator's password, stores it in Secrets Manager, and replaces it every week.
  username                      = "postgres"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this.arn

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.server["postgres"].id]
  publicly_accessible    = false
  multi_az               = var.postgres.standby

  backup_retention_period  = var.postgres.backup_days
  backup_window            = "03:00-04:00"
  maintenance_window       = "Sun:04:30-Sun:05:30"
  copy_tags_to_snapshot    = true
  delete_automated_backups = !var.protect
  deletion_protection      = var.protect
  skip_final_snapshot      = !var.protect

  final_snapshot_identifier       = "${var.name}-final"
  auto_minor_version_upgrade      = true
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.this.arn
  enabled_cloudwatch_logs_exports = ["postgresql"]

  lifecycle {
    precondition {
      condition     = local.connections_needed <= local.connections
      error_message = "The services need ${local.connections_needed} connections and ${var.postgres.class} has ${local.connections}: take a larger class or lower max_replicas."
    }
  }
}
