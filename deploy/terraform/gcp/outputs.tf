# What the overlay deploy/kubernetes/overlays/gke and docs/deploy/gke.md use. Nothing here is secret.

output "project" {
  value = var.project
}

output "region" {
  value = var.region
}

output "cluster_name" {
  value = google_container_cluster.this.name
}

output "domain" {
  value = var.domain
}

output "name_servers" {
  description = "For the NS record of the domain at its parent."
  value       = google_dns_managed_zone.this.name_servers
}

output "edge_address" {
  description = "For spec.loadBalancerIP of the Service of Envoy."
  value       = google_compute_address.edge.address
}

output "pod_cidr" {
  description = "For GATEWAY__HTTP__TRUSTED_PROXIES: Envoy is a pod."
  value       = google_compute_subnetwork.nodes.secondary_ip_range[0].ip_cidr_range
}

output "servers_cidr" {
  description = "For the NetworkPolicies of egress to the servers."
  value       = google_compute_subnetwork.servers.ip_cidr_range
}

output "registry" {
  value = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}

output "secrets" {
  description = "Name in Secret Manager of each secret, for the ExternalSecrets."
  value       = local.secret_ids
}

output "postgres_host" {
  value = google_compute_address.postgres.address
}

output "postgres_ca" {
  description = "CA of the instance, PEM."
  value       = one(google_sql_database_instance.this.server_ca_cert[*].cert)
}

output "redis_host" {
  value = local.redis_host
}

output "redis_ca" {
  description = "CA of the instance, PEM."
  value = join("\n", flatten(
    google_memorystore_instance.this.managed_server_ca[*].ca_certs[*].certificates
  ))
}

output "backup_bucket" {
  value = google_storage_bucket.backup.name
}

output "max_replicas" {
  description = "For the autoscalers: more replicas than this would exceed the connections of PostgreSQL."
  value       = var.max_replicas
}
