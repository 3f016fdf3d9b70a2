//! The accounts of the processes at RabbitMQ, what each may do there, and the exchanges that they share.
//!
//! This is the only description: `cargo xtask up`, the containers, Kubernetes, the broker of a cloud and the tests create
//! their accounts from [`definitions`]. See `docs/adr/0143-broker-account-per-process.md`.

use std::fmt::Write;

/// Commands, by type.
pub const COMMANDS: &str = "mercantile.commands";
/// Events, by type.
pub const EVENTS: &str = "mercantile.events";
/// The events that no queue is bound to, by type.
pub const UNROUTED: &str = "mercantile.unrouted";

/// An exchange that processes share. No process may declare or delete it: it comes with the accounts. All are durable topic
/// exchanges, because RabbitMQ restricts the routing keys of topic exchanges only.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    /// Its name.
    pub name: &'static str,
    /// The exchange that receives what no queue is bound to.
    pub alternate: Option<&'static str>,
}

/// Every exchange that processes share.
pub const EXCHANGES: [Exchange; 3] = [
    Exchange {
        name: COMMANDS,
        alternate: None,
    },
    Exchange {
        name: EVENTS,
        alternate: Some(UNROUTED),
    },
    Exchange {
        name: UNROUTED,
        alternate: None,
    },
];

/// Which messages of an exchange: its name, and a regular expression for the start of their types.
pub type Topics = (&'static str, &'static str);

/// The account of a process. It has all rights on the exchanges and queues whose names begin with `<process>.`, and beyond
/// that only these.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// The process, and the name of its account.
    pub process: &'static str,
    /// What it may publish.
    pub publishes: &'static [Topics],
    /// What it may bind its queues to.
    pub subscribes: &'static [Topics],
}

/// The account of every process that uses the broker.
pub const ACCOUNTS: [Account; 5] = [
    Account {
        process: "gateway",
        publishes: &[],
        subscribes: &[(EVENTS, "(order|catalog[.]product_changed)[.]")],
    },
    Account {
        process: "user",
        publishes: &[],
        subscribes: &[(EVENTS, "order[.]"), (UNROUTED, "order[.]")],
    },
    Account {
        process: "catalog",
        publishes: &[(EVENTS, "catalog[.]")],
        subscribes: &[
            (COMMANDS, "catalog[.]"),
            (EVENTS, "catalog[.]product_changed[.]"),
        ],
    },
    Account {
        process: "order",
        publishes: &[(COMMANDS, "(catalog|payment)[.]"), (EVENTS, "order[.]")],
        subscribes: &[
            (EVENTS, "(catalog|payment)[.]"),
            (UNROUTED, "(catalog|payment)[.]"),
        ],
    },
    Account {
        process: "payment",
        publishes: &[(EVENTS, "payment[.]")],
        subscribes: &[(COMMANDS, "payment[.]")],
    },
];

/// Matches nothing that has a name.
const NOTHING: &str = "^$";

impl Account {
    /// The account of a process.
    pub fn of(process: &str) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.process == process)
    }

    /// The regular expression of what it may declare and delete.
    pub fn configure(&self) -> String {
        self.own_and(&[])
    }

    /// The regular expression of the exchanges that it may publish to and of the queues that it may bind.
    pub fn write(&self) -> String {
        self.own_and(self.publishes)
    }

    /// The regular expression of the queues that it may read and of the exchanges that it may bind queues to.
    pub fn read(&self) -> String {
        self.own_and(self.subscribes)
    }

    fn own_and(&self, shared: &[Topics]) -> String {
        let own = format!("{}[.].*", self.process);
        let shared = shared
            .iter()
            .map(|(exchange, _)| exchange.replace('.', "[.]"));
        let all: Vec<String> = std::iter::once(own).chain(shared).collect();
        format!("^({})$", all.join("|"))
    }
}

/// The regular expression of the routing keys at a shared exchange.
fn routing_keys(topics: &[Topics], exchange: &str) -> String {
    let found = topics.iter().find(|(name, _)| *name == exchange);
    found.map_or(NOTHING.to_owned(), |(_, start)| format!("^{start}"))
}

