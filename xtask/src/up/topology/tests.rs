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
        held: Vec::new(),
    };
    let servers = Addresses {
        postgres: "postgres://postgres:root@127.0.0.1:5/postgres".to_owned(),
        amqp: "amqp://mercantile:x@127.0.0.1:6".to_owned(),
        rabbitmq_api: String::new(),
        redis: "redis://:x@127.0.0.1:7".to_owned(),
    };
    let keys = Keys {
        seal: "seal".to_owned(),
        provider: "key".to_owned(),
        webhook: "hook".to_owned(),
    };
    topology.join(Path::new("/home"), &servers, &keys);
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

/// Whether the defaults of a process know the key, set or commented out.
fn knows(defaults: &str, key: &str) -> bool {
    let Some((section, name)) = key.rsplit_once('.') else {
        return false;
    };
    let header = format!("[{section}]");
    let lines = defaults
        .lines()
        .skip_while(|line| line.trim() != header)
        .skip(1);
    let mut lines = lines.take_while(|line| !line.starts_with('['));
    lines.any(|line| {
        line.trim_start_matches(['#', ' '])
            .starts_with(&format!("{name} ="))
    })
}

#[test]
fn every_variable_sets_a_key_that_its_process_knows() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for part in topology().parts {
        let folder = match part.name {
            "gateway" => "gateway".to_owned(),
            "sandbox" => "sandbox".to_owned(),
            name => format!("services/{name}"),
        };
        let file = root.join(folder).join("config/default.toml");
        let defaults = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for variable in part.environment.keys() {
            let key = variable
                .to_lowercase()
                .split("__")
                .skip(1)
                .collect::<Vec<_>>()
                .join(".");
            assert!(knows(&defaults, &key), "{} does not know {key}", part.name);
        }
    }
    Ok(())
}

#[test]
fn the_provider_tells_the_gateway_and_payment_knows_its_signature() {
    let parts = topology().parts;
    let of = |name: &str, variable: &str| {
        let part = parts.iter().find(|part| part.name == name);
        part.and_then(|part| part.environment.get(variable).cloned())
    };
    assert_eq!(
        of("sandbox", "SANDBOX__WEBHOOKS__URL").as_deref(),
        Some("http://127.0.0.1:8080/webhooks/stripe")
    );
    let secret = of("sandbox", "SANDBOX__WEBHOOKS__SECRET");
    assert_eq!(secret.as_deref(), Some("hook"));
    assert_eq!(of("payment", "PAYMENT__WEBHOOKS__SECRETS"), secret);
}
