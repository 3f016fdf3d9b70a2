//! The pods that controllers make.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use topology::Process;

use crate::object::Object;

/// Labels of a pod, or of anything else.
pub(crate) type Labels = BTreeMap<String, String>;

/// What makes a pod.
#[derive(Clone, Debug)]
pub(crate) enum Controller {
    Deployment(Box<Deployment>),
    StatefulSet,
    /// Also the Job of a CronJob.
    Job,
}

/// The pods of one controller.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// `Deployment/order`.
    pub(crate) id: String,
    pub(crate) controller: Controller,
    pub(crate) labels: Labels,
    pub(crate) spec: PodSpec,
}

impl Pod {
    /// The pods of an object, if it is a controller.
    pub(crate) fn of(object: &Object) -> Option<Self> {
        let (controller, template) = if let Some(it) = object.typed::<Deployment>() {
            let template = it.spec.as_ref()?.template.clone();
            (Controller::Deployment(Box::new(it)), template)
        } else if let Some(it) = object.typed::<StatefulSet>() {
            (Controller::StatefulSet, it.spec?.template)
        } else if let Some(it) = object.typed::<Job>() {
            (Controller::Job, it.spec?.template)
        } else {
            let it = object.typed::<CronJob>()?;
            (Controller::Job, it.spec?.job_template.spec?.template)
        };
        let PodTemplateSpec { metadata, spec } = template;
        Some(Self {
            id: object.id(),
            controller,
            labels: metadata
                .and_then(|metadata| metadata.labels)
                .unwrap_or_default(),
            spec: spec?,
        })
    }

    /// All containers, the initial ones first.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &Container> {
        let initial = self.spec.init_containers.iter().flatten();
        initial.chain(&self.spec.containers)
    }

    /// The containers that run a process of ours.
    pub(crate) fn processes(&self) -> impl Iterator<Item = (&Container, &'static Process)> {
        self.containers()
            .filter_map(|container| Some((container, process(container)?)))
    }

    /// Whether it serves, so it is no Job.
    pub(crate) fn serves(&self) -> bool {
        !matches!(self.controller, Controller::Job)
    }
}

/// The process of an image `[registry/]mercantile/order[:tag][@digest]`.
pub(crate) fn process(container: &Container) -> Option<&'static Process> {
    let image = container.image.as_deref()?;
    let (image, _digest) = image.split_once('@').unwrap_or((image, ""));
    let mut parts = image.rsplit('/');
    let name = parts.next()?;
    let (name, _tag) = name.split_once(':').unwrap_or((name, ""));
    (parts.next() == Some("mercantile"))
        .then(|| Process::named(name))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_names_its_process() {
        let named = |image: &str| {
            let container = Container {
                image: Some(image.to_owned()),
                ..Container::default()
            };
            process(&container).map(|process| process.name)
        };
        assert_eq!(named("mercantile/order"), Some("order"));
        assert_eq!(named("mercantile/order:dev"), Some("order"));
        assert_eq!(
            named("a.example:5000/mercantile/order@sha256:00"),
            Some("order")
        );
        assert_eq!(named("postgres:17"), None);
        assert_eq!(named("other/order"), None);
    }
}
