use contracts::operations::v1::{self, RpcAccess};

/// The RPCs, messages, tables and configuration of a service.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceDescription {
    /// Its RPCs.
    pub(crate) rpcs: Vec<DescribedRpc>,
    /// The messages that it publishes.
    pub(crate) published: Vec<DescribedMessage>,
    /// The messages that its queues receive.
    pub(crate) consumed: Vec<DescribedMessage>,
    /// The tables of its database, largest first.
    pub(crate) tables: Vec<DescribedTable>,
    /// The configuration in force, one `key = value` a line, without secrets.
    pub(crate) configuration: String,
}

/// An RPC and who may call it.
#[derive(Debug, Clone)]
pub(crate) struct DescribedRpc {
    /// `mercantile.order.v1.OrderService`
    pub(crate) service: String,
    /// `PlaceOrder`
    pub(crate) method: String,
    /// Who may call it, for people.
    pub(crate) access: &'static str,
    /// The groups of staff among them.
    pub(crate) groups: Vec<String>,
    /// The processes that call it.
    pub(crate) callers: Vec<String>,
}

/// A type of messages.
#[derive(Debug, Clone)]
pub(crate) struct DescribedMessage {
    /// `payment.authorize.v1`
    pub(crate) name: String,
    /// Whether it is a command; else it is an event.
    pub(crate) is_command: bool,
    /// The service that publishes it.
    pub(crate) source: String,
    /// The queues that receive it.
    pub(crate) queues: Vec<String>,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct DescribedTable {
    /// Its name.
    pub(crate) name: String,
    /// Estimated rows; none before the first analysis.
    pub(crate) rows: Option<u64>,
    /// Size with indexes.
    pub(crate) bytes: u64,
}

impl ServiceDescription {
    /// The gateway has no RPCs, no durable queues and no database.
    pub(crate) fn of_gateway(configuration: &str) -> Self {
        Self {
            configuration: configuration.to_owned(),
            ..Self::default()
        }
    }
}

impl From<v1::DescribeServiceResponse> for ServiceDescription {
    fn from(response: v1::DescribeServiceResponse) -> Self {
        Self {
            rpcs: response.rpcs.into_iter().map(DescribedRpc::from).collect(),
            published: messages(response.published),
            consumed: messages(response.consumed),
            tables: response
                .tables
                .into_iter()
                .map(DescribedTable::from)
                .collect(),
            configuration: response.configuration,
        }
    }
}

impl From<v1::Rpc> for DescribedRpc {
    fn from(rpc: v1::Rpc) -> Self {
        let path = rpc.path.trim_start_matches('/');
        let (service, method) = path.split_once('/').unwrap_or((path, ""));
        Self {
            service: service.to_owned(),
            method: method.to_owned(),
            access: match rpc.access() {
                RpcAccess::Unspecified => "nobody",
                RpcAccess::Public => "everyone",
                RpcAccess::SignedIn => "signed in",
                RpcAccess::OwnerOrStaff => "the owner, or staff",
                RpcAccess::Staff => "staff",
                RpcAccess::RecentStaff => "staff, second factor",
            },
            groups: rpc.groups,
            callers: rpc.callers,
        }
    }
}

fn messages(messages: Vec<v1::MessageType>) -> Vec<DescribedMessage> {
    let messages = messages.into_iter().map(|message| DescribedMessage {
        name: message.r#type,
        is_command: message.command,
        source: message.source,
        queues: message.queues,
    });
    messages.collect()
}

impl From<v1::Table> for DescribedTable {
    fn from(table: v1::Table) -> Self {
        Self {
            name: table.name,
            rows: table.estimated_rows,
            bytes: table.bytes,
        }
    }
}
