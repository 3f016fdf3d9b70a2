# The zone of the shop; the parent domain delegates to its name servers. The load balancer takes this address, so the
# record needs nothing from the cluster.
resource "google_dns_managed_zone" "this" {
  name          = var.name
  dns_name      = "${var.domain}."
  description   = "The shop"
  force_destroy = !var.protect

  dnssec_config {
    state = "on"
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_address" "edge" {
  name         = "${var.name}-edge"
  address_type = "EXTERNAL"
  depends_on   = [google_project_service.this]
}

resource "google_dns_record_set" "shop" {
  managed_zone = google_dns_managed_zone.this.name
  name         = google_dns_managed_zone.this.dns_name
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.edge.address]
}

# Only Let's Encrypt issues certificates for the domain.
resource "google_dns_record_set" "caa" {
  managed_zone = google_dns_managed_zone.this.name
  name         = google_dns_managed_zone.this.dns_name
  type         = "CAA"
  ttl          = 300
  rrdatas      = ["0 issue \"letsencrypt.org\""]
}
