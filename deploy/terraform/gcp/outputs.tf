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
  value       = local.secret_names
}

output "postgres_host" {
  value = local.postgres_host
}

output "redis_host" {
  value = local.redis_host
}

output "backup_bucket" {
  value = google_storage_bucket.backup.name
}

output "max_replicas" {
  description = "The autoscalers must not have more: PostgreSQL has no connections for them."
  value       = var.max_replicas
}

output "serverless" {
  description = "The variable `shop` of deploy/serverless/gcp."
  value = {
    name     = var.name
    project  = var.project
    region   = var.region
    network  = google_compute_network.this.id
    nodes    = google_compute_subnetwork.nodes.id
    dns_zone = google_dns_managed_zone.this.name
    secrets  = [for name in ["gateway/broker_url", "gateway/redis_url", "redis/ca"] : local.secret_names[name]]
  }
}
