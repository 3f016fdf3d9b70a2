//! Discount codes.

use askama::Template;
use chrono::{DateTime, Utc};
use kernel::{Clock, Group};

use super::{
    conflict::{self, Subject},
    draft::Draft,
    layout::Layout,
    member::Member,
};
use crate::{
    edge::problem::{Problem, reasons},
    model::{DiscountCode, NewDiscountCode},
    pages::{
        Answer, field_errors::FieldErrors, filters, form::Form, invalid, notice, page, see_other,
    },
    rest::request::{Query, Segment},
};

mod terms;

use terms::LABELS;

const LIST: &str = "/staff/discounts";

#[derive(Template)]
#[template(path = "staff/discounts.html")]
struct DiscountsPage {
    layout: Layout,
    rows: Vec<Row>,
    can_change: bool,
    next: Option<String>,
    is_first: bool,
}

/// A code of the list.
struct Row {
    discount: DiscountCode,
    percent: String,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "staff/discount.html")]
struct DiscountPage {
    layout: Layout,
    errors: FieldErrors,
    draft: Draft,
    /// The code that is changed; none for a new one.
    known: Option<Row>,
    /// What was typed as the code of a new one.
    code: String,
    reason: String,
    /// The version that the member read.
    version: String,
    can_change: bool,
}

impl From<DiscountCode> for Row {
    fn from(discount: DiscountCode) -> Self {
        let (state, class) = state(&discount, Clock::system().now());
        Self {
            percent: terms::percent(discount.basis_points),
            state,
            class,
            discount,
        }
    }
}

/// Whether customers can use a code now, and the class of that in style sheets.
fn state(discount: &DiscountCode, now: DateTime<Utc>) -> (&'static str, &'static str) {
    let is_used_up = discount.max_uses.is_some_and(|max| discount.uses >= max);
    match (discount.ended_at, discount.valid_until) {
        (Some(_), _) => ("Ended", "cancelled"),
        (_, Some(until)) if now >= until => ("Expired", "cancelled"),
        _ if now < discount.valid_from => ("Not yet valid", "pending"),
        _ if is_used_up => ("Used up", "warning"),
        _ => ("Valid", "ok"),
    }
}

/// Lists the codes, by their names.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let links = notice::finish(query)?;
    let listed = member.upstreams().discount().list(wanted).await?;
    page(&DiscountsPage {
        layout: member.layout()?,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        rows: listed.discounts.into_iter().map(Row::from).collect(),
        can_change: member.is_in(&[Group::Catalog]),
        is_first,
    })
}

/// The form for a new code.
pub(crate) async fn show_new(member: Member) -> Answer {
    page(&shown(
        &member,
        Draft::empty(&LABELS),
        None,
        None,
        FieldErrors::default(),
    )?)
}

/// Adds a code.
pub(crate) async fn create(member: Member, form: Form) -> Answer {
    let typed = Draft::typed(&Draft::empty(&LABELS), &form);
    let change = match terms::read(&typed, None, form.text("reason")) {
        Ok(change) => change,
        Err(errors) => return invalid(&shown(&member, typed, None, Some(&form), errors)?),
    };
    let new = NewDiscountCode {
        code: form.text("code"),
        basis_points: change.basis_points,
        minimum: change.minimum,
        valid_from: change.valid_from,
        valid_until: change.valid_until,
        max_uses: change.max_uses,
        max_uses_per_customer: change.max_uses_per_customer,
        reason: change.reason,
    };
    match member.upstreams().discount().create(new).await {
        Ok(_) => see_other(&notice::path(LIST, "discount-added")),
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, None, Some(&form), errors)?)
        }
    }
}

/// A code with its uses, and the form to change it.
pub(crate) async fn show(member: Member, Segment(code): Segment<String>) -> Answer {
    let current = member.upstreams().discount().get(code).await?;
    let draft = terms::draft(&current);
    page(&shown(
        &member,
        draft,
        Some(current),
        None,
        FieldErrors::default(),
    )?)
}

/// Changes the terms of a code, unless someone else did since the member opened the form.
pub(crate) async fn save(member: Member, Segment(code): Segment<String>, form: Form) -> Answer {
    let discount = || member.upstreams().discount();
    let current = discount().get(code.clone()).await?;
    let typed = Draft::typed(&terms::draft(&current), &form);
    let change = match terms::read(&typed, Some(&current), form.text("reason")) {
        Ok(change) => change,
        Err(errors) => return invalid(&shown(&member, typed, Some(current), Some(&form), errors)?),
    };
    if form.text("version") != current.version.to_string() {
        return conflict(&member, &form, &typed, &current);
    }
    match discount()
        .update(code.clone(), current.version, change)
        .await
    {
        Ok(_) => see_other(&notice::path(&path(&current), "discount-saved")),
        Err(problem) if *problem.kind() == reasons::DISCOUNT_CHANGED => {
            let current = discount().get(code).await?;
            conflict(&member, &form, &typed, &current)
        }
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, Some(current), Some(&form), errors)?)
        }
    }
}

/// Ends a code for good.
pub(crate) async fn end(member: Member, Segment(code): Segment<String>, form: Form) -> Answer {
    let discount = || member.upstreams().discount();
    match discount().end(code.clone(), form.text("end_reason")).await {
        Ok(ended) => see_other(&notice::path(&path(&ended), "discount-ended")),
        Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
            let problem = problem.rename("reason", "end_reason");
            let errors = FieldErrors::of(&problem, &[("end_reason", "The reason")]);
            let current = discount().get(code).await?;
            let draft = terms::draft(&current);
            invalid(&shown(&member, draft, Some(current), None, errors)?)
        }
        Err(problem) => Err(problem),
    }
}

fn path(discount: &DiscountCode) -> String {
    format!("{LIST}/{}", discount.code)
}

fn conflict(member: &Member, form: &Form, typed: &Draft, current: &DiscountCode) -> Answer {
    let subject = Subject {
        kind: "discount code",
        name: current.code.clone(),
        path: path(current),
        notice: "discount-saved",
    };
    let others = [
        ("version", current.version.to_string()),
        ("reason", form.text("reason")),
    ];
    conflict::show(member, subject, typed, &terms::draft(current), &others)
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(terms::explained(problem)),
        kind if *kind == reasons::DISCOUNT_EXISTS => Ok(FieldErrors::one(
            "code",
            "This code exists, or existed before. Choose another one.",
        )),
        kind if *kind == reasons::DISCOUNT_ENDED => Ok(FieldErrors::one(
            "",
            "Someone else has ended this code meanwhile. Nothing was changed.",
        )),
        _ => Err(problem),
    }
}

fn shown(
    member: &Member,
    draft: Draft,
    known: Option<DiscountCode>,
    typed: Option<&Form>,
    errors: FieldErrors,
) -> Result<DiscountPage, Problem> {
    let text = |name: &str| typed.map(|form| form.text(name));
    let version = known.as_ref().map(|known| known.version.to_string());
    let is_over = known.as_ref().is_some_and(|known| known.ended_at.is_some());
    Ok(DiscountPage {
        layout: member.layout()?,
        errors,
        draft,
        known: known.map(Row::from),
        code: text("code").unwrap_or_default(),
        reason: text("reason").unwrap_or_default(),
        version: text("version").or(version).unwrap_or_default(),
        can_change: member.is_in(&[Group::Catalog]) && !is_over,
    })
}
