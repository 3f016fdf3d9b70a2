//! Everything that is applied to one cluster.

use std::collections::BTreeMap;

use k8s_openapi::Resource;
use k8s_openapi::api::core::v1::{ConfigMap, Container};
use serde::de::DeserializeOwned;

use crate::object::Object;
use crate::pod::Pod;

/// The objects of one cluster.
pub(crate) struct Environment {
    /// `overlays/eks` or `tests/canary`.
    pub(crate) folder: String,
    /// `eks`.
    pub(crate) overlay: String,
    pub(crate) objects: Vec<Object>,
    pub(crate) pods: Vec<Pod>,
}

impl Environment {
    pub(crate) fn new(folder: String, overlay: String, objects: Vec<Object>) -> Self {
        Self {
            folder,
            overlay,
            pods: objects.iter().filter_map(Pod::of).collect(),
            objects,
        }
    }

    /// Whether it runs on a laptop, with servers and images of its own.
    pub(crate) fn is_local(&self) -> bool {
        self.overlay == "local"
    }

    /// The last part of its folder: `eks`, `canary`.
    pub(crate) fn name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    /// The objects of a built-in kind, with what they are called in a report.
    pub(crate) fn all<T: Resource + DeserializeOwned>(&self) -> Vec<(String, T)> {
        let typed = |object: &Object| Some((object.id(), object.typed::<T>()?));
        self.objects.iter().filter_map(typed).collect()
    }

    /// The objects of a kind by its name.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects
            .iter()
            .filter(move |object| object.kind() == kind)
    }

    /// The variables of a container whose values are in the manifests, not in a Secret.
    pub(crate) fn variables(&self, container: &Container) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        let sources = container.env_from.iter().flatten();
        let maps = sources.filter_map(|source| Some(&source.config_map_ref.as_ref()?.name));
        for map in maps {
            let mut found = self
                .of_kind(ConfigMap::KIND)
                .filter(|it| it.name() == map.as_str());
            let data = found.next().and_then(Object::typed::<ConfigMap>);
            variables.extend(data.and_then(|map| map.data).into_iter().flatten());
        }
        let own = container.env.iter().flatten();
        variables.extend(
            own.filter_map(|variable| Some((variable.name.clone(), variable.value.clone()?))),
        );
        variables
    }
}
