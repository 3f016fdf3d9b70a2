//! `docs/asyncapi.json`, generated from the message types.

use std::fs;

use contracts::messages::{ALL, Kind, MessageType};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::samples::all;
use crate::{file, updating};

const PATH: &str = "docs/asyncapi.json";

/// The JSON Schema version that AsyncAPI's tools support.
fn generator() -> SchemaGenerator {
    SchemaSettings::draft07()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator()
}

fn document() -> Value {
    let mut generator = generator();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for message in ALL {
        let payload = (message.schema)(&mut generator).to_value();
        channels.insert(message.name.to_owned(), channel(message));
        for (name, operation) in operations_of(message) {
            operations.insert(name, operation);
        }
        messages.insert(message.title.to_owned(), message_object(message, payload));
    }
    let mut schemas = generator.take_definitions(true);
    for message in ALL {
        let schema = schemas.get(message.title).unwrap();
        let description = schema["description"].clone();
        messages[message.title]["description"] = description;
    }
    schemas.insert("CloudEvent".to_owned(), cloud_event());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mercantile's messages",
            "version": "1.0.0",
            "description": "The commands and events that the services send through RabbitMQ. A command has \
                one receiver, an event any number. A message may arrive twice, late or out of order.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn channel(message: &MessageType) -> Value {
    json!({
        "address": message.name,
        "messages": { message.title: reference("components/messages", message.title) },
        "bindings": { "amqp": {
            "is": "routingKey",
            "exchange": {
                "name": message.kind.exchange(),
                "type": "topic",
                "durable": true,
                "autoDelete": false,
                "vhost": "/",
            },
            "bindingVersion": "0.3.0",
        }},
    })
}

/// Its sender and, for a command, its receiver: the first word of its name.
fn operations_of(message: &MessageType) -> Vec<(String, Value)> {
    let operation = |service: &str, action: &str| {
        let name = format!("{service}.{action}.{}", message.title);
        let object = json!({
            "action": action,
            "channel": reference("channels", message.name),
            "tags": [{ "name": service }],
        });
        (name, object)
    };
    let mut operations = vec![operation(message.source, "send")];
    if message.kind == Kind::Command {
        let receiver = message.name.split('.').next().unwrap();
        operations.push(operation(receiver, "receive"));
    }
    operations
}

fn message_object(message: &MessageType, payload: Value) -> Value {
    let sample = all().into_iter().find(|sample| sample.name == message.name);
    let example: Value = serde_json::from_str(&sample.unwrap().json).unwrap();
    let kind = match message.kind {
        Kind::Command => "command",
        Kind::Event => "event",
    };
    json!({
        "name": message.name,
        "title": message.title,
        "contentType": "application/json",
        "tags": [{ "name": kind }],
        "headers": reference("components/schemas", "CloudEvent"),
        "payload": payload,
        "examples": [{ "payload": example }],
    })
}

fn cloud_event() -> Value {
    json!({
        "description": "CloudEvents 1.0 in AMQP binary mode: attributes are headers.",
        "type": "object",
        "required": [
            "cloudEvents_specversion", "cloudEvents_id", "cloudEvents_source", "cloudEvents_type",
            "cloudEvents_subject", "cloudEvents_time",
        ],
        "properties": {
            "cloudEvents_specversion": { "const": "1.0" },
            "cloudEvents_id": { "type": "string", "format": "uuid", "description": "UUIDv7; the same for every delivery." },
            "cloudEvents_source": { "type": "string", "description": "The sender: `/order`." },
            "cloudEvents_type": { "type": "string", "description": "The message's type, which is the routing key." },
            "cloudEvents_subject": { "type": "string", "description": "Id of the entity that it concerns: an order's id, a SKU." },
            "cloudEvents_time": { "type": "string", "format": "date-time", "description": "When it was written to the outbox." },
            "traceparent": { "type": "string", "description": "W3C trace context of the sender." },
        },
    })
}

fn reference(section: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/{section}/{name}") })
}

#[test]
fn the_asyncapi_document_is_up_to_date() {
    let document = document();
    let path = file(PATH);
    if updating() {
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        fs::write(&path, text).unwrap();
    }
    let kept: Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert!(
        kept == document,
        "{PATH} differs from the message types; run the tests of contracts with UPDATE_DOCS=1"
    );
}

#[test]
fn every_reference_of_the_document_resolves() {
    let document = document();
    let mut broken = Vec::new();
    visit(&document, &mut |reference| {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        if document.pointer(pointer).is_none() {
            broken.push(reference.to_owned());
        }
    });
    assert_eq!(broken, Vec::<String>::new());
}

fn visit(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(reference) if name == "$ref" => see(reference),
                    _ => visit(value, see),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| visit(value, see)),
        _ => {}
    }
}
