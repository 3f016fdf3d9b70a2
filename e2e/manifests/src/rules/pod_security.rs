//! The profile `restricted` of the Pod Security Standards, and no token of the API server.

use k8s_openapi::api::core::v1::{Container, Namespace, PodSecurityContext};

use super::Finding;
use crate::environment::Environment;
use crate::pod::Pod;
use crate::repository::Repository;

/// The label of the namespace that refuses other pods.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, namespace) in environment.all::<Namespace>() {
        let labels = namespace.metadata.labels.unwrap_or_default();
        if labels.get(ENFORCE).map(String::as_str) != Some("restricted") {
            let text = format!("pods may break the profile; set the label {ENFORCE}: restricted");
            findings.push(Finding::new(id, text));
        }
    }
    for pod in &environment.pods {
        let texts = of_pod(pod);
        findings.extend(texts.into_iter().map(|text| Finding::new(&pod.id, text)));
        for container in pod.containers() {
            let context = pod.spec.security_context.clone().unwrap_or_default();
            for text in of_container(container, &context) {
                let text = format!("container `{}` {text}", container.name);
                findings.push(Finding::new(&pod.id, text));
            }
        }
    }
    findings
}

fn of_pod(pod: &Pod) -> Vec<String> {
    let spec = &pod.spec;
    let mut texts = Vec::new();
    for (field, is_set) in [
        ("hostNetwork", spec.host_network),
        ("hostPID", spec.host_pid),
        ("hostIPC", spec.host_ipc),
    ] {
        if is_set == Some(true) {
            texts.push(format!("the pod shares the host; remove {field}"));
        }
    }
    if spec.automount_service_account_token != Some(false) {
        texts.push(
            "the pod gets a token of the API server; set automountServiceAccountToken: false"
                .to_owned(),
        );
    }
    let volumes = spec.volumes.iter().flatten();
    for volume in volumes {
        let is_allowed = volume.config_map.is_some()
            || volume.secret.is_some()
            || volume.projected.is_some()
            || volume.empty_dir.is_some()
            || volume.persistent_volume_claim.is_some();
        if !is_allowed {
            let name = &volume.name;
            let kinds = "configMap, secret, projected, emptyDir or persistentVolumeClaim";
            texts.push(format!(
                "the type of volume `{name}` is not allowed; use {kinds}"
            ));
        }
    }
    texts
}

fn of_container(container: &Container, pod: &PodSecurityContext) -> Vec<&'static str> {
    let own = container.security_context.clone().unwrap_or_default();
    let capabilities = own.capabilities.unwrap_or_default();
    let drops_all = capabilities.drop.iter().flatten().any(|it| it == "ALL");
    let adds = capabilities
        .add
        .iter()
        .flatten()
        .any(|it| it != "NET_BIND_SERVICE");
    let seccomp = own.seccomp_profile.or_else(|| pod.seccomp_profile.clone());
    let seccomp = seccomp.map(|profile| profile.type_).unwrap_or_default();
    let has_host_port = container
        .ports
        .iter()
        .flatten()
        .any(|port| port.host_port.is_some());
    let rules = [
        (
            own.run_as_non_root.or(pod.run_as_non_root) != Some(true),
            "may run as root; set securityContext.runAsNonRoot: true",
        ),
        (
            own.run_as_user.or(pod.run_as_user) == Some(0),
            "runs as root; set securityContext.runAsUser to another number than 0",
        ),
        (
            own.allow_privilege_escalation != Some(false),
            "may gain rights; set securityContext.allowPrivilegeEscalation: false",
        ),
        (
            own.privileged == Some(true),
            "is privileged; remove securityContext.privileged",
        ),
        (
            !drops_all,
            "has capabilities; set securityContext.capabilities.drop: [ALL]",
        ),
        (
            adds,
            "adds capabilities; remove securityContext.capabilities.add",
        ),
        (
            seccomp != "RuntimeDefault" && seccomp != "Localhost",
            "may make any system call; set securityContext.seccompProfile.type: RuntimeDefault",
        ),
        (
            crate::pod::process(container).is_some() && own.read_only_root_filesystem != Some(true),
            "can write to its image; set securityContext.readOnlyRootFilesystem: true",
        ),
        (has_host_port, "takes a port of the host; remove hostPort"),
    ];
    rules
        .into_iter()
        .filter_map(|(is_broken, text)| is_broken.then_some(text))
        .collect()
}
