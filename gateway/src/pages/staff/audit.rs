//! What staff did, in one service or in all: who, what, why, and which fields changed.

use std::{collections::BTreeMap, fmt::Write as _};

use askama::Template;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use futures_util::future::{join, join_all};
use kernel::Group;
use serde_json::Value;
use url::form_urlencoded;
use uuid::Uuid;

use super::{day, layout::Layout, member::Member};
use crate::{
    edge::problem::Problem,
    model::{Action, ActionFilter, PageRequest, Service, TIME, Time},
    pages::{Answer, field_errors::FieldErrors, filters, notice, page_with},
    rest::request::Query,
};

/// Actions on a page.
const SHOWN: usize = 20;
/// The same, as the services count them.
const SHOWN_OF_EACH: u32 = 20;

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct AuditPage {
    layout: Layout,
    errors: FieldErrors,
    typed: Typed,
    rows: Vec<Row>,
    /// Services that did not answer.
    missing: Vec<&'static str>,
    next: Option<String>,
    is_first: bool,
}

/// The parameters of the services that are fields of the filter.
const LABELS: [(&str, &str); 5] = [
    ("kind", "The kind"),
    ("subject", "The subject"),
    ("actor_id", "The account"),
    ("since", "The first day"),
    ("until", "The last day"),
];

/// The filter as it was typed.
struct Typed {
    service: Option<Service>,
    kind: Option<String>,
    subject: Option<String>,
    actor_id: Option<String>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Typed {
    fn is_empty(&self) -> bool {
        let texts = [&self.kind, &self.subject, &self.actor_id];
        texts.iter().all(|text| text.is_none())
            && self.service.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }

    /// Name and whether it is chosen, of each service.
    fn services(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let each = Service::NAMES.into_iter();
        each.map(|(name, service)| (name, self.service == Some(service)))
    }

    /// The URL of the actions before a time.
    fn before(&self, time: DateTime<Utc>) -> String {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("service", self.service.map(|one| one.name().to_owned())),
            ("kind", self.kind.clone()),
            ("subject", self.subject.clone()),
            ("actor_id", self.actor_id.clone()),
            ("since", day(self.since)),
            ("until", day(self.until)),
            (
                "before",
                Some(time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            ),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        format!("/staff/audit?{}", query.finish())
    }
}

/// An action of the list.
struct Row {
    service: &'static str,
    action: Action,
    /// The e-mail address of who did it, or the id of the account.
    actor: String,
    /// The page of what it acted on.
    subject_path: Option<String>,
    changes: Vec<Change>,
}

/// A field that an action changed.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    field: String,
    before: String,
    after: String,
}

/// Lists actions, newest first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let before: Option<Time> = query.parsed("before", TIME);
    let typed = Typed {
        service: query.choice("service", &Service::NAMES),
        kind: query.text("kind"),
        subject: query.text("subject"),
        actor_id: query.text("actor_id"),
        since: query.parsed("since", day::EXPECTED),
        until: query.parsed("until", day::EXPECTED),
    };
    notice::finish(query)?;
    let end = typed.until.and_then(day::end);
    let end = before.map_or(end, |Time(before)| {
        Some(end.map_or(before, |end| end.min(before)))
    });
    let (names, found) = join(names(&member), find(&member, &typed, end)).await;
    let (found, errors) = FieldErrors::of_list(found, &LABELS)?;
    let (actions, missing, has_more) = found;
    let last = actions.last().map(|(_, action)| action.at);
    let layout = member.layout()?;
    let shown = AuditPage {
        errors,
        next: last.filter(|_| has_more).map(|last| typed.before(last)),
        rows: actions
            .into_iter()
            .map(|(service, action)| row(service, action, &names, &layout))
            .collect(),
        layout,
        is_first: before.is_none(),
        typed,
        missing,
    };
    page_with(&shown.errors, &shown)
}

