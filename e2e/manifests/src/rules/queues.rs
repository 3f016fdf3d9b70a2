//! A service scales by the queue that it consumes.

use serde_json::Value;

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in environment.of_kind("ScaledObject") {
        let target = object.text("/spec/scaleTargetRef/name");
        let triggers = object.list("/spec/triggers").iter();
        for trigger in triggers.filter(|it| it["type"] == "rabbitmq") {
            let metadata = &trigger["metadata"];
            let queue = metadata["queueName"].as_str().unwrap_or_default();
            if repository.queues.get(target).map(String::as_str) != Some(queue) {
                let text = format!(
                    "`{target}` does not consume the queue `{queue}`; set metadata.queueName to that of its consumers.rs"
                );
                findings.push(Finding::new(object.id(), text));
            }
            if metadata.get("protocol").and_then(Value::as_str) != Some("http") {
                let text = "AMQP does not count the messages that a consumer has prefetched; set metadata.protocol: http";
                findings.push(Finding::new(object.id(), text));
            }
        }
    }
    findings
}
