//! What a service is made of, from its policy table, the contracts and its database.

use chassis::auth::{Access, Row};
use contracts::messages::{ALL, Kind, MessageType};
use contracts::operations::v1::{self, RpcAccess};
use kernel::Groups;

use crate::store;

pub(super) fn rpc((path, access, callers): &Row) -> v1::Rpc {
    let (access, groups) = match *access {
        Access::Public => (RpcAccess::Public, Groups::NONE),
        Access::SignedIn => (RpcAccess::SignedIn, Groups::NONE),
        Access::OwnerOr(groups) => (RpcAccess::OwnerOrStaff, groups),
        Access::Staff(groups) => (RpcAccess::Staff, groups),
        Access::RecentStaff(groups) => (RpcAccess::RecentStaff, groups),
    };
    v1::Rpc {
        path: (*path).to_owned(),
        access: access.into(),
        groups: texts(&groups.names()),
        callers: texts(callers),
    }
}

/// The types that `service` sends.
pub(super) fn published(service: &str) -> Vec<v1::MessageType> {
    let sent = ALL.iter().filter(|message| message.source == service);
    sent.map(message_type).collect()
}

/// The types that the durable queues of `service` receive: their names begin with its name.
pub(super) fn consumed(service: &str) -> Vec<v1::MessageType> {
    let is_own = |queue: &&str| queue.split('.').next() == Some(service);
    let received = ALL
        .iter()
        .filter(|message| message.consumers.iter().any(&is_own));
    received.map(message_type).collect()
}

fn message_type(message: &MessageType) -> v1::MessageType {
    v1::MessageType {
        r#type: message.name.to_owned(),
        command: message.kind == Kind::Command,
        source: message.source.to_owned(),
        queues: texts(message.consumers),
    }
}

pub(super) fn table(table: store::Table) -> v1::Table {
    v1::Table {
        name: table.name,
        // -1 before the first analysis.
        estimated_rows: u64::try_from(table.estimated_rows).ok(),
        bytes: u64::try_from(table.bytes).unwrap_or_default(),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_service_alone() {
        let sent = published("payment");
        assert!(sent.iter().all(|message| message.source == "payment"));
        assert!(sent.iter().any(|message| !message.command));
        let received = consumed("payment");
        assert!(received.iter().any(|message| message.command));
        let queues = received.iter().flat_map(|message| &message.queues);
        assert!(queues.clone().any(|queue| queue == "payment.commands"));
        assert!(published("pay").is_empty() && consumed("pay").is_empty());
    }
}
