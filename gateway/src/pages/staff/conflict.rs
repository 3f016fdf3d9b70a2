//! Someone else saved what a member was changing: both versions, field by field, and the choice between them.

use actix_web::HttpResponse;
use askama::Template;

use super::{draft::Draft, layout::Layout, member::Member};
use crate::pages::{Answer, notice, respond, see_other};

/// What was changed by two members.
pub(crate) struct Subject {
    /// `product`, `category`: the word for it.
    pub(crate) kind: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// The path of the page that changes it, and of its form.
    pub(crate) path: String,
    /// The notice after it was saved.
    pub(crate) notice: &'static str,
}

#[derive(Template)]
#[template(path = "staff/conflict.html")]
struct ConflictPage {
    layout: Layout,
    subject: Subject,
    /// Fields that differ.
    differences: Vec<Difference>,
    /// All that the form sends, besides the choices.
    hidden: Vec<(String, String)>,
}

/// A field with two values.
struct Difference {
    name: &'static str,
    label: &'static str,
    typed: String,
    saved: String,
    /// Whether the member changed it: what they typed is then the first choice.
    is_mine: bool,
}

/// The page, with status 412. `others` are hidden fields of the form: the version that is saved now, a reason.
pub(crate) fn show(
    member: &Member,
    subject: Subject,
    typed: &Draft,
    saved: &Draft,
    others: &[(&str, String)],
) -> Answer {
    let pairs = typed.fields().iter().zip(saved.fields());
    let differences = pairs.filter(|(typed, saved)| typed.value != saved.value);
    let differences: Vec<_> = differences
        .map(|(typed, saved)| Difference {
            name: typed.name,
            label: typed.label,
            typed: typed.value.clone(),
            saved: saved.value.clone(),
            is_mine: typed.is_changed(),
        })
        .collect();
    if differences.is_empty() {
        // Both made the same change.
        return see_other(&notice::path(&subject.path, subject.notice));
    }
    let typed = typed.fields().iter();
    let typed = typed.map(|field| (field.name.to_owned(), field.value.clone()));
    let read = saved.fields().iter();
    let read = read.map(|field| (format!("read.{}", field.name), field.read.clone()));
    let others = others.iter();
    let others = others.map(|(name, value)| ((*name).to_owned(), value.clone()));
    let template = ConflictPage {
        layout: member.layout()?,
        subject,
        differences,
        hidden: typed.chain(read).chain(others).collect(),
    };
    respond(HttpResponse::PreconditionFailed(), &template)
}
