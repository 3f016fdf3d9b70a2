# What docs/deploy/serverless.md uses. Nothing here is secret.

output "region" {
  value = var.shop.region
}

output "host" {
  value = var.host
}

output "service" {
  value = google_cloud_run_v2_service.gateway.name
}

output "certificate" {
  value = google_compute_managed_ssl_certificate.this.name
}
