use ::config::{Value, ValueKind};

use super::{ConfigError, Source, raw};

const HIDDEN: &str = "[redacted]";
/// A key whose last word is one of these holds a secret: `secret_key` does, `key_prefix` does not.
const SECRET_WORDS: [&str; 8] = [
    "password",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "key",
];

/// What is in force, one `key = value` a line, sorted, secrets redacted. URLs keep their host.
///
/// # Errors
/// The sources cannot be read; see [`ConfigError`].
pub fn show(source: &Source) -> Result<String, ConfigError> {
    Ok(lines(&raw(source)?))
}

/// The lines of [`show`].
pub(super) fn lines(merged: &Value) -> String {
    let mut lines = Vec::new();
    collect("", merged, &mut lines);
    lines.sort();
    lines.push(String::new());
    lines.join("\n")
}

fn collect(path: &str, value: &Value, lines: &mut Vec<String>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match &value.kind {
        ValueKind::Table(table) => {
            for (name, value) in table {
                collect(&below(name), value, lines);
            }
        }
        ValueKind::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                collect(&below(&index.to_string()), value, lines);
            }
        }
        ValueKind::String(text) => lines.push(format!("{path} = \"{}\"", redact(path, text))),
        other => lines.push(format!("{path} = {other}")),
    }
}

fn redact(path: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // The last word of each key on the path: the members of a list are below its key.
    let is_secret = |key: &str| {
        let last_word = key.rsplit('_').next().unwrap_or(key);
        SECRET_WORDS.contains(&last_word)
    };
    if path.split('.').any(is_secret) {
        return HIDDEN.to_owned();
    }
    without_password(text)
}

/// Hides the password of a URL, and its query, which may hold another one.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // `host=db password=secret`: the form of libpq.
        return if text.to_lowercase().contains("password") {
            HIDDEN.to_owned()
        } else {
            text.to_owned()
        };
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, _query)) => (rest, format!("?{HIDDEN}")),
        None => (rest, String::new()),
    };
    // The last `@` counts: a password may hold one that was not escaped.
    let Some((login, host)) = rest.rsplit_once('@') else {
        return format!("{scheme}://{rest}{query}");
    };
    match login.split_once(':') {
        Some((user, _password)) => format!("{scheme}://{user}:{HIDDEN}@{host}{query}"),
        None => format!("{scheme}://{login}@{host}{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_host_and_loses_its_password() {
        assert_eq!(
            redact(
                "database.url",
                "postgres://order:s3c/r@t@db:5432/order?password=x"
            ),
            "postgres://order:[redacted]@db:5432/order?[redacted]"
        );
        assert_eq!(
            redact("broker.url", "amqp://guest@mq/%2f"),
            "amqp://guest@mq/%2f"
        );
        assert_eq!(
            redact("upstreams.catalog.url", "http://catalog:50052"),
            "http://catalog:50052"
        );
    }

    #[test]
    fn a_key_that_is_named_like_a_secret_is_hidden_whole() {
        for key in [
            "provider.secret_key",
            "webhook_secret",
            "admin.token",
            "db.password",
            "keys.secret.0",
        ] {
            assert_eq!(redact(key, "hunter2"), HIDDEN, "{key}");
        }
        assert_eq!(redact("tls.key_path", "/run/tls.key"), "/run/tls.key");
        assert_eq!(redact("rate_limit.key_prefix", "shop:"), "shop:");
        assert_eq!(redact("database.url", "host=db password=hunter2"), HIDDEN);
    }
}