/// What RabbitMQ imports, as JSON: the shared exchanges of a virtual host and the permissions of the accounts there. The
/// users must exist; `user` names that of a process.
pub fn definitions(vhost: &str, user: impl Fn(&str) -> String) -> String {
    let (mut permissions, mut topics) = (Vec::new(), Vec::new());
    for account in &ACCOUNTS {
        let user = user(account.process);
        permissions.push(format!(
            r#"{{"user": "{user}", "vhost": "{vhost}", "configure": "{}", "write": "{}", "read": "{}"}}"#,
            account.configure(),
            account.write(),
            account.read()
        ));
        // For each exchange: without an entry, RabbitMQ permits every routing key.
        for Exchange { name, .. } in &EXCHANGES {
            topics.push(format!(
                r#"{{"user": "{user}", "vhost": "{vhost}", "exchange": "{name}", "write": "{}", "read": "{}"}}"#,
                routing_keys(account.publishes, name),
                routing_keys(account.subscribes, name)
            ));
        }
    }
    let exchanges = EXCHANGES.map(|exchange| {
        let arguments = exchange.alternate.map_or(String::new(), |alternate| {
            format!(r#""alternate-exchange": "{alternate}""#)
        });
        format!(
            r#"{{"name": "{}", "vhost": "{vhost}", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {{{arguments}}}}}"#,
            exchange.name
        )
    });
    let mut json = String::from("{");
    for (index, (key, entries)) in [
        ("permissions", permissions),
        ("topic_permissions", topics),
        ("exchanges", exchanges.to_vec()),
    ]
    .into_iter()
    .enumerate()
    {
        let comma = if index == 0 { "" } else { "," };
        let entries = entries.join(",\n    ");
        // Writing to a string cannot fail.
        let _ = write!(json, "{comma}\n  \"{key}\": [\n    {entries}\n  ]");
    }
    json.push_str("\n}\n");
    json
}

/// The accounts as a table of Markdown.
pub fn table() -> String {
    let mut text =
        String::from("| account | own objects | publishes | subscribes to |\n|---|---|---|---|\n");
    let list = |topics: &[Topics]| {
        let each = topics.iter().map(|(exchange, start)| {
            // A pipe would end the cell.
            format!("`{exchange}`: `^{}`", start.replace('|', "\\|"))
        });
        let all = each.collect::<Vec<_>>().join("<br>");
        if all.is_empty() {
            "–".to_owned()
        } else {
            all
        }
    };
    for account in &ACCOUNTS {
        let _ = writeln!(
            text,
            "| `{0}` | `{0}.*` | {1} | {2} |",
            account.process,
            list(account.publishes),
            list(account.subscribes)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PROCESSES, Value};

    #[test]
    fn every_process_that_uses_the_broker_has_an_account() {
        let uses_broker = |process: &&crate::Process| {
            let mut settings = process.settings.iter();
            settings.any(|(_, value)| *value == Value::Broker)
        };
        let mut users: Vec<_> = PROCESSES.iter().filter(uses_broker).collect();
        users.sort_by_key(|process| process.name);
        let mut accounts = ACCOUNTS;
        accounts.sort_by_key(|account| account.process);
        let names = accounts.map(|account| account.process);
        let users: Vec<_> = users.iter().map(|process| process.name).collect();
        assert_eq!(users, names);
    }

    #[test]
    fn only_order_writes_to_the_exchange_of_commands() {
        let writes = |account: &&Account| {
            let mut publishes = account.publishes.iter();
            publishes.any(|(exchange, _)| *exchange == COMMANDS)
        };
        let writers: Vec<_> = ACCOUNTS.iter().filter(writes).collect();
        let names: Vec<_> = writers.iter().map(|account| account.process).collect();
        assert_eq!(names, ["order"]);
    }

    #[test]
    fn the_patterns_are_anchored_at_both_ends() {
        let order = Account::of("order").expect("order has an account");
        assert_eq!(order.configure(), "^(order[.].*)$");
        assert_eq!(
            order.write(),
            "^(order[.].*|mercantile[.]commands|mercantile[.]events)$"
        );
        assert_eq!(
            order.read(),
            "^(order[.].*|mercantile[.]events|mercantile[.]unrouted)$"
        );
    }
}
