# The zone of the shop; the parent domain delegates to its name servers. The load balancer takes these addresses, one
# per zone, so the record needs nothing from the cluster.
resource "aws_route53_zone" "this" {
  name          = var.domain
  force_destroy = !var.protect
}

resource "aws_eip" "edge" {
  for_each = local.zones

  domain = "vpc"
  tags   = { Name = "${var.name}-edge-${each.key}" }
}

resource "aws_route53_record" "shop" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain
  type    = "A"
  ttl     = 300
  records = [for address in aws_eip.edge : address.public_ip]
}

# Only Let's Encrypt issues certificates for the domain.
resource "aws_route53_record" "caa" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain
  type    = "CAA"
  ttl     = 300
  records = ["0 issue \"letsencrypt.org\""]
}
