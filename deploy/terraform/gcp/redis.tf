# Memorystore for Valkey, cluster mode disabled: the client follows no redirects. It keeps counters of rate limits and
# a product cache, and may be flushed at any time, so nothing is persisted.
#
# It has no passwords, only IAM tokens, which the client does not know. Its address is in our network only, and
# NetworkPolicies admit catalog and the gateway.

resource "google_network_connectivity_service_connection_policy" "redis" {
  name          = "${var.name}-redis"
  location      = var.region
  service_class = "gcp-memorystore"
  network       = google_compute_network.this.id

  psc_config {
    subnetworks = [google_compute_subnetwork.servers.id]
  }
}

resource "google_memorystore_instance" "this" {
  instance_id    = var.name
  location       = var.region
  engine_version = "VALKEY_8_0"
  mode           = "CLUSTER_DISABLED"
  node_type      = var.redis.node
  shard_count    = 1
  replica_count  = var.redis.replica ? 1 : 0

  transit_encryption_mode     = "SERVER_AUTHENTICATION"
  authorization_mode          = "AUTH_DISABLED"
  deletion_protection_enabled = var.protect

  desired_auto_created_endpoints {
    network    = google_compute_network.this.id
    project_id = var.project
  }

  depends_on = [google_network_connectivity_service_connection_policy.redis]
}

locals {
  redis_host = one([
    for connection in flatten(google_memorystore_instance.this.endpoints[*].connections[*].psc_auto_connection) :
    connection.ip_address if connection.connection_type == "CONNECTION_TYPE_PRIMARY"
  ])
}
