# A subnet for the gateway, whose instances have addresses in it, and fixed addresses for the load balancers of the
# services.

locals {
  ports = { user = 50051, catalog = 50052, order = 50053, payment = 50054, rabbitmq = 5671 }
  # At the end of the subnet of the nodes, which take addresses from its beginning. kubernetes/kustomization.yaml has the
  # same.
  addresses = {
    for index, name in ["user", "catalog", "order", "payment", "rabbitmq"] : name => cidrhost("10.0.15.0/24", 240 + index)
  }
}

resource "google_project_service" "run" {
  service            = "run.googleapis.com"
  disable_on_destroy = false
}

resource "google_compute_subnetwork" "gateway" {
  name                     = "${var.shop.name}-gateway"
  network                  = var.shop.network
  ip_cidr_range            = "10.0.18.0/24"
  private_ip_google_access = true
}

resource "google_compute_address" "upstream" {
  for_each = local.addresses

  name         = "${var.shop.name}-${each.key}-internal"
  address_type = "INTERNAL"
  subnetwork   = var.shop.nodes
  address      = each.value
}

# Names of the cluster, for the gateway: the certificate of RabbitMQ is for rabbitmq.mercantile.svc. Pods find the names
# of the cluster first.
resource "google_dns_managed_zone" "cluster" {
  name        = "${var.shop.name}-cluster"
  dns_name    = "mercantile.svc."
  description = "Services of the cluster, for the gateway on Cloud Run"
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = var.shop.network
    }
  }
}

resource "google_dns_record_set" "upstream" {
  for_each = google_compute_address.upstream

  managed_zone = google_dns_managed_zone.cluster.name
  name         = "${each.key}.${google_dns_managed_zone.cluster.dns_name}"
  type         = "A"
  ttl          = 300
  rrdatas      = [each.value.address]
}
