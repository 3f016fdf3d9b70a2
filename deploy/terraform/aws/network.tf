# Three tiers: public (load balancer, NAT), nodes (out through NAT), servers (no route to the internet).

locals {
  zones     = { for index, letter in var.zones : letter => { name = "${var.region}${letter}", index = index } }
  nat_zones = var.nat_gateway_per_zone ? local.zones : { (var.zones[0]) = local.zones[var.zones[0]] }
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Without rules: whatever is put into it by mistake is unreachable.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.name
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, each.value.index)
  tags              = { Name = "${var.name}-public-${each.key}", "kubernetes.io/role/elb" = "1" }
}

resource "aws_subnet" "nodes" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.name
  # A pod takes an address of its subnet.
  cidr_block = cidrsubnet(aws_vpc.this.cidr_block, 4, 1 + each.value.index)
  tags       = { Name = "${var.name}-nodes-${each.key}", "kubernetes.io/role/internal-elb" = "1" }
}

resource "aws_subnet" "servers" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.name
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, 8 + each.value.index)
  tags              = { Name = "${var.name}-servers-${each.key}" }
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"
  tags   = { Name = "${var.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each = local.nat_zones

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "${var.name}-${each.key}" }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table" "nodes" {
  for_each = local.zones

  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-nodes-${each.key}" }
}

resource "aws_route" "nodes" {
  for_each = local.zones

  route_table_id         = aws_route_table.nodes[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.nat_gateway_per_zone ? each.key : var.zones[0]].id
}

resource "aws_route_table" "servers" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-servers" }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "nodes" {
  for_each = aws_subnet.nodes

  subnet_id      = each.value.id
  route_table_id = aws_route_table.nodes[each.key].id
}

resource "aws_route_table_association" "servers" {
  for_each = aws_subnet.servers

  subnet_id      = each.value.id
  route_table_id = aws_route_table.servers.id
}

# Layers of images and backups do not pass the NAT gateway, which costs per GB.
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.this.id
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [for table in aws_route_table.nodes : table.id]
}

# Each server admits the nodes of the cluster, on its own port. Which pod may connect is a NetworkPolicy.
locals {
  servers = { postgres = [5432], redis = [6379], broker = [5671, 443] }
  server_ports = merge([
    for server, ports in local.servers : { for port in ports : "${server}-${port}" => { server = server, port = port } }
  ]...)
}

resource "aws_security_group" "server" {
  for_each = local.servers

  name        = "${var.name}-${each.key}"
  description = "Admits the nodes of the cluster"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "server" {
  for_each = local.server_ports

  security_group_id            = aws_security_group.server[each.value.server].id
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}
