# GKE Autopilot: Google runs the nodes, without public addresses, and enforces NetworkPolicies (Dataplane V2).

resource "google_service_account" "nodes" {
  account_id   = "${var.name}-nodes"
  display_name = "Nodes of ${var.name}"
  depends_on   = [google_project_service.this]
}

# Logs and metrics; images are read by a role on the registry.
resource "google_project_iam_member" "nodes" {
  project = var.project
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.nodes.member
}

resource "google_container_cluster" "this" {
  name                = var.name
  location            = var.region
  enable_autopilot    = true
  deletion_protection = var.protect
  network             = google_compute_network.this.id
  subnetwork          = google_compute_subnetwork.nodes.id

  release_channel {
    channel = "REGULAR"
  }
  maintenance_policy {
    recurring_window {
      start_time = "2026-01-03T03:00:00Z"
      end_time   = "2026-01-03T09:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
    }
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }
  private_cluster_config {
    enable_private_nodes = true
  }
  master_authorized_networks_config {
    # Not for machines of other customers in Google's own networks.
    gcp_public_cidrs_access_enabled = false
    dynamic "cidr_blocks" {
      for_each = var.api_allowed_cidrs
      content {
        cidr_block = cidr_blocks.value
      }
    }
  }
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = false
    }
  }
  rbac_binding_config {
    enable_insecure_binding_system_authenticated   = false
    enable_insecure_binding_system_unauthenticated = false
  }

  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account = google_service_account.nodes.email
      oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    }
  }
  # Envoy Gateway brings the resources of the Gateway API.
  gateway_api_config {
    channel = "CHANNEL_DISABLED"
  }

  depends_on = [google_project_iam_member.nodes, google_compute_router_nat.this]
}

resource "google_project_iam_member" "cluster_admin" {
  for_each = var.cluster_admins

  project = var.project
  role    = "roles/container.admin"
  member  = each.value
}
