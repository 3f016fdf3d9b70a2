use std::{borrow::Cow, marker::PhantomData};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{
    body::{invalid_json, read_json, validated},
    fields,
    json::{self, Json},
};
use crate::edge::problem::Problem;

/// The media types of a change: of JSON merge patch (RFC 7396), and the one that clients send by default.
const TYPES: [&str; 2] = ["application/merge-patch+json", "application/json"];

/// Why staff change something: a member of each change, and of no answer.
const REASON: &str = "reason";

/// A JSON merge patch (RFC 7396) of a `T`: members that are absent stay, `null` removes one, objects are merged, and
/// everything else is replaced. The result is read as a whole `T`, so it obeys the same rules as a new one.
///
/// # Errors
/// Those of `Body`.
pub(crate) struct Patch<T> {
    patch: Json,
    target: PhantomData<T>,
}

impl<T: DeserializeOwned> Patch<T> {
    /// The members of the patch, for a service that takes changes of single members: each one of `T` is optional.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with the first field that is wrong.
    pub(crate) fn members(self) -> Result<T, Problem> {
        fields::read(self.patch).map_err(validated)
    }
}

impl<T: Serialize + DeserializeOwned> Patch<T> {
    /// What the patch makes of `current`.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with the first field that is wrong; `INTERNAL` if `current` is no JSON.
    pub(crate) fn apply(self, current: &T) -> Result<T, Problem> {
        let bytes = crate::rest::answer::json(current)?;
        let mut merged = json::parse(&bytes).map_err(invalid_json)?;
        merge(&mut merged, self.patch);
        fields::read(merged).map_err(validated)
    }
}

/// `MergePatch` of RFC 7396, section 2.
fn merge(target: &mut Json, patch: Json) {
    let Json::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !matches!(target, Json::Object(_)) {
        *target = Json::Object(Vec::new());
    }
    let Json::Object(members) = target else {
        return;
    };
    for (name, change) in changes {
        let position = members.iter().position(|(member, _)| *member == name);
        match (change, position) {
            (Json::Null, Some(position)) => drop(members.remove(position)),
            (Json::Null, None) => {}
            (change, Some(position)) => {
                if let Some((_, member)) = members.get_mut(position) {
                    merge(member, change);
                }
            }
            (change, None) => {
                let mut member = Json::Null;
                merge(&mut member, change);
                members.push((name, member));
            }
        }
    }
}

impl<T> FromRequest for Patch<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let patch = read_json(&request, payload, &TYPES).await?;
            match patch {
                Json::Object(_) => Ok(Self {
                    patch,
                    target: PhantomData,
                }),
                _ => Err(invalid_json("the body must be an object".to_owned())),
            }
        })
    }
}

/// The schema of a merge patch of a `T`: that of `T`, where only the reason for the audit is required, which is not stored
/// with the rest.
impl<T: ToSchema> PartialSchema for Patch<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.retain(|name| name == REASON);
            object.description = Some(
                "A JSON merge patch (RFC 7396): absent members stay, `null` removes one."
                    .to_owned(),
            );
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Patch", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn json(text: &str) -> Json {
        json::parse(text.as_bytes()).unwrap()
    }

    /// The test cases of RFC 7396, appendix A.
    #[test]
    fn a_patch_is_merged_as_rfc_7396_says() {
        for (original, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, r#"null"#, r#"null"#),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            (r#"[1,2]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            (
                r#"{}"#,
                r#"{"a":{"bb":{"ccc":null}}}"#,
                r#"{"a":{"bb":{}}}"#,
            ),
        ] {
            let mut target = json(original);
            merge(&mut target, json(patch));
            assert_eq!(target, json(result), "{original} with {patch}");
        }
    }
}
