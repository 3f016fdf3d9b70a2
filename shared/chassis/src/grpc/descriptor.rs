//! What the descriptor set says about RPCs.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::method_options::IdempotencyLevel;

/// One RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Method {
    /// `/mercantile.order.v1.OrderService/PlaceOrder`
    pub(crate) path: String,
    /// True if calling it twice does what calling it once does.
    pub(crate) repeatable: bool,
}

/// Every RPC of a serialized descriptor set; none if it cannot be read.
pub(crate) fn methods(descriptor_set: &[u8]) -> Vec<Method> {
    let Ok(set) = FileDescriptorSet::decode(descriptor_set) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                let level = method.options.as_ref().map(|o| o.idempotency_level());
                found.push(Method {
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    repeatable: matches!(
                        level,
                        Some(IdempotencyLevel::NoSideEffects | IdempotencyLevel::Idempotent)
                    ),
                });
            }
        }
    }
    found
}

/// The house's own RPCs by path, and whether each may be repeated.
pub(crate) static OURS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    methods(contracts::DESCRIPTOR_SET)
        .into_iter()
        .map(|method| (method.path, method.repeatable))
        .collect()
});
