//! The sections of the chassis, of the service crate and of the service itself, loaded together.

use chassis::config::{Source, load};
use service::Config;

use crate::support::{Own, bare};

fn complete() -> Source {
    bare()
        .set("database.url", "postgres://localhost/small")
        .set("broker.url", "amqp://localhost/%2f")
        .set("tokens.secrets", testkit::TOKEN_SECRET)
}

fn variable(name: &str, value: &str) -> [(String, String); 1] {
    [(name.to_owned(), value.to_owned())]
}

#[test]
fn a_variable_sets_a_key_of_any_section() {
    let source = complete()
        .environment(variable("SMALL__ADMIN__LISTEN", "127.0.0.1:9"))
        .environment(variable("SMALL__GRPC__LISTEN", "127.0.0.1:8"))
        .environment(variable("SMALL__USER__TIMEOUT_MS", "7"));
    let config: Config<Own> = load(&source).unwrap();
    assert_eq!(config.admin.listen.port(), 9);
    assert_eq!(config.own.grpc.listen.port(), 8);
    assert_eq!(config.own.own.user.timeout_ms, 7);
}

#[test]
fn an_unknown_key_of_any_section_is_named() {
    for key in [
        "telemetry.logg",
        "grpc.lisen",
        "user.adress",
        "grcp.listen",
        "grcp",
    ] {
        let name = format!("SMALL__{}", key.replace('.', "__").to_uppercase());
        let source = complete().environment(variable(&name, "1"));
        let refused = load::<Config<Own>>(&source).unwrap_err().to_string();
        let unknown = key.strip_suffix(".listen").unwrap_or(key);
        let expected = format!("{unknown}  unknown key");
        assert!(refused.contains(&expected), "{key}: {refused}");
    }
}

#[test]
fn a_required_or_invalid_key_is_named() {
    let source = bare()
        .set("broker.url", "amqp://localhost/%2f")
        .set("tokens.secrets", testkit::TOKEN_SECRET);
    let refused = load::<Config<Own>>(&source).unwrap_err().to_string();
    assert!(refused.contains("database.url  is required"), "{refused}");
    assert!(refused.contains("SMALL__DATABASE__URL"), "{refused}");
    let source = complete().set("tokens.secrets", "too short");
    let refused = load::<Config<Own>>(&source).unwrap_err().to_string();
    assert!(refused.contains("tokens.secrets"), "{refused}");
    assert!(!refused.contains("too short"), "{refused}");
    let source = complete().set("grpc.listen", "here");
    let refused = load::<Config<Own>>(&source).unwrap_err().to_string();
    assert!(refused.contains("grpc.listen"), "{refused}");
}

#[test]
fn an_sslmode_that_does_not_verify_is_refused() {
    for key in ["database.url", "database.direct_url"] {
        for mode in ["allow", "prefer", "require", "verify-ca"] {
            let url = format!("postgres://name:secret@localhost/small?sslmode={mode}");
            let source = complete().set(key, url.as_str());
            let refused = load::<Config<Own>>(&source).unwrap_err().to_string();
            let expected = format!("{key}  has sslmode={mode}, which does not verify the server");
            assert!(refused.contains(&expected), "{refused}");
            assert!(refused.contains("use sslmode=verify-full"), "{refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
    let source = complete().set(
        "database.url",
        "postgres://localhost/small?sslmode=verify-full",
    );
    load::<Config<Own>>(&source).unwrap();
}
