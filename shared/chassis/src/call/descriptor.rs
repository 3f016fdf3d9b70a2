//! The RPCs of a descriptor set.

use std::sync::LazyLock;

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::method_options::IdempotencyLevel;

/// One RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// `/mercantile.order.v1.OrderService/PlaceOrder`
    pub path: String,
    /// True if two calls have the same effect as one (`idempotency_level` in the proto).
    pub idempotent: bool,
    /// True if a call changes nothing (`NO_SIDE_EFFECTS`).
    pub reads_only: bool,
}

/// All RPCs of a serialized descriptor set; none if it cannot be decoded.
#[must_use]
pub fn methods(descriptor_set: &[u8]) -> Vec<Method> {
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
                    idempotent: matches!(
                        level,
                        Some(IdempotencyLevel::NoSideEffects | IdempotencyLevel::Idempotent)
                    ),
                    reads_only: matches!(level, Some(IdempotencyLevel::NoSideEffects)),
                });
            }
        }
    }
    found
}

/// All RPCs of `contracts`.
pub static RPCS: LazyLock<Vec<Method>> = LazyLock::new(|| methods(contracts::DESCRIPTOR_SET));
