# The certificate with which the gateway calls the services, and the CA of theirs and of RabbitMQ. cert-manager makes
# them in the cluster. The values are write-only: they are in no plan and in no state.

locals {
  tls_secrets = { "gateway-tls-cert" = "tls.crt", "gateway-tls-key" = "tls.key", "gateway-tls-ca" = "ca.crt" }
  # All that the gateway reads: the file /run/secrets/<name>/value of each.
  secrets = toset(concat(var.shop.secrets, keys(local.tls_secrets)))
}

resource "google_secret_manager_secret" "tls" {
  for_each = local.tls_secrets

  secret_id           = each.key
  deletion_protection = var.protect

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "tls" {
  for_each = local.tls_secrets

  secret                 = google_secret_manager_secret.tls[each.key].id
  secret_data_wo         = var.gateway_tls[each.value]
  secret_data_wo_version = var.secret_version

  # There is always a latest version.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_service_account" "gateway" {
  account_id   = "${var.shop.name}-gateway"
  display_name = "The gateway of ${var.shop.name} on Cloud Run"
}

# These secrets, not the project.
resource "google_secret_manager_secret_iam_member" "gateway" {
  for_each = local.secrets

  secret_id  = each.value
  role       = "roles/secretmanager.secretAccessor"
  member     = google_service_account.gateway.member
  depends_on = [google_secret_manager_secret.tls]
}
