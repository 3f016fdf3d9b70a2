//! Makes a snapshot of what the processes answered, and of what they answered before.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    GATEWAY,
    flow::{Flow, increase},
    history::History,
    reading::{Depth, Orders, Reading},
    snapshot::{
        Breaker, ClassRate, Edge, EdgeKind, Process, QueueState, Replica, SagaCount, ServiceState,
        Snapshot,
    },
};

/// The broker's name in edges.
const BROKER: &str = "broker";

/// One process of the collection.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) service: &'static str,
    pub(super) address: String,
    /// None if it cannot be reached.
    pub(super) answer: Option<(Process, Reading)>,
}

/// What all processes answered at one moment.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) taken_at: DateTime<Utc>,
    pub(super) members: Vec<Member>,
}

/// The differences of two collections.
struct Comparison<'a> {
    now: &'a Collection,
    /// The earlier collection, and the time since.
    earlier: Option<(&'a Collection, Duration)>,
}

pub(super) fn snapshot(
    now: &Collection,
    earlier: Option<(&Collection, Duration)>,
    history: &mut History,
) -> Snapshot {
    let comparison = Comparison { now, earlier };
    let requests = comparison.requests();
    match earlier {
        Some((_, time)) => {
            let total = requests.iter().map(|class| class.per_second).sum();
            history.add(now.taken_at, comparison.orders(), total, time);
        }
        None => history.clear(),
    }
    Snapshot {
        taken_at: now.taken_at,
        rates_over: earlier.map(|(_, time)| time),
        services: comparison.services(),
        edges: comparison.edges(),
        queues: comparison.queues(),
        requests,
        sagas: comparison.sagas(),
        oldest_saga_s: comparison.max(|reading| reading.oldest_saga_s),
        history: history.points(),
    }
}

