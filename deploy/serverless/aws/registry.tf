# Lambda runs an image of its own: the gateway's binary with the adapter.
resource "aws_ecr_repository" "this" {
  name                 = "${var.shop.name}/gateway-lambda"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.protect

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.shop.key_arn
  }
}
