# Two workloads call Google Cloud. A service account of Kubernetes is a principal by itself, so nothing is in the
# manifests. The processes of the shop call PostgreSQL, RabbitMQ and Redis only, and have no identity. DNS records are
# made here and certificates by HTTP-01, so external-dns and cert-manager have none either.

locals {
  identities = {
    external-secrets = { namespace = "external-secrets", service_account = "external-secrets" }
    backup           = { namespace = "mercantile", service_account = "backup" }
  }
  principals = {
    for name, identity in local.identities : name => join("/", [
      "principal://iam.googleapis.com/projects", var.project_number, "locations/global/workloadIdentityPools",
      "${var.project}.svc.id.goog", "subject/ns", identity.namespace, "sa", identity.service_account,
    ])
  }
}

resource "google_secret_manager_secret_iam_member" "external_secrets" {
  for_each = google_secret_manager_secret.this

  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.principals["external-secrets"]
  # The pool of principals is made with the first cluster of the project.
  depends_on = [google_container_cluster.this]
}

# It adds dumps and reads them, and cannot overwrite or delete one.
resource "google_storage_bucket_iam_member" "backup" {
  for_each = toset(["roles/storage.objectCreator", "roles/storage.objectViewer"])

  bucket     = google_storage_bucket.backup.name
  role       = each.value
  member     = local.principals["backup"]
  depends_on = [google_container_cluster.this]
}
