# The host name of this gateway, beside that of the cluster's edge.

resource "aws_acm_certificate" "this" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # One name, so one option.
  validation = one(aws_acm_certificate.this.domain_validation_options)
}

resource "aws_route53_record" "validation" {
  zone_id = var.shop.zone_id
  name    = local.validation.resource_record_name
  type    = local.validation.resource_record_type
  ttl     = 300
  records = [local.validation.resource_record_value]
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]
  depends_on              = [aws_route53_record.caa]
}

# The record of the shop's domain admits Let's Encrypt only.
resource "aws_route53_record" "caa" {
  zone_id = var.shop.zone_id
  name    = var.host
  type    = "CAA"
  ttl     = 300
  records = ["0 issue \"amazon.com\""]
}

resource "aws_api_gateway_domain_name" "this" {
  domain_name              = var.host
  regional_certificate_arn = aws_acm_certificate_validation.this.certificate_arn
  security_policy          = "TLS_1_2"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "this" {
  api_id      = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  domain_name = aws_api_gateway_domain_name.this.domain_name
}

resource "aws_route53_record" "host" {
  zone_id = var.shop.zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = aws_api_gateway_domain_name.this.regional_domain_name
    zone_id                = aws_api_gateway_domain_name.this.regional_zone_id
    evaluate_target_health = false
  }
}
