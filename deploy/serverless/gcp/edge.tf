# The public entry point: a global load balancer with a certificate of Google. The host name of this gateway is beside
# that of the cluster's edge.

resource "google_compute_global_address" "this" {
  name = "${var.shop.name}-gateway"
}

resource "google_compute_region_network_endpoint_group" "this" {
  name                  = "${var.shop.name}-gateway"
  region                = var.shop.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.gateway.name
  }
}

resource "google_compute_backend_service" "this" {
  name                  = "${var.shop.name}-gateway"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"

  backend {
    group = google_compute_region_network_endpoint_group.this.id
  }
}

resource "google_compute_url_map" "this" {
  name            = "${var.shop.name}-gateway"
  default_service = google_compute_backend_service.this.id
}

resource "google_compute_ssl_policy" "this" {
  name            = "${var.shop.name}-gateway"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_managed_ssl_certificate" "this" {
  name = "${var.shop.name}-gateway"

  managed {
    domains = [var.host]
  }

  depends_on = [google_dns_record_set.caa]
}

resource "google_compute_target_https_proxy" "this" {
  name             = "${var.shop.name}-gateway"
  url_map          = google_compute_url_map.this.id
  ssl_certificates = [google_compute_managed_ssl_certificate.this.id]
  ssl_policy       = google_compute_ssl_policy.this.id
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "${var.shop.name}-gateway"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  target                = google_compute_target_https_proxy.this.id
  ip_address            = google_compute_global_address.this.id
  port_range            = "443"
}

# Plain HTTP leads to HTTPS.
resource "google_compute_url_map" "redirect" {
  name = "${var.shop.name}-gateway-redirect"

  default_url_redirect {
    https_redirect = true
    strip_query    = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "${var.shop.name}-gateway-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "${var.shop.name}-gateway-redirect"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  target                = google_compute_target_http_proxy.redirect.id
  ip_address            = google_compute_global_address.this.id
  port_range            = "80"
}

resource "google_dns_record_set" "host" {
  managed_zone = var.shop.dns_zone
  name         = "${var.host}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.this.address]
}

# The record of the shop's domain admits Let's Encrypt only.
resource "google_dns_record_set" "caa" {
  managed_zone = var.shop.dns_zone
  name         = "${var.host}."
  type         = "CAA"
  ttl          = 300
  rrdatas      = ["0 issue \"pki.goog\""]
}
