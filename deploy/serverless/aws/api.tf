# The public entry point: a REST API of API Gateway. Of all that can stand in front of a function, it alone streams
# responses, has the shop's host name, and leaves the function unreachable by any other way (docs/adr/0146). It passes
# every request on as it is.

resource "aws_api_gateway_rest_api" "this" {
  name = "${var.shop.name}-gateway"
  # Only the host name of the shop leads here.
  disable_execute_api_endpoint = true
  # Bodies are passed on byte for byte: payment verifies signatures over them.
  binary_media_types = ["*/*"]

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

# The path of a stream, /api/v1/orders/{id}/events. Every folder on the way has a {proxy+} of its own: API Gateway
# looks for what it does not find only there.
resource "aws_api_gateway_resource" "api" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "api"
}

resource "aws_api_gateway_resource" "v1" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.api.id
  path_part   = "v1"
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "orders"
}

resource "aws_api_gateway_resource" "order" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.orders.id
  path_part   = "{id}"
}

resource "aws_api_gateway_resource" "events" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.order.id
  path_part   = "events"
}

locals {
  folders = {
    root   = aws_api_gateway_rest_api.this.root_resource_id
    api    = aws_api_gateway_resource.api.id
    v1     = aws_api_gateway_resource.v1.id
    orders = aws_api_gateway_resource.orders.id
    order  = aws_api_gateway_resource.order.id
    events = aws_api_gateway_resource.events.id
  }
  routes = merge(
    { for name, id in local.folders : name => { resource = id, method = "ANY", function = "requests" } },
    { for name in keys(local.folders) : "${name}-proxy" => { resource = aws_api_gateway_resource.proxy[name].id, method = "ANY", function = "requests" } },
    { stream = { resource = aws_api_gateway_resource.events.id, method = "GET", function = "streams" } },
  )
}

resource "aws_api_gateway_resource" "proxy" {
  for_each = local.folders

  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = each.value
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "this" {
  for_each = local.routes

  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = each.value.resource
  http_method = each.value.method
  # The gateway authenticates.
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "this" {
  for_each = local.routes

  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = each.value.resource
  http_method             = aws_api_gateway_method.this[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  response_transfer_mode  = "STREAM"
  timeout_milliseconds    = local.functions[each.value.function].timeout_s * 1000
  uri = join("", [
    "arn:aws:apigateway:${var.shop.region}:lambda:path/2021-11-15/functions/",
    aws_lambda_function.gateway[each.value.function].arn, "/response-streaming-invocations",
  ])
}

resource "aws_lambda_permission" "api" {
  for_each = local.functions

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.gateway[each.key].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/*"
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  # A deployment is a copy: changed routes need a new one.
  triggers = { routes = sha256(jsonencode([aws_api_gateway_method.this, aws_api_gateway_integration.this])) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = "shop"
}

# A bound for all clients together; the gateway limits each one.
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    throttling_rate_limit  = var.requests_per_second.rate
    throttling_burst_limit = var.requests_per_second.burst
  }
}
