use std::path::PathBuf;

use chassis::config::rules::is_url;
use chassis::config::{self, Source};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::support::order;

const DEFAULTS: &str = r#"
[grpc]
listen = "127.0.0.1:50053"
default_timeout_ms = 5000
max_timeout_ms = 30000
max_concurrent_calls = 512
max_message_bytes = 1048576
reflection = false
tls = { cert_path = "", private_key_path = "", client_ca_path = "" }

[database]
url = "postgres://order:changeme@127.0.0.1/order"
pool_size = 10

[admin]
listen = "127.0.0.1:9053"
check_timeout_ms = 1000
"#;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Config {
    #[garde(dive)]
    grpc: chassis::grpc::ServerConfig,
    #[garde(dive)]
    database: Database,
    admin: chassis::admin::Config,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Database {
    #[garde(custom(is_url(&["postgres"])))]
    url: SecretString,
    #[garde(range(min = 1, max = 100))]
    pool_size: u32,
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
        "[database]\npool_size = 20\n[admin]\ncheck_timeout_ms = 7\n",
    );
    let source = source(&[("ORDER__DATABASE__POOL_SIZE", "30")]).file(Some(path.clone()));
    let config: Config = config::load(&source).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(config.database.pool_size, 30);
    assert_eq!(config.admin.check_timeout_ms, 7);
    assert_eq!(config.grpc.listen.port(), 50053);
    assert!(config.grpc.tls.is_none());
}

#[test]
fn a_url_stays_a_text() {
    let text = "postgres://0123";
    let config: Config = config::load(&source(&[("ORDER__DATABASE__URL", text)])).unwrap();
    assert_eq!(config.database.url.expose_secret(), text);
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
    assert_eq!(
        from_environment,
        "the configuration has an error:\n  \
         grpc.listn  unknown key; the keys here are default_timeout_ms, listen, max_concurrent_calls, \
         max_message_bytes, max_timeout_ms, reflection, tls (set by ORDER__GRPC__LISTN)"
    );

    let top = refusal(&source(&[("ORDER__NONSENSE", "x")]));
    assert!(top.contains("nonsense  unknown key"), "{top}");

    let path = file("unknown.toml", "[database]\npoolsize = 3\n");
    let from_file = refusal(&source(&[]).file(Some(path.clone())));
    std::fs::remove_file(path).unwrap();
    assert!(
        from_file.contains("database.poolsize  unknown key"),
        "{from_file}"
    );
}

#[test]
fn a_misspelt_variable_is_named() {
    let misspelt = refusal(&source(&[("ORDER_GRPC__LISTEN", "127.0.0.1:1")]));
    assert!(
        misspelt
            .contains("ORDER_GRPC__LISTEN  unknown variable; did you mean ORDER__GRPC__LISTEN?"),
        "{misspelt}"
    );
}

#[test]
fn all_errors_are_reported_at_once_unknown_keys_first() {
    let source = source(&[
        ("ORDER__DATABASE__POOL_SIZE", "many"),
        ("ORDER__DATABASE__URL", "mysql://root:hunter2@db/order"),
        ("ORDER__GRPC__LISTEN", "here"),
        ("ORDER__GRPC__MAX_TIMEOUT_MS", "0"),
        ("ORDER__ZZZ", "x"),
    ]);
    let text = refusal(&source);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "the configuration has 5 errors:", "{text}");
    let keys: Vec<&str> = lines[1..]
        .iter()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let sorted = [
        "zzz",
        "database.pool_size",
        "database.url",
        "grpc.listen",
        "grpc.max_timeout_ms",
    ];
    assert_eq!(keys, sorted, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    for _ in 0..8 {
        assert_eq!(refusal(&source), text);
    }
}

#[test]
fn a_bad_value_is_named() {
    let number = refusal(&source(&[("ORDER__DATABASE__POOL_SIZE", "many")]));
    assert!(number.contains("database.pool_size"), "{number}");
    assert!(
        number.contains("set by ORDER__DATABASE__POOL_SIZE"),
        "{number}"
    );
    let address = refusal(&source(&[("ORDER__GRPC__LISTEN", "here")]));
    assert!(address.contains("grpc.listen"), "{address}");
    let range = refusal(&source(&[("ORDER__DATABASE__POOL_SIZE", "101")]));
    assert!(range.contains("database.pool_size"), "{range}");
    let half = refusal(&source(&[("ORDER__GRPC__TLS__CERT_PATH", "/cert.pem")]));
    assert!(
        half.contains("grpc.tls") && half.contains("private_key_path"),
        "{half}"
    );
}

#[test]
fn a_required_key_that_is_not_set_is_named() {
    let missing = refusal(&source(&[("ORDER__DATABASE__URL", "")]));
    assert!(
        missing.contains("database.url  is required and not set"),
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
    let text = "[database]\nurl = \"postgres://order:hunter2@db/order\n";
    let path = file("unterminated.toml", text);
    let unterminated = refusal(&source(&[]).file(Some(path.clone())));
    std::fs::remove_file(&path).unwrap();
    assert!(unterminated.contains("TOML parse error"), "{unterminated}");
    assert!(!unterminated.contains("hunter2"), "{unterminated}");
}

#[test]
fn a_value_for_a_whole_table_is_rejected_and_not_printed() {
    let url = "postgres://order:hunter2@db/order";
    let refused = refusal(&source(&[("ORDER__DATABASE", url)]));
    assert_eq!(
        refused,
        "the configuration has an error:\n  \
         database  is a table, set its keys: pool_size, url (set by ORDER__DATABASE)"
    );
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
