# Google Cloud has no managed RabbitMQ. The cluster operator of RabbitMQ runs three nodes in Kubernetes, on disks of the class
# premium-rwo: deploy/kubernetes/components/rabbitmq-cluster. Here is only its address.
locals {
  # A name in the cluster; the certificate of the operator's nodes is for it.
  broker_host = "rabbitmq.mercantile.svc"
}
