#!/bin/sh
# Prints the rules as objects of the Prometheus operator, which reads no rules from a ConfigMap:
#
#   sh deploy/observability/prometheus-rules.sh | kubectl apply -f -
set -eu

for file in "$(dirname "$0")"/prometheus/rules/*.yml; do
    printf -- '---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n'
    printf '  name: mercantile-%s\n  namespace: mercantile\nspec:\n' "$(basename "$file" .yml)"
    sed 's/^\(.\)/  \1/' "$file"
done
