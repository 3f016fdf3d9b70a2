# Subnets of their own for the functions and for the load balancers of the services, so that the cluster can admit
# them and nothing else: deploy/serverless/kubernetes.

locals {
  # kubernetes/kustomization.yaml names it too.
  network = "10.0.64.0/22"
  ports   = { user = 50051, catalog = 50052, order = 50053, payment = 50054 }
}

resource "aws_subnet" "serverless" {
  for_each = var.shop.zones

  vpc_id            = var.shop.vpc_id
  availability_zone = each.value.name
  cidr_block        = cidrsubnet(local.network, 2, each.value.index)
  # The annotation aws-load-balancer-subnets has these names.
  tags = { Name = "${var.shop.name}-serverless-${each.key}" }
}

# Out through NAT: to Secrets Manager.
resource "aws_route_table_association" "serverless" {
  for_each = aws_subnet.serverless

  subnet_id      = each.value.id
  route_table_id = var.shop.route_tables[each.key]
}

resource "aws_security_group" "gateway" {
  name        = "${var.shop.name}-gateway"
  description = "The gateway on Lambda. Nothing can connect to it."
  vpc_id      = var.shop.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "services" {
  for_each = local.ports

  security_group_id = aws_security_group.gateway.id
  cidr_ipv4         = local.network
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "redis" {
  security_group_id            = aws_security_group.gateway.id
  referenced_security_group_id = var.shop.redis_security_group
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  security_group_id            = var.shop.redis_security_group
  referenced_security_group_id = aws_security_group.gateway.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

# Secrets Manager has no address in the network.
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.gateway.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
