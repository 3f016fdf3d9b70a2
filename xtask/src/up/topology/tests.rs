use super::*;

fn topology() -> Topology {
    let parts = PARTS.map(|(name, port, admin)| Part {
        name,
        port,
        admin,
        environment: BTreeMap::new(),
    });
    let passwords = WITH_DATABASE
        .map(|name| (name, format!("{name}-password")))
        .to_vec();
    let mut topology = Topology {
        parts: parts.to_vec(),
        passwords,
    };
    let servers = Addresses {
        postgres: "postgres://postgres:root@127.0.0.1:5/postgres".to_owned(),
        amqp: "amqp://mercantile:x@127.0.0.1:6".to_owned(),
        rabbitmq_api: String::new(),
        redis: "redis://:x@127.0.0.1:7".to_owned(),
    };
    topology.join(&servers, "hook", "key");
    topology
}

#[test]
fn each_service_gets_its_own_role_and_database() {
    let topology = topology();
    for name in WITH_DATABASE {
        let part = topology.parts.iter().find(|part| part.name == name);
        let url = part.and_then(|part| {
            part.environment
                .get(&format!("{}__DATABASE__URL", name.to_uppercase()))
        });
        assert_eq!(
            url,
            Some(&format!(
                "postgres://{name}:{name}-password@127.0.0.1:5/{name}"
            ))
        );
    }
}

#[test]
fn the_superuser_is_known_to_no_process() {
    for part in topology().parts {
        assert!(
            part.environment
                .values()
                .all(|value| !value.contains("root")),
            "{}",
            part.name
        );
    }
}

#[test]
fn every_variable_carries_the_prefix_of_its_process() {
    for part in topology().parts {
        let prefix = format!("{}__", part.name.to_uppercase());
        assert!(!part.environment.is_empty());
        assert!(
            part.environment.keys().all(|key| key.starts_with(&prefix)),
            "{:?}",
            part.environment
        );
    }
}
