//! The keys that sign access tokens: a new one, and the removal of one that leaked.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{layout::Layout, member::Member};
use crate::{
    edge::problem::{Problem, reasons},
    model::required,
    pages::{
        Answer, field_errors::FieldErrors, filters, form::Form, invalid, notice, page, see_other,
    },
};

const PATH: &str = "/staff/members/keys";

#[derive(Template)]
#[template(path = "staff/keys.html")]
struct KeysPage {
    layout: Layout,
    errors: FieldErrors,
    /// Newest first.
    keys: Vec<Key>,
    reason: String,
}

/// A key that verifies tokens.
#[derive(Deserialize)]
struct Key {
    kid: String,
}

impl Key {
    /// Its id is a UUIDv7, so it has the time and sorts by it.
    fn published_at(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanos) = self.kid.parse::<Uuid>().ok()?.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// Lists the keys, with the forms to replace and to revoke them.
pub(crate) async fn show(member: Member) -> Answer {
    page(&read(&member, FieldErrors::default(), String::new()).await?)
}

async fn read(member: &Member, errors: FieldErrors, reason: String) -> Result<KeysPage, Problem> {
    let jwks = member.upstreams().user().jwks().await?;
    let set: Option<KeySet> = serde_json::from_str(&jwks).ok();
    let mut keys = required(set, "GetJwksResponse.jwks_json")?.keys;
    keys.sort_by(|one, other| other.kid.cmp(&one.kid));
    Ok(KeysPage {
        layout: member.layout()?,
        errors,
        keys,
        reason,
    })
}

/// Publishes a new key, which signs after a delay.
pub(crate) async fn rotate(member: Member, _: Form) -> Answer {
    member.upstreams().user().rotate_signing_key().await?;
    see_other(&notice::path(PATH, "key-rotated"))
}

/// Removes the chosen key at once.
pub(crate) async fn revoke(member: Member, form: Form) -> Answer {
    let reason = form.text("reason");
    let Ok(kid) = form.text("kid").parse::<Uuid>() else {
        let errors = FieldErrors::one("kid", "Choose a key.");
        return invalid(&read(&member, errors, reason).await?);
    };
    let user = member.upstreams().user();
    let errors = match user.revoke_signing_key(kid, reason.clone()).await {
        Ok(_) => return see_other(&notice::path(PATH, "key-revoked")),
        Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
            FieldErrors::of(&problem, &[("reason", "The reason")])
        }
        Err(problem) if *problem.kind() == reasons::SIGNING_KEY_NOT_FOUND => {
            FieldErrors::one("kid", "This key was revoked or retired already.")
        }
        Err(problem) => return Err(problem),
    };
    invalid(&read(&member, errors, reason).await?)
}
