//! Images are pinned. Ours by digest in a cloud, because a release has their digests, and by a tag other than `latest` on a
//! laptop, where they are built. Those of others by tag and digest, the same as in the released compose file. Pods with the
//! component of a process run its image, so no other rule overlooks them.

use serde_json::Value;
use topology::Process;

use super::Finding;
use crate::environment::Environment;
use crate::network::COMPONENT;
use crate::pod::Pod;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let of_pods = environment.pods.iter().flat_map(|pod| {
        let images = pod
            .containers()
            .map(|it| it.image.clone().unwrap_or_default());
        images.map(|image| (pod.id.clone(), image))
    });
    // A custom kind, whose pods its operator makes.
    let of_operators = environment.objects.iter().filter_map(|object| {
        let image = object
            .value
            .pointer("/spec/image")
            .and_then(Value::as_str)?;
        Some((object.id(), image.to_owned()))
    });
    let unpinned = of_pods.chain(of_operators).filter_map(|(id, image)| {
        let fault = fault(&image, environment.is_local(), repository)?;
        Some(Finding::new(id, format!("image `{image}` {fault}")))
    });
    unpinned
        .chain(environment.pods.iter().filter_map(foreign))
        .collect()
}

fn foreign(pod: &Pod) -> Option<Finding> {
    let process = Process::named(pod.labels.get(COMPONENT)?)?.name;
    let runs_it = pod.processes().any(|(_, it)| it.name == process);
    (!runs_it).then(|| {
        let text = format!(
            "no container runs the image `mercantile/{process}`; correct it, or the label {COMPONENT}"
        );
        Finding::new(&pod.id, text)
    })
}

fn fault(image: &str, is_local: bool, repository: &Repository) -> Option<String> {
    let (tagged, digest) = image.split_once('@').unwrap_or((image, ""));
    let name = tagged.rsplit('/').next().unwrap_or_default();
    let (_, tag) = name.split_once(':').unwrap_or((name, ""));
    let is_hex = |text: &str| text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let is_pinned = digest.strip_prefix("sha256:").is_some_and(is_hex);
    if tag == "latest" || (tag.is_empty() && !is_pinned) {
        return Some("is any version; pin it".to_owned());
    }
    let is_ours = image.contains("mercantile/");
    if !is_pinned && (!digest.is_empty() || !is_ours || !is_local) {
        return Some("can be replaced behind its tag; append its digest, @sha256:..".to_owned());
    }
    if is_ours {
        return None;
    }
    if tag.is_empty() || digest.ends_with(&"0".repeat(64)) {
        return Some("has no tag, or zeros instead of a digest; set both".to_owned());
    }
    let released = repository.digests.get(tagged)?;
    (released != digest).then(|| {
        format!("is {released} in docker-compose.released.yml; run .github/tools/pin-third-party")
    })
}
