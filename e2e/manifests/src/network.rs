//! Which connections the NetworkPolicies allow: the sender's egress and the receiver's ingress must both allow one.

use std::collections::BTreeSet;
use std::fmt;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::environment::Environment;
use crate::pod::{Labels, Pod};

/// The label that policies select by.
pub(crate) const COMPONENT: &str = "app.kubernetes.io/component";

/// Pods that an operator makes: the kind of its object, the name of the pod here, and a label of it with its value.
const OF_OPERATORS: [(&str, &str, [&str; 2]); 2] = [
    ("RabbitmqCluster", "rabbitmq", [COMPONENT, "rabbitmq"]),
    // cert-manager answers the challenges for the certificate of a Gateway.
    (
        "Gateway",
        "acme-solver",
        ["acme.cert-manager.io/http01-solver", "true"],
    ),
];

/// Pods that can connect and be connected to.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// `Deployment/order`.
    pub(crate) id: String,
    /// `order`: the component, or the name of the object.
    pub(crate) component: String,
    labels: Labels,
    /// Names and numbers of its ports.
    ports: Vec<(String, i32)>,
}

impl Endpoint {
    fn of_pod(pod: &Pod) -> Self {
        let name = || pod.id.rsplit('/').next().unwrap_or_default().to_owned();
        let ports = pod.containers().flat_map(|it| it.ports.iter().flatten());
        Self {
            id: pod.id.clone(),
            component: pod.labels.get(COMPONENT).cloned().unwrap_or_else(name),
            labels: pod.labels.clone(),
            ports: ports
                .filter_map(|port| Some((port.name.clone()?, port.container_port)))
                .collect(),
        }
    }

    pub(crate) fn is_selected_by(&self, policy: &NetworkPolicySpec) -> bool {
        let selector = policy.pod_selector.as_ref();
        selector.is_none_or(|selector| matches(selector, &self.labels))
    }
}

/// Ports of one protocol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ports {
    /// Empty: every protocol.
    protocol: String,
    first: i32,
    last: i32,
}

impl Ports {
    fn any() -> Self {
        Self {
            protocol: String::new(),
            first: 0,
            last: 65535,
        }
    }

    fn both(&self, other: &Self) -> Option<Self> {
        let protocol = match (self.protocol.as_str(), other.protocol.as_str()) {
            ("", protocol) | (protocol, "") => protocol,
            (one, two) if one == two => one,
            _ => return None,
        };
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then(|| Self {
            protocol: protocol.to_owned(),
            first,
            last,
        })
    }
}

/// `50051`, `53/UDP`, `35672-35682`, `any`.
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::any() {
            return f.write_str("any");
        }
        write!(f, "{}", self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        if self.protocol != "TCP" {
            write!(f, "/{}", self.protocol)?;
        }
        Ok(())
    }
}

/// A connection that is allowed. A side is the id of an endpoint, or what a policy says of peers outside the namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) ports: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// A rule of a policy. Without peers it allows all of them, without ports all of these.
struct Rule {
    peers: Vec<NetworkPolicyPeer>,
    ports: Vec<NetworkPolicyPort>,
}

/// The policies of a namespace and the pods in it.
pub(crate) struct Network {
    pub(crate) endpoints: Vec<Endpoint>,
    /// With their ids.
    pub(crate) policies: Vec<(String, NetworkPolicySpec)>,
    namespace: Labels,
}

impl Network {
    pub(crate) fn of(environment: &Environment) -> Self {
        let mut endpoints: Vec<_> = environment.pods.iter().map(Endpoint::of_pod).collect();
        for (kind, name, [label, value]) in OF_OPERATORS {
            endpoints.extend(environment.of_kind(kind).map(|object| Endpoint {
                id: object.id(),
                component: name.to_owned(),
                labels: Labels::from([(label.to_owned(), value.to_owned())]),
                ports: Vec::new(),
            }));
        }
        let policies = environment.all::<NetworkPolicy>().into_iter();
        let namespaces = environment.all::<Namespace>().into_iter();
        let mut namespace = Labels::new();
        for (_, found) in namespaces {
            let name = found.metadata.name.unwrap_or_default();
            namespace.insert("kubernetes.io/metadata.name".to_owned(), name);
            namespace.extend(found.metadata.labels.unwrap_or_default());
        }
        Self {
            endpoints,
            policies: policies
                .filter_map(|(id, policy)| Some((id, policy.spec?)))
                .collect(),
            namespace,
        }
    }

    /// Every connection that is allowed.
    pub(crate) fn flows(&self) -> BTreeSet<Flow> {
        let mut flows = BTreeSet::new();
        let mut add = |from: &str, to: &str, ports: Ports| {
            flows.insert(Flow {
                from: from.to_owned(),
                to: to.to_owned(),
                ports: ports.to_string(),
            });
        };
        let both =
            |endpoint| [Direction::Egress, Direction::Ingress].map(|it| self.rules(endpoint, it));
        let rules: Vec<_> = self.endpoints.iter().map(both).collect();
        for (sender, [egress, ingress]) in self.endpoints.iter().zip(&rules) {
            for (peer, ports) in outside(egress.as_deref(), sender) {
                add(&sender.id, &peer, ports);
            }
            for (peer, ports) in outside(ingress.as_deref(), sender) {
                add(&peer, &sender.id, ports);
            }
            for (receiver, [_, ingress]) in self.endpoints.iter().zip(&rules) {
                let sent = self.inside(egress.as_deref(), receiver, receiver);
                let received = self.inside(ingress.as_deref(), sender, receiver);
                let allowed = sent
                    .iter()
                    .flat_map(|one| received.iter().filter_map(|other| one.both(other)));
                for ports in allowed {
                    add(&sender.id, &receiver.id, ports);
                }
            }
        }
        flows
    }

