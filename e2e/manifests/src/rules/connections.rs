//! PostgreSQL accepts the connections of all pools, also in an update at the largest scale. In a cloud that is each size
//! of `deploy/terraform`; in a cluster with its own server, its argument.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Finding;
use crate::environment::Environment;
use crate::pod::{Controller, Pod};
use crate::repository::Repository;

/// PostgreSQL keeps these for superusers.
const RESERVED: i64 = 3;

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let mut needed = RESERVED;
    let mut parts = vec![format!("{RESERVED} reserved")];
    let jobs = environment.pods.iter().filter(|pod| !pod.serves()).count();
    needed += i64::try_from(jobs).unwrap_or(i64::MAX);
    parts.push(format!("{jobs} jobs"));
    let mut most = BTreeMap::new();
    for pod in &environment.pods {
        let Controller::Deployment(deployment) = &pod.controller else {
            continue;
        };
        for (container, process) in pod.processes().filter(|(_, it)| it.has_database()) {
            let variables = environment.variables(container);
            let pool = repository.number(process.name, "database.pool_size", &variables);
            let pool = pool.unwrap_or_default();
            let replicas = most_replicas(environment, pod, deployment);
            most.insert(&pod.id, replicas);
            let replicas = replicas + surge(deployment, replicas);
            needed += replicas * pool;
            parts.push(format!("{} {replicas} x {pool}", process.name));
        }
    }
    let servers = servers(environment, repository);
    if servers.is_empty() {
        let text = "nobody knows how many connections the server accepts; add it to e2e/manifests/src/terraform.rs";
        return vec![Finding::new("PostgreSQL", text)];
    }
    let mut findings = Vec::new();
    for server in servers {
        let Server { id, accepted, .. } = &server;
        if needed > *accepted {
            let text = format!(
                "{needed} connections may be open ({}), and the server accepts {accepted}; \
                 lower maxReplicaCount or database.pool_size, or raise max_connections",
                parts.join(", ")
            );
            findings.push(Finding::new(id, text));
        }
        for (pod, replicas) in &most {
            if *replicas > server.max_replicas {
                let text = format!(
                    "{replicas} replicas may run, and max_replicas of {id} is {}; lower maxReplicaCount or raise max_replicas",
                    server.max_replicas
                );
                findings.push(Finding::new(*pod, text));
            }
        }
    }
    findings
}

/// A PostgreSQL that an environment may have.
struct Server {
    /// The object, or the tfvars file with its class.
    id: String,
    accepted: i64,
    max_replicas: i64,
}

fn servers(environment: &Environment, repository: &Repository) -> Vec<Server> {
    let in_cluster = environment.pods.iter().find_map(|pod| {
        let mut arguments = pod.containers().flat_map(|it| it.args.iter().flatten());
        let number = arguments.find_map(|it| it.strip_prefix("-cmax_connections="))?;
        Some(Server {
            id: pod.id.clone(),
            accepted: number.parse().ok()?,
            max_replicas: i64::MAX,
        })
    });
    if let Some(server) = in_cluster {
        return vec![server];
    }
    let sizes = repository
        .cloud(&environment.overlay)
        .map(|cloud| &cloud.sizes);
    let sizes = sizes.into_iter().flatten();
    sizes
        .map(|size| Server {
            id: format!("{} ({})", size.file, size.server),
            accepted: size.connections,
            max_replicas: size.max_replicas,
        })
        .collect()
}

fn most_replicas(environment: &Environment, pod: &Pod, deployment: &Deployment) -> i64 {
    let name = pod.id.rsplit('/').next().unwrap_or_default();
    let scaled = environment
        .of_kind("ScaledObject")
        .find(|object| object.text("/spec/scaleTargetRef/name") == name)
        .map(|object| object.value.pointer("/spec/maxReplicaCount"));
    if let Some(most) = scaled {
        // KEDA's default.
        return most.and_then(serde_json::Value::as_i64).unwrap_or(100);
    }
    let mut autoscalers = environment.all::<HorizontalPodAutoscaler>().into_iter();
    let autoscaler = autoscalers.find_map(|(_, it)| {
        let spec = it.spec?;
        (spec.scale_target_ref.name == name).then_some(spec.max_replicas)
    });
    let fixed = || deployment.spec.as_ref().and_then(|spec| spec.replicas);
    autoscaler.or_else(fixed).unwrap_or(1).into()
}

/// The pods that an update adds, 25 % by default.
fn surge(deployment: &Deployment, replicas: i64) -> i64 {
    let spec = deployment.spec.as_ref();
    let strategy = spec.and_then(|spec| spec.strategy.as_ref());
    let surge = strategy
        .and_then(|strategy| strategy.rolling_update.as_ref())
        .and_then(|rolling| rolling.max_surge.clone())
        .unwrap_or_else(|| IntOrString::String("25%".to_owned()));
    match surge {
        IntOrString::Int(number) => number.into(),
        IntOrString::String(share) => {
            let share: i64 = share.trim_end_matches('%').parse().unwrap_or(100);
            (replicas * share + 99) / 100
        }
    }
}