impl Comparison<'_> {
    /// The readings, each with the earlier one of the same process. A process that was not read before has none.
    fn readings(&self) -> impl Iterator<Item = (&Member, &Process, &Reading, Option<&Reading>)> {
        self.now.members.iter().filter_map(|member| {
            let (process, reading) = member.answer.as_ref()?;
            let before = self.earlier.and_then(|(earlier, _)| {
                let same = earlier
                    .members
                    .iter()
                    .filter(|it| (it.service, &it.address) == (member.service, &member.address));
                let mut answers = same.filter_map(|it| it.answer.as_ref());
                let is_same = |it: &&(Process, Reading)| {
                    it.0.instance == process.instance && it.0.started_at == process.started_at
                };
                answers.find(is_same).map(|(_, reading)| reading)
            });
            Some((member, process, reading, before))
        })
    }

    /// The flow of each key since the earlier collection, over all processes that were read twice.
    fn flows<K: Ord, I>(&self, of: impl Fn(&Member, &Reading) -> I) -> BTreeMap<K, Flow>
    where
        I: IntoIterator<Item = (K, Flow)>,
    {
        let mut flows: BTreeMap<K, Flow> = BTreeMap::new();
        for (member, _, reading, before) in self.readings() {
            let earlier: BTreeMap<K, Flow> = match before {
                Some(before) => of(member, before).into_iter().collect(),
                None => BTreeMap::new(),
            };
            for (key, flow) in of(member, reading) {
                let passed = match (before, earlier.get(&key)) {
                    (None, _) => Flow::default(),
                    (Some(_), None) => flow,
                    (Some(_), Some(earlier)) => flow.since(earlier),
                };
                flows.entry(key).or_default().add(&passed);
            }
        }
        flows
    }

    fn traffic(&self, flow: &Flow) -> Option<super::flow::Traffic> {
        self.earlier.map(|(_, time)| flow.traffic(time))
    }

    fn services(&self) -> Vec<ServiceState> {
        let served = self.flows(|member, reading| {
            let flow = match member.service {
                GATEWAY => &reading.request_seconds,
                _ => &reading.served,
            };
            [(member.service, flow.clone())]
        });
        let mut services: Vec<ServiceState> = Vec::new();
        for member in &self.now.members {
            let replica = Replica {
                address: member.address.clone(),
                process: self.process(member),
            };
            match services.iter_mut().find(|it| it.name == member.service) {
                Some(service) => service.replicas.push(replica),
                None => services.push(ServiceState {
                    name: member.service.to_owned(),
                    replicas: vec![replica],
                    served: served
                        .get(member.service)
                        .and_then(|flow| self.traffic(flow)),
                    outbox: None,
                    pool: None,
                    breakers: Vec::new(),
                }),
            }
        }
        for service in &mut services {
            self.add_state(service);
        }
        services
    }

    /// The process of a member, with its use of the processor.
    fn process(&self, member: &Member) -> Option<Process> {
        let mut readings = self.readings();
        let (_, process, reading, before) =
            readings.find(|(other, ..)| std::ptr::eq(*other, member))?;
        let cores = |(_, time): (_, Duration)| {
            let used = increase(reading.cpu_seconds, before?.cpu_seconds);
            Some(used / time.as_secs_f64().max(f64::MIN_POSITIVE))
        };
        Some(Process {
            cpu_cores: self.earlier.and_then(cores),
            memory_bytes: reading.memory_bytes,
            ..process.clone()
        })
    }

    /// Outbox, pool and breakers, over all replicas.
    fn add_state(&self, service: &mut ServiceState) {
        for (_, _, reading, _) in self.readings().filter(|it| it.0.service == service.name) {
            if let Some(pool) = &reading.pool {
                let sum = service.pool.get_or_insert_default();
                sum.in_use += pool.in_use;
                sum.idle += pool.idle;
                sum.max += pool.max;
                sum.waiting += pool.waiting;
                // Every replica reports the same rows.
                let outbox = service.outbox.get_or_insert_default();
                outbox.pending = outbox.pending.max(reading.outbox.pending);
                outbox.refused = outbox.refused.max(reading.outbox.refused);
                outbox.lag_s = outbox.lag_s.max(reading.outbox.lag_s);
            }
            for (to, is_open) in &reading.breakers {
                match service.breakers.iter_mut().find(|it| it.to == *to) {
                    Some(breaker) => breaker.is_open |= is_open,
                    None => service.breakers.push(Breaker {
                        to: to.clone(),
                        is_open: *is_open,
                    }),
                }
            }
        }
    }

    fn edges(&self) -> Vec<Edge> {
        let flows = self.flows(|member, reading| {
            let from = || member.service.to_owned();
            let broker = || BROKER.to_owned();
            let called = reading.called.iter();
            let mut flows: Vec<_> = called
                .map(|(to, flow)| ((from(), to.clone(), EdgeKind::Rpc), flow.clone()))
                .collect();
            let mut consumed = Flow::default();
            for flow in reading.consumed.values() {
                consumed.add(flow);
            }
            if reading.pool.is_some() {
                let database = format!("{} database", member.service);
                let transactions = reading.transactions.clone();
                flows.push(((from(), database, EdgeKind::Database), transactions));
                let published = reading.published.clone();
                flows.push(((from(), broker(), EdgeKind::Publish), published));
                flows.push(((broker(), from(), EdgeKind::Consume), consumed));
            }
            flows
        });
        let edges = flows.into_iter().map(|((from, to, kind), flow)| Edge {
            from,
            to,
            kind,
            traffic: self.traffic(&flow),
        });
        edges.collect()
    }

    fn queues(&self) -> Vec<QueueState> {
        let handled = self.flows(|_, reading| reading.consumed.clone());
        let ages = self.flows(|_, reading| reading.ages.clone());
        let mut queues: BTreeMap<&str, Depth> = BTreeMap::new();
        for (_, _, reading, _) in self.readings() {
            for (name, depth) in &reading.queues {
                // Every replica reports the same queue.
                let most = queues.entry(name).or_default();
                most.ready = most.ready.max(depth.ready);
                most.retrying = most.retrying.max(depth.retrying);
                most.dead = most.dead.max(depth.dead);
            }
        }
        let queues = queues.into_iter().map(|(name, depth)| QueueState {
            name: name.to_owned(),
            depth,
            handled: handled.get(name).and_then(|flow| self.traffic(flow)),
            age_p95_s: ages.get(name).and_then(|flow| flow.seconds.quantile(0.95)),
        });
        queues.collect()
    }

    fn requests(&self) -> Vec<ClassRate> {
        let Some((_, time)) = self.earlier else {
            return Vec::new();
        };
        let flows = self.flows(|_, reading| {
            let classes = reading.requests.iter();
            let classes = classes.map(|(class, calls)| {
                let mut flow = Flow::default();
                flow.count(*calls, false);
                (*class, flow)
            });
            classes.collect::<Vec<_>>()
        });
        let rates = flows.into_iter().map(|(class, flow)| ClassRate {
            class,
            per_second: flow.traffic(time).per_second,
        });
        rates.collect()
    }

    fn orders(&self) -> Orders {
        let mut sum = Orders::default();
        for (_, _, reading, before) in self.readings() {
            let Some(before) = before.map(|before| before.orders) else {
                continue;
            };
            let now = reading.orders;
            sum.placed += increase(now.placed, before.placed);
            sum.confirmed += increase(now.confirmed, before.confirmed);
            sum.rejected += increase(now.rejected, before.rejected);
            sum.cancelled += increase(now.cancelled, before.cancelled);
        }
        sum
    }

    /// Every replica counts the same rows.
    fn sagas(&self) -> Vec<SagaCount> {
        let mut counts: BTreeMap<&(String, String), f64> = BTreeMap::new();
        for (_, _, reading, _) in self.readings() {
            for (key, count) in &reading.sagas {
                let most = counts.entry(key).or_default();
                *most = most.max(*count);
            }
        }
        let counts = counts.into_iter().filter(|(_, count)| *count > 0.0);
        let counts = counts.map(|((state, step), count)| SagaCount {
            state: state.clone(),
            step: step.clone(),
            count,
        });
        counts.collect()
    }

    fn max(&self, of: impl Fn(&Reading) -> f64) -> f64 {
        let values = self.readings().map(|(_, _, reading, _)| of(reading));
        values.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests;
