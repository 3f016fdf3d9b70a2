//! One rendered object.

use k8s_openapi::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An object of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) value: Value,
}

impl Object {
    /// The text at a JSON pointer, empty if there is none.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &str {
        self.text("/kind")
    }

    pub(crate) fn api_version(&self) -> &str {
        self.text("/apiVersion")
    }

    pub(crate) fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// The elements of the list at a JSON pointer.
    pub(crate) fn list(&self, pointer: &str) -> &[Value] {
        let list = self.value.pointer(pointer).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// `Deployment/order`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// The object as a built-in kind, if it is of this kind and has its form. `schema` reports a wrong form.
    pub(crate) fn typed<T: Resource + DeserializeOwned>(&self) -> Option<T> {
        let is_it = self.api_version() == T::API_VERSION && self.kind() == T::KIND;
        is_it
            .then(|| serde_json::from_value(self.value.clone()).ok())
            .flatten()
    }
}
