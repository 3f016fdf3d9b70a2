# Azure has no managed RabbitMQ. The cluster operator of RabbitMQ runs three nodes in Kubernetes, on disks of the
# class managed-csi: deploy/kubernetes/components/rabbitmq-cluster. Here is only its address.
locals {
  # A name in the cluster; the component's certificate is for it.
  broker_host = "rabbitmq.mercantile.svc"
  # User, password, host. The management API is for KEDA, which does not know the CA of the cluster.
  broker_url            = "amqps://%s:%s@%s:5671/%%2f"
  broker_management_url = "http://%s:%s@%s:15672/%%2f"
}
