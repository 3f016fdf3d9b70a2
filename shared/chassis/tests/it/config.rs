use std::path::PathBuf;

use chassis::config::{self, Source};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::support::order;

const DEFAULTS: &str = r#"
[grpc]
listen = "127.0.0.1:50053"

[database]
url = "postgres://order:changeme@127.0.0.1/order"
pool_size = 10
"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    grpc: chassis::grpc::ServerConfig,
    database: Database,
    #[serde(default)]
    telemetry: chassis::telemetry::Config,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Database {
    url: SecretString,
    pool_size: u32,
    direct_url: Option<SecretString>,
}

fn source(variables: &[(&str, &str)]) -> Source {
    let variables = variables
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Source::defaults(order(DEFAULTS)).environment(variables)
}

fn refusal(source: &Source) -> String {
    config::load::<Config>(source).unwrap_err().to_string()
}

fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("chassis-{}-{name}", std::process::id()));
    std::fs::write(&folder, text).unwrap();
    folder
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let path = file(
        "layers.toml",
        "[database]\npool_size = 20\n[telemetry]\nlog = \"warn\"\n",
    );
    let source = source(&[("ORDER__DATABASE__POOL_SIZE", "30")]).file(Some(path.clone()));
    let config: Config = config::load(&source).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(config.database.pool_size, 30);
    assert_eq!(config.telemetry.log, "warn");
    assert_eq!(config.grpc.listen.port(), 50053);
    assert_eq!(
        config.grpc.max_concurrent_calls, 512,
        "a default of the shared crate"
    );
    assert!(config.database.direct_url.is_none());
}

#[test]
fn a_password_that_looks_like_a_number_stays_a_text() {
    let config: Config = config::load(&source(&[("ORDER__DATABASE__URL", "0123")])).unwrap();
    assert_eq!(config.database.url.expose_secret(), "0123");
}

#[test]
fn a_secret_can_come_from_a_file() {
    let path = file("secret", "postgres://from/file\n");
    let text = path.to_str().unwrap();
    let config: Config = config::load(&source(&[("ORDER__DATABASE__URL_FILE", text)])).unwrap();
    assert_eq!(config.database.url.expose_secret(), "postgres://from/file");

    let both = source(&[
        ("ORDER__DATABASE__URL_FILE", text),
        ("ORDER__DATABASE__URL", "x"),
    ]);
    assert!(refusal(&both).contains("ORDER__DATABASE__URL and ORDER__DATABASE__URL_FILE"));
    std::fs::remove_file(path).unwrap();

    let missing = refusal(&source(&[("ORDER__DATABASE__URL_FILE", "/nowhere/secret")]));
    assert!(
        missing.contains("ORDER__DATABASE__URL_FILE") && missing.contains("/nowhere/secret"),
        "{missing}"
    );
}

#[test]
fn an_unknown_key_is_named() {
    let from_environment = refusal(&source(&[("ORDER__GRPC__LISTN", "x")]));
    assert!(
        from_environment.contains("`grpc.listn`: unknown key"),
        "{from_environment}"
    );
    assert!(
        from_environment.contains("set by ORDER__GRPC__LISTN"),
        "{from_environment}"
    );

    let top = refusal(&source(&[("ORDER__NONSENSE", "x")]));
    assert!(top.contains("`nonsense`: unknown key"), "{top}");

    let path = file("unknown.toml", "[database]\npoolsize = 3\n");
    let from_file = refusal(&source(&[]).file(Some(path.clone())));
    std::fs::remove_file(path).unwrap();
    assert!(
        from_file.contains("`database.poolsize`: unknown key"),
        "{from_file}"
    );
}

#[test]
fn a_bad_value_is_named() {
    let number = refusal(&source(&[("ORDER__DATABASE__POOL_SIZE", "many")]));
    assert!(number.contains("`database.pool_size`"), "{number}");
    assert!(
        number.contains("set by ORDER__DATABASE__POOL_SIZE"),
        "{number}"
    );
    let address = refusal(&source(&[("ORDER__GRPC__LISTEN", "here")]));
    assert!(address.contains("`grpc.listen`"), "{address}");
    let choice = refusal(&source(&[("ORDER__TELEMETRY__LOG_FORMAT", "xml")]));
    assert!(choice.contains("telemetry.log_format"), "{choice}");
}

#[test]
fn a_missing_key_is_named() {
    let bare = Source::defaults(order("[grpc]\n[database]\npool_size = 1\n"));
    let missing = refusal(&bare);
    assert!(
        missing.contains("`database.url`") && missing.contains("ORDER__DATABASE__URL"),
        "{missing}"
    );
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let missing = refusal(&source(&[]).file(Some(PathBuf::from("/nowhere/order.toml"))));
    assert!(missing.contains("/nowhere/order.toml"), "{missing}");
    let path = file("broken.toml", "this is not toml");
    let broken = refusal(&source(&[]).file(Some(path.clone())));
    std::fs::remove_file(&path).unwrap();
    assert!(broken.contains(path.to_str().unwrap()), "{broken}");
}

#[test]
fn variables_of_others_are_left_alone() {
    let others = [
        ("ORDER_PORT", "tcp://10.0.0.1"),
        ("CATALOG__GRPC__X", "1"),
        ("PATH", "/bin"),
    ];
    config::load::<Config>(&source(&others)).unwrap();
}

#[test]
fn what_is_shown_holds_no_secret() {
    let shown = config::show(&source(&[("ORDER__DATABASE__POOL_SIZE", "7")])).unwrap();
    assert!(shown.contains("database.pool_size = \"7\""), "{shown}");
    assert!(shown.contains("127.0.0.1/order"), "{shown}");
    assert!(!shown.contains("changeme"), "{shown}");
}

#[test]
fn tests_set_single_keys() {
    let source = source(&[])
        .set("grpc.listen", "127.0.0.1:0")
        .set("database.pool_size", 2);
    let config: Config = config::load(&source).unwrap();
    assert_eq!(
        (config.grpc.listen.port(), config.database.pool_size),
        (0, 2)
    );
}
