//! Kinds of values, such as SKUs and countries: a declaration names the kind as its `format`, and the document states what
//! the services accept.

use kernel::{Country, values};
use serde_json::Value;
use utoipa::openapi::{
    Components, KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat, Type,
    path::{Operation, ParameterIn},
    schema::{AdditionalProperties, AnyOfBuilder, ArrayItems, Object, SchemaType},
};

use crate::model::{ProductState, SagaState, Sort};

/// States the kinds in all schemas of bodies.
pub(super) fn complete_schemas(components: &mut Components) {
    for schema in components.schemas.values_mut() {
        complete(schema);
    }
}

/// States the kinds of an operation's parameters.
pub(super) fn complete_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && let Some(schema) = &mut parameter.schema
        {
            complete(schema);
            never_null(schema);
            // An exploded object has no value of its own.
            let may_be_empty = parameter.required == Required::False && parameter.style.is_none();
            if parameter.parameter_in == ParameterIn::Query && may_be_empty {
                allow_empty(schema);
            }
        }
    }
}

/// A parameter that is absent is left out: its text is never null.
fn never_null(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema
        && let SchemaType::Array(types) = &object.schema_type
        && let Some(kind) = types.iter().find(|kind| **kind != Type::Null)
    {
        object.schema_type = SchemaType::Type(kind.clone());
    }
}

/// In a query, an empty value counts as absent, as browsers send it for an empty field of a form.
fn allow_empty(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) if object.format.is_none() => {
            object.min_length = None;
            if let Some(pattern) = &mut object.pattern {
                *pattern = format!("^$|{pattern}");
            }
            if let Some(choices) = &mut object.enum_values {
                choices.push(Value::from(""));
            }
        }
        _ => {
            let empty = ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([""]));
            let either = AnyOfBuilder::new().item(schema.clone()).item(empty);
            *schema = either.into();
        }
    }
}

fn complete(schema: &mut RefOr<Schema>) {
    if let RefOr::T(schema) = schema {
        complete_schema(schema);
    }
}

fn complete_schema(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(complete);
            if let Some(names) = object.property_names.as_deref_mut() {
                complete_schema(names);
            }
            if let Some(AdditionalProperties::RefOr(values)) =
                object.additional_properties.as_deref_mut()
            {
                complete(values);
            }
            state(object);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                complete(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(complete),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(complete),
        Schema::AnyOf(any_of) => any_of.items.iter_mut().for_each(complete),
        _ => {}
    }
}

/// Replaces the name of a kind by what it means.
fn state(object: &mut Object) {
    let Some(SchemaFormat::Custom(name)) = &object.format else {
        return;
    };
    if let Some((_, value)) = values::ALL.iter().find(|(known, _)| known == name) {
        let length = value.length();
        object.pattern = Some(value.pattern().to_owned());
        object.min_length = Some(*length.start()).filter(|&fewest| fewest > 0);
        object.max_length = Some(*length.end());
    } else if let Some(choices) = choices(name) {
        object.enum_values = Some(choices.into_iter().map(Value::from).collect());
    } else if let Some(shortest) = shortest_password(name) {
        object.pattern = Some(r"^[^\x00-\x1f\x7f-\x9f]*$".to_owned());
        object.min_length = Some(shortest);
        object.max_length = Some(128);
        object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Password));
        return;
    } else {
        return;
    }
    object.format = None;
}

/// Fewest characters, if the kind is a password.
fn shortest_password(name: &str) -> Option<usize> {
    match name {
        "current-password" => Some(1),
        "new-password" => Some(12),
        _ => None,
    }
}

/// The values of a kind that has few.
fn choices(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "country" => Country::all().map(Country::code).collect(),
        "product-state" => ProductState::NAMES.map(|(name, _)| name).to_vec(),
        "product-sort" => Sort::NAMES.map(|(name, _)| name).to_vec(),
        "saga-state" => SagaState::FILTERS.map(|(name, _)| name).to_vec(),
        _ => return None,
    })
}
