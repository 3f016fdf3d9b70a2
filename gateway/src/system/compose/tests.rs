use super::*;

fn process(instance: &str) -> Process {
    Process {
        version: "1".to_owned(),
        revision: String::new(),
        instance: instance.to_owned(),
        started_at: None,
        is_ready: true,
        checks: Vec::new(),
        cpu_cores: None,
        memory_bytes: 0.0,
    }
}

fn member(service: &'static str, instance: &str, metrics: &str) -> Member {
    Member {
        service,
        address: instance.to_owned(),
        answer: Some((process(instance), Reading::of(metrics))),
    }
}

fn collection(members: Vec<Member>) -> Collection {
    Collection {
        taken_at: DateTime::UNIX_EPOCH,
        members,
    }
}

const TWO_SECONDS: Duration = Duration::from_secs(2);

fn order(calls: u32, placed: u32, ready: u32) -> String {
    format!(
        "process_cpu_seconds_total {calls}\n\
         rpc_client_requests_total{{upstream=\"catalog\",code=\"Ok\"}} {calls}\n\
         rpc_server_requests_total{{code=\"Ok\"}} {calls}\n\
         messages_consumed_total{{queue=\"order.replies\",outcome=\"handled\"}} {calls}\n\
         queue_messages_ready{{queue=\"order.replies\"}} {ready}\n\
         database_pool_connections_in_use 1\n\
         sagas_in_flight{{step=\"reserve\",state=\"in_flight\"}} {ready}\n\
         outbox_pending {ready}\n\
         upstream_circuit_open{{upstream=\"catalog\"}} 0\n\
         orders_placed_total {placed}\n"
    )
}

fn edge<'a>(snapshot: &'a Snapshot, from: &str, to: &str) -> &'a Edge {
    let found = snapshot
        .edges
        .iter()
        .find(|edge| (edge.from.as_str(), edge.to.as_str()) == (from, to));
    found.unwrap_or_else(|| panic!("no edge from {from} to {to}: {:?}", snapshot.edges))
}

#[test]
fn rates_are_added_and_states_of_replicas_are_not() {
    let earlier = collection(vec![
        member("order", "a", &order(10, 5, 1)),
        member("order", "b", &order(20, 5, 1)),
    ]);
    let now = collection(vec![
        member("order", "a", &order(14, 7, 3)),
        member("order", "b", &order(22, 6, 4)),
    ]);
    let mut history = History::default();
    let first = snapshot(&earlier, None, &mut history);
    assert!(edge(&first, "order", "catalog").traffic.is_none());
    assert!(first.services[0].served.is_none() && first.history.is_empty());

    let second = snapshot(&now, Some((&earlier, TWO_SECONDS)), &mut history);
    let rate = |from, to| edge(&second, from, to).traffic.unwrap().per_second;
    assert_eq!(rate("order", "catalog"), 3.0);
    assert_eq!(rate("broker", "order"), 3.0);
    assert_eq!(second.services[0].served.unwrap().per_second, 3.0);
    assert_eq!(second.services[0].pool.unwrap().in_use, 2.0);
    assert_eq!(second.services[0].outbox.unwrap().pending, 4.0);
    assert!(!second.services[0].breakers[0].is_open);
    let processes = second.services[0].replicas.iter();
    let cores: Vec<_> = processes
        .map(|it| it.process.as_ref().unwrap().cpu_cores)
        .collect();
    assert_eq!(cores, [Some(2.0), Some(1.0)]);
    assert_eq!(second.queues[0].depth.ready, 4.0);
    assert_eq!(second.queues[0].handled.unwrap().per_second, 3.0);
    assert_eq!((second.sagas.len(), second.sagas[0].count), (1, 4.0));
    assert_eq!(second.history.len(), 1);
    assert!((second.history[0].placed - 90.0).abs() < 1e-9);
}

#[test]
fn a_new_or_unreachable_replica_adds_no_rate() {
    let earlier = collection(vec![member("order", "a", &order(10, 5, 0))]);
    let gone = Member {
        answer: None,
        ..member("order", "a", "")
    };
    let now = collection(vec![gone, member("order", "b", &order(500, 100, 0))]);
    let mut history = History::default();
    let snapshot = snapshot(&now, Some((&earlier, TWO_SECONDS)), &mut history);
    let edge = edge(&snapshot, "order", "catalog");
    assert_eq!(edge.traffic, Some(crate::system::Traffic::default()));
    let replicas = &snapshot.services[0].replicas;
    assert!(replicas[0].process.is_none() && replicas[1].process.is_some());
    assert_eq!(snapshot.history[0].placed, 0.0);
}
