# Dumps of the databases, beside the backups of Cloud SQL: they survive the deletion of the instance. Google encrypts
# them.
resource "google_storage_bucket" "backup" {
  name                        = "${var.name}-backup-${var.suffix}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  versioning {
    enabled = true
  }
  # Seconds: 35 days.
  soft_delete_policy {
    retention_duration_seconds = 3024000
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 35
    }
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 35
    }
  }

  depends_on = [google_project_service.this]
}