    /// The rules for an endpoint; none if no policy selects it, so that everything is allowed.
    fn rules(&self, endpoint: &Endpoint, direction: Direction) -> Option<Vec<Rule>> {
        let mut policies = self
            .policies
            .iter()
            .filter(|(_, policy)| {
                has_direction(policy, direction) && endpoint.is_selected_by(policy)
            })
            .peekable();
        policies.peek()?;
        Some(
            policies
                .flat_map(|(_, policy)| rules(policy, direction))
                .collect(),
        )
    }

    /// What rules allow for a peer in the namespace. Ports are those of the receiver.
    fn inside(&self, rules: Option<&[Rule]>, peer: &Endpoint, receiver: &Endpoint) -> Vec<Ports> {
        let Some(rules) = rules else {
            return vec![Ports::any()];
        };
        let matching = rules.iter().filter(|rule| {
            rule.peers.is_empty() || rule.peers.iter().any(|it| self.is_inside(it, &peer.labels))
        });
        matching
            .flat_map(|rule| resolve(&rule.ports, receiver))
            .collect()
    }

    fn is_inside(&self, peer: &NetworkPolicyPeer, labels: &Labels) -> bool {
        let is_namespace = peer
            .namespace_selector
            .as_ref()
            .is_none_or(|selector| matches(selector, &self.namespace));
        let is_pod = peer
            .pod_selector
            .as_ref()
            .is_none_or(|selector| matches(selector, labels));
        peer.ip_block.is_none() && is_namespace && is_pod
    }
}

/// What rules for an endpoint allow for peers outside the namespace.
fn outside(rules: Option<&[Rule]>, endpoint: &Endpoint) -> Vec<(String, Ports)> {
    let Some(rules) = rules else {
        return vec![("anywhere".to_owned(), Ports::any())];
    };
    let mut found = Vec::new();
    for rule in rules {
        let mut peers: Vec<String> = rule.peers.iter().filter_map(outside_peer).collect();
        if rule.peers.is_empty() {
            peers.push("anywhere".to_owned());
        }
        let ports = resolve(&rule.ports, endpoint);
        for peer in peers {
            found.extend(ports.iter().map(|ports| (peer.clone(), ports.clone())));
        }
    }
    found
}

/// What a policy says of peers outside its namespace; none if it means pods inside.
fn outside_peer(peer: &NetworkPolicyPeer) -> Option<String> {
    if let Some(block) = &peer.ip_block {
        let except = block.except.iter().flatten().cloned().collect::<Vec<_>>();
        let except = if except.is_empty() {
            String::new()
        } else {
            format!(" except {}", except.join(", "))
        };
        return Some(format!("{}{except}", block.cidr));
    }
    let namespace = peer.namespace_selector.as_ref()?;
    let pods = peer.pod_selector.as_ref();
    let pods = pods.map_or_else(String::new, |pods| format!(", pods {}", described(pods)));
    Some(format!("namespace {}{pods}", described(namespace)))
}

fn described(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().flatten();
    let labels = labels.map(|(label, value)| format!("{label}={value}"));
    let expressions = selector.match_expressions.iter().flatten().map(|it| {
        let values = it.values.as_deref().unwrap_or_default().join(", ");
        format!("{} {} [{values}]", it.key, it.operator)
    });
    let all: Vec<String> = labels.chain(expressions).collect();
    if all.is_empty() {
        "any".to_owned()
    } else {
        all.join(", ")
    }
}

/// Whether a policy has rules for a direction, by its types or by their default.
pub(crate) fn has_direction(policy: &NetworkPolicySpec, direction: Direction) -> bool {
    let name = match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    };
    let by_default = direction == Direction::Ingress || policy.egress.is_some();
    policy
        .policy_types
        .as_ref()
        .map_or(by_default, |types| types.iter().any(|it| it == name))
}

fn rules(policy: &NetworkPolicySpec, direction: Direction) -> Vec<Rule> {
    match direction {
        Direction::Ingress => policy
            .ingress
            .iter()
            .flatten()
            .map(|rule| Rule {
                peers: rule.from.clone().unwrap_or_default(),
                ports: rule.ports.clone().unwrap_or_default(),
            })
            .collect(),
        Direction::Egress => policy
            .egress
            .iter()
            .flatten()
            .map(|rule| Rule {
                peers: rule.to.clone().unwrap_or_default(),
                ports: rule.ports.clone().unwrap_or_default(),
            })
            .collect(),
    }
}

/// Whether a selector matches labels. An empty one matches all.
pub(crate) fn matches(selector: &LabelSelector, labels: &Labels) -> bool {
    let has_labels = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(label, value)| labels.get(label) == Some(value));
    let meets = selector.match_expressions.iter().flatten().all(|it| {
        let value = labels.get(&it.key);
        let is_listed = value.is_some_and(|value| it.values.iter().flatten().any(|v| v == value));
        match it.operator.as_str() {
            "In" => is_listed,
            "NotIn" => !is_listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    });
    has_labels && meets
}

/// The numbers of ports. A name that the receiver does not have allows nothing.
fn resolve(ports: &[NetworkPolicyPort], receiver: &Endpoint) -> Vec<Ports> {
    if ports.is_empty() {
        return vec![Ports::any()];
    }
    let resolved = ports.iter().filter_map(|port| {
        let (first, last) = match &port.port {
            None => (0, 65535),
            Some(IntOrString::Int(number)) => (*number, port.end_port.unwrap_or(*number)),
            Some(IntOrString::String(name)) => {
                let (_, number) = receiver.ports.iter().find(|(known, _)| known == name)?;
                (*number, *number)
            }
        };
        Some(Ports {
            protocol: port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()),
            first,
            last,
        })
    });
    resolved.collect()
}
