//! Checks spans against OpenTelemetry's semantic conventions and `docs/telemetry.md`.

use crate::observed::{Kind, Span};

/// Asserts that a span has the attributes that it must have.
pub(super) fn check(span: &Span) {
    let violations = violations(span);
    assert!(violations.is_empty(), "{violations:?}: {span:#?}");
}

/// Whether a call has a response status. A canceled call has none.
pub(super) fn has_response(span: &Span) -> bool {
    match family(span) {
        Family::Rpc => !span.get("rpc.response.status_code").is_empty(),
        Family::Http => !span.get("http.response.status_code").is_empty(),
        _ => true,
    }
}

fn violations(span: &Span) -> Vec<String> {
    let mut violations = Vec::new();
    let mut must = |condition: bool, what: &str| {
        if !condition {
            violations.push(what.to_owned());
        }
    };
    for name in ["service.name", "service.version", "service.instance.id"] {
        must(
            span.resource
                .get(name)
                .is_some_and(|value| !value.is_empty()),
            name,
        );
    }
    must(
        span.resource
            .get("service.namespace")
            .is_some_and(|name| name == "mercantile"),
        "service.namespace",
    );
    must(
        span.failed.is_none() || span.attributes.contains_key("error.type"),
        "a failed span has an error.type",
    );
    must(
        span.events.iter().all(|(name, _)| !name.is_empty()),
        "an event has a name",
    );
    let required: &[&str] = match family(span) {
        Family::Database => {
            must(span.kind == Kind::Client, "statements are client spans");
            must(span.get("db.system.name") == "postgresql", "db.system.name");
            must(
                span.name == span.get("db.query.summary"),
                "named by its summary",
            );
            &[
                "db.namespace",
                "db.operation.name",
                "db.query.text",
                "server.address",
                "server.port",
            ]
        }
        Family::Rpc => {
            must(span.name == span.get("rpc.method"), "named by its method");
            must(span.get("rpc.system.name") == "grpc", "rpc.system.name");
            must(
                span.kind == Kind::Server || !span.get("server.address").is_empty(),
                "a call names its server",
            );
            &[]
        }
        Family::Message => {
            must(
                span.get("messaging.system") == "rabbitmq",
                "messaging.system",
            );
            let operation = span.get("messaging.operation.name");
            let destination = span.get("messaging.destination.name");
            must(
                span.name == format!("{operation} {destination}"),
                "named by operation and destination",
            );
            let kind = match operation {
                "publish" => Kind::Producer,
                "process" => Kind::Consumer,
                _ => Kind::Unspecified,
            };
            must(span.kind == kind, "a producer or a consumer");
            &[
                "messaging.operation.type",
                "messaging.message.id",
                "messaging.message.body.size",
                "messaging.rabbitmq.destination.routing_key",
            ]
        }
        Family::Batch => {
            must(!span.links.is_empty(), "a batch links to its messages");
            must(span.parent.is_empty(), "a batch has no parent");
            &["messaging.system", "messaging.batch.message_count"]
        }
        Family::Http => {
            let template = match span.kind {
                Kind::Server => "http.route",
                _ => "url.template",
            };
            let (method, template) = (span.get("http.request.method"), span.get(template));
            let name = format!("{method} {template}");
            must(
                span.name == name.trim(),
                "named by its method and its route",
            );
            must(!span.get("url.full").contains('?'), "no query");
            &[]
        }
        Family::Other => &[],
    };
    for name in required {
        must(!span.get(name).is_empty(), name);
    }
    violations
}

enum Family {
    Database,
    Rpc,
    Message,
    Batch,
    Http,
    /// No convention exists for it.
    Other,
}

fn family(span: &Span) -> Family {
    let has = |name: &str| span.attributes.contains_key(name);
    if has("db.query.summary") {
        Family::Database
    } else if has("rpc.system.name") {
        Family::Rpc
    } else if has("messaging.batch.message_count") {
        Family::Batch
    } else if has("messaging.system") {
        Family::Message
    } else if has("http.request.method") {
        Family::Http
    } else {
        // There is no convention for e-mail.
        assert!(
            span.kind == Kind::Internal || span.name.ends_with(" mail"),
            "a span between processes follows a convention: {span:#?}"
        );
        Family::Other
    }
}