type Found = (Vec<(Service, Action)>, Vec<&'static str>, bool);

/// The newest actions of the services that match, before `end`; the services that did not answer; and whether there are more.
async fn find(
    member: &Member,
    typed: &Typed,
    end: Option<DateTime<Utc>>,
) -> Result<Found, Problem> {
    let services = Service::NAMES.into_iter().map(|(_, service)| service);
    let services = services.filter(|service| typed.service.is_none_or(|one| one == *service));
    let reads = services.map(async |service| {
        let filter = ActionFilter {
            kind: typed.kind.clone(),
            subject: typed.subject.clone(),
            actor_id: typed.actor_id.clone(),
            since: typed.since.map(|day| Time(day::start(day))),
            until: end.map(Time),
        };
        let wanted = PageRequest {
            size: SHOWN_OF_EACH,
            token: None,
        };
        let audit = member.upstreams().audit(service);
        (service, audit.actions(filter, wanted).await)
    });
    let (mut all, mut missing, mut has_more) = (Vec::new(), Vec::new(), false);
    for (service, listed) in join_all(reads).await {
        match listed {
            Ok(listed) => {
                has_more |= listed.next_page_token.is_some();
                all.extend(listed.actions.into_iter().map(|action| (service, action)));
            }
            Err(problem) if problem.kind().status >= 500 => missing.push(service.name()),
            Err(problem) => return Err(problem),
        }
    }
    has_more |= newest(&mut all);
    Ok((all, missing, has_more))
}

/// Keeps the newest actions, and all of the time of the last, so that the next page can begin before that time. Returns whether some
/// were left off.
fn newest(actions: &mut Vec<(Service, Action)>) -> bool {
    actions.sort_by_key(|(_, action)| std::cmp::Reverse(action.at));
    let count = actions.len();
    if let Some(last) = actions.get(SHOWN - 1).map(|(_, action)| action.at) {
        actions.retain(|(_, action)| action.at >= last);
    }
    actions.len() < count
}

/// The e-mail addresses of staff by the ids of their accounts. Only admins may know them; to others, and while they cannot be
/// read, the ids are shown.
async fn names(member: &Member) -> BTreeMap<Uuid, String> {
    if !member.is_in(&[Group::Admin]) {
        return BTreeMap::new();
    }
    let listed = member.upstreams().staff().list().await;
    let members = listed.map(|listed| listed.members).unwrap_or_default();
    members.into_iter().map(|one| (one.id, one.email)).collect()
}

fn row(service: Service, action: Action, names: &BTreeMap<Uuid, String>, layout: &Layout) -> Row {
    let actor = match names.get(&action.actor_id) {
        Some(name) => name.clone(),
        None if action.actor_id.is_nil() => "the command line".to_owned(),
        None => action.actor_id.to_string(),
    };
    Row {
        service: service.name(),
        actor,
        subject_path: subject_path(&action, layout),
        changes: changes(action.before.as_ref(), action.after.as_ref()),
        action,
    }
}

/// The page of what an action was done to, if the member may open it.
fn subject_path(action: &Action, layout: &Layout) -> Option<String> {
    let subject = action.subject.as_deref()?;
    let (what, _) = action.kind.split_once('.')?;
    let page = match what {
        // A decision about a return is an action on its order.
        "order" | "return" => "/staff/orders/{id}",
        "saga" => "/staff/system/sagas/{id}",
        "product" | "stock" => "/staff/products/{sku}",
        "discount" => "/staff/discounts/{code}",
        "staff" => "/staff/members/{id}",
        "reconciliation" => "/staff/reconciliations/{id}",
        _ => return None,
    };
    let (list, _) = page.rsplit_once('/')?;
    layout.may_open(page).then(|| format!("{list}/{subject}"))
}

/// The fields of either side.
fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut sides: BTreeMap<String, [String; 2]> = BTreeMap::new();
    for (index, side) in [before, after].into_iter().enumerate() {
        match side {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    sides.entry(name.replace('_', " ")).or_default()[index] = text(value);
                }
            }
            Some(value) => sides.entry("value".to_owned()).or_default()[index] = text(value),
            None => {}
        }
    }
    let changes = sides.into_iter().map(|(field, [before, after])| Change {
        field,
        before,
        after,
    });
    changes.collect()
}

/// A value for people: texts without quotes, lists with commas, `null` as nothing.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let mut all = String::new();
            for (name, value) in members {
                let separator = if all.is_empty() { "" } else { "; " };
                let _infallible = write!(
                    all,
                    "{separator}{}: {}",
                    name.replace('_', " "),
                    text(value)
                );
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_of_either_side_is_a_row() {
        let before = json!({"price_minor_units": 1299, "name": "Tea", "tags": ["a", "b"]});
        let after = json!({"price_minor_units": 1199, "archived": true, "image": {"alt": null, "url": "/x"}});
        let rows = changes(Some(&before), Some(&after));
        let rows: Vec<_> = rows
            .iter()
            .map(|change| [&*change.field, &*change.before, &*change.after])
            .collect();
        let expected = [
            ["archived", "", "yes"],
            ["image", "", "alt: ; url: /x"],
            ["name", "Tea", ""],
            ["price minor units", "1299", "1199"],
            ["tags", "a, b", ""],
        ];
        assert_eq!(rows, expected);
        assert_eq!(changes(None, None), []);
    }
}
