use super::*;
use crate::up::stripe::Stripe;

fn processes() -> Result<Processes> {
    let plan = |process: &'static Process| ProcessPlan {
        process,
        port: process.port,
        admin_port: process.admin_port,
        environment: BTreeMap::new(),
        owner_environment: BTreeMap::new(),
    };
    let with_database = PROCESSES.iter().filter(|process| process.has_database());
    let database = |process: &Process| DatabasePlan {
        service: process.name,
        password: format!("{}-password", process.name),
        owner_password: format!("{}-owner-password", process.name),
    };
    let mut processes = Processes {
        all: PROCESSES.iter().map(plan).collect(),
        databases: with_database.map(database).collect(),
        held_ports: Vec::new(),
    };
    let servers = Addresses {
        postgres: "postgres://postgres:root@127.0.0.1:5/postgres".to_owned(),
        amqp: "amqp://administrator:root@127.0.0.1:6".to_owned(),
        amqps: String::new(),
        rabbitmq_api: String::new(),
        redis: "redis://:x@127.0.0.1:7".to_owned(),
        rediss: String::new(),
    };
    let mut secret = |name: &str| Ok(format!("secret-{name}"));
    processes.resolve_settings(Path::new("/home"), &servers, &mut secret)?;
    Ok(processes)
}

#[test]
fn each_service_gets_its_own_role_and_database() -> Result<()> {
    let processes = processes()?;
    for name in ["user", "catalog", "order", "payment"] {
        let plan = processes.all.iter().find(|plan| plan.name() == name);
        let url = plan.and_then(|plan| {
            plan.environment
                .get(&format!("{}__DATABASE__URL", name.to_uppercase()))
        });
        assert_eq!(
            url,
            Some(&format!(
                "postgres://{name}:{name}-password@127.0.0.1:5/{name}"
            ))
        );
    }
    Ok(())
}

#[test]
fn each_process_gets_its_own_account_at_the_broker() -> Result<()> {
    let processes = processes()?;
    for account in &topology::broker::ACCOUNTS {
        let name = account.process;
        let plan = processes.all.iter().find(|plan| plan.name() == name);
        let variable = format!("{}__BROKER__URL", name.to_uppercase());
        let url = plan.and_then(|plan| plan.environment.get(&variable));
        let wanted = format!("amqp://{name}:secret-broker-{name}@127.0.0.1:6/%2f");
        assert_eq!(url, Some(&wanted));
    }
    Ok(())
}

#[test]
fn only_jobs_that_change_the_schema_get_the_owners_role() -> Result<()> {
    for plan in processes()?.all {
        let name = plan.name();
        let has_owner = |value: &String| value.contains("_owner");
        assert!(!plan.environment.values().any(has_owner), "{name}");
        let urls: Vec<_> = plan.owner_environment.into_iter().collect();
        let wanted = plan.process.has_database().then(|| {
            let url = format!("postgres://{name}_owner:{name}-owner-password@127.0.0.1:5/{name}");
            (format!("{}__DATABASE__URL", name.to_uppercase()), url)
        });
        assert_eq!(urls, Vec::from_iter(wanted), "{name}");
    }
    Ok(())
}

#[test]
fn only_user_writes_mails() -> Result<()> {
    let mut processes = processes()?;
    processes.write_mails_to(Path::new("/home/mails"));
    let with_mails: Vec<&str> = processes
        .all
        .iter()
        .filter(|plan| {
            let values = plan.environment.values();
            values.into_iter().any(|value| value == "/home/mails")
        })
        .map(ProcessPlan::name)
        .collect();
    assert_eq!(with_mails, ["user"]);
    Ok(())
}

#[test]
fn no_process_gets_the_password_of_an_administrator() -> Result<()> {
    for plan in processes()?.all {
        let mut values = plan
            .environment
            .values()
            .chain(plan.owner_environment.values());
        assert!(
            values.all(|value| !value.contains("root")),
            "{}",
            plan.name()
        );
    }
    Ok(())
}

#[test]
fn every_variable_has_the_prefix_of_its_process() -> Result<()> {
    for plan in processes()?.all {
        let prefix = format!("{}__", plan.name().to_uppercase());
        assert!(!plan.environment.is_empty());
        assert!(
            plan.environment.keys().all(|key| key.starts_with(&prefix)),
            "{:?}",
            plan.environment
        );
    }
    Ok(())
}

/// Whether the default configuration has the key, possibly commented out.
fn has_key(defaults: &str, key: &str) -> bool {
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
fn every_variable_sets_a_key_of_its_process() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for plan in processes()?.all {
        let folder = match plan.name() {
            "gateway" => "gateway".to_owned(),
            "sandbox" => "sandbox".to_owned(),
            name => format!("services/{name}"),
        };
        let file = root.join(folder).join("config/default.toml");
        let defaults = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for variable in plan.environment.keys() {
            let key = variable
                .to_lowercase()
                .split("__")
                .skip(1)
                .collect::<Vec<_>>()
                .join(".");
            assert!(has_key(&defaults, &key), "{} has no key {key}", plan.name());
        }
    }
    Ok(())
}

#[test]
fn webhooks_go_to_the_gateway_and_payment_has_their_secret() -> Result<()> {
    let plans = processes()?.all;
    let of = |name: &str, variable: &str| {
        let plan = plans.iter().find(|plan| plan.name() == name);
        plan.and_then(|plan| plan.environment.get(variable).cloned())
    };
    assert_eq!(
        of("sandbox", "SANDBOX__WEBHOOKS__URL").as_deref(),
        Some("http://127.0.0.1:8080/webhooks/stripe")
    );
    let secret = of("sandbox", "SANDBOX__WEBHOOKS__SECRET");
    assert_eq!(secret.as_deref(), Some("secret-webhook"));
    assert_eq!(of("payment", "PAYMENT__WEBHOOKS__SECRETS"), secret);
    Ok(())
}

#[test]
fn stripe_takes_the_place_of_the_sandbox() -> Result<()> {
    let mut processes = processes()?;
    let variables = [("STRIPE_SECRET_KEY", "sk_test_1")];
    let stripe = Stripe::of(&|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    })?;
    stripe.replace_sandbox(&mut processes);
    assert!(!processes.names().contains(&"sandbox"));
    let of = |name: &str, variable: &str| {
        let plan = processes.all.iter().find(|plan| plan.name() == name);
        plan.and_then(|plan| plan.environment.get(variable).cloned())
    };
    for (name, variable, value) in [
        (
            "payment",
            "PAYMENT__PROVIDER__URL",
            "https://api.stripe.com",
        ),
        ("payment", "PAYMENT__PROVIDER__SECRET_KEY", "sk_test_1"),
        // Without a secret every webhook is refused.
        ("payment", "PAYMENT__WEBHOOKS__SECRETS", ""),
        ("order", "ORDER__CHECKOUT__PAYMENT_METHODS", ""),
    ] {
        assert_eq!(of(name, variable).as_deref(), Some(value), "{variable}");
    }
    Ok(())
}
