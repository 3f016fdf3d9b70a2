# One instance for the four databases: a restore to a point in time returns all of them to the same instant. Four
# instances have no common instant, so money, orders and stock would differ after a restore.
# deploy/terraform/database.sql makes the databases and their roles, each of which can connect to its own database
# only. Google encrypts disks and backups.

locals {
  # Connections that the instance accepts, as max_connections. Add a tier here before you use it.
  connections_by_tier = {
    "db-custom-1-3840"  = 200
    "db-custom-2-7680"  = 400
    "db-custom-4-15360" = 800
  }
  connections = local.connections_by_tier[var.postgres.tier]

  # A release adds one replica of each service before it removes one. The rest is for migrations, operators and Cloud
  # SQL.
  connections_needed = sum(values(var.pool_sizes)) * (var.max_replicas + 1) + 20
}

resource "google_sql_database_instance" "this" {
  name             = coalesce(var.postgres_name, "${var.name}-${var.suffix}")
  region           = var.region
  database_version = "POSTGRES_17"
  # Terraform's own refusal; deletion_protection_enabled is the refusal of Google Cloud.
  deletion_protection = var.protect

  settings {
    edition                     = "ENTERPRISE"
    tier                        = var.postgres.tier
    availability_type           = var.postgres.standby ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.postgres.storage_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.protect
    retain_backups_on_delete    = var.protect

    # No public address. Connections without TLS are refused.
    ip_configuration {
      ipv4_enabled = false
      ssl_mode     = "ENCRYPTED_ONLY"
      # Certificates of this CA are valid for the DNS name of the instance; those of the default have no name.
      server_ca_mode = "GOOGLE_MANAGED_CAS_CA"
      psc_config {
        psc_enabled               = true
        allowed_consumer_projects = [var.project]
      }
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "03:00"
      point_in_time_recovery_enabled = true
      # The most that this edition has.
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = var.postgres.backups
      }
    }

    maintenance_window {
      day  = 7
      hour = 4
    }

    database_flags {
      name  = "max_connections"
      value = tostring(local.connections)
    }
    # Milliseconds.
    database_flags {
      name  = "log_min_duration_statement"
      value = "1000"
    }

    insights_config {
      query_insights_enabled = true
    }
  }

  lifecycle {
    # It grows by itself.
    ignore_changes = [settings[0].disk_size]

    precondition {
      condition     = local.connections_needed <= local.connections
      error_message = "The services need ${local.connections_needed} connections and ${var.postgres.tier} has ${local.connections}: take a larger tier or lower max_replicas."
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_sql_user" "administrator" {
  instance            = google_sql_database_instance.this.name
  name                = "postgres"
  password_wo         = var.passwords["database/administrator"]
  password_wo_version = lookup(var.secret_versions, "database/administrator", 1)
  # It owns databases, so it is deleted with the instance only.
  deletion_policy = "ABANDON"
}

resource "google_compute_address" "postgres" {
  name         = "${var.name}-postgres"
  subnetwork   = google_compute_subnetwork.servers.id
  address_type = "INTERNAL"
}

resource "google_compute_forwarding_rule" "postgres" {
  name                  = "${var.name}-postgres"
  network               = google_compute_network.this.id
  ip_address            = google_compute_address.postgres.id
  target                = google_sql_database_instance.this.psc_service_attachment_link
  load_balancing_scheme = ""
}

# The name in the certificate leads to the address in our network.
resource "google_dns_managed_zone" "postgres" {
  name        = "${var.name}-postgres"
  dns_name    = "${local.postgres_host}."
  description = "PostgreSQL"
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.this.id
    }
  }
}

resource "google_dns_record_set" "postgres" {
  managed_zone = google_dns_managed_zone.postgres.name
  name         = google_dns_managed_zone.postgres.dns_name
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.postgres.address]
}

locals {
  postgres_host = trimsuffix(google_sql_database_instance.this.dns_name, ".")
}
