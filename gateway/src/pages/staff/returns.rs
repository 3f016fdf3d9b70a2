//! Returns that customers ask for, and the decision about each.

use askama::Template;
use kernel::{Group, ReturnId};

use super::{layout::Layout, member::Member, words};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Return, ReturnApproval, ReturnRefusal, ReturnStatus},
    pages::{
        Answer, amount, field_errors::FieldErrors, filters, form::Form, format, invalid, notice,
        page, see_other,
    },
    rest::request::{Query, Segment},
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 2] = [("amount", "The amount"), ("note", "The note")];

#[derive(Template)]
#[template(path = "staff/returns.html")]
struct ReturnsPage {
    layout: Layout,
    returns: Vec<Return>,
    status: Option<ReturnStatus>,
    next: Option<String>,
    is_first: bool,
}

impl ReturnsPage {
    fn is_chosen(&self, status: &ReturnStatus) -> bool {
        self.status.as_ref() == Some(status)
    }
}

#[derive(Template)]
#[template(path = "staff/return.html")]
struct ReturnPage {
    layout: Layout,
    errors: FieldErrors,
    one: Return,
    /// Whether it is open, and the member may decide.
    can_decide: bool,
    amount: String,
    note: String,
}

/// Lists returns; those that wait for a decision first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let status = query.choice("status", &ReturnStatus::NAMES);
    let links = notice::finish(query)?;
    let listed = member.upstreams().returns().list(status, wanted).await?;
    page(&ReturnsPage {
        layout: member.layout()?,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        returns: listed.returns,
        status,
        is_first,
    })
}

/// Shows a return, with the forms to decide.
pub(crate) async fn show(member: Member, Segment(id): Segment<ReturnId>) -> Answer {
    page(&read(&member, id, None, FieldErrors::default()).await?)
}

async fn read(
    member: &Member,
    id: ReturnId,
    typed: Option<&Form>,
    errors: FieldErrors,
) -> Result<ReturnPage, Problem> {
    let one = member.upstreams().returns().get(id).await?;
    let text = |name: &str| typed.map(|form| form.text(name));
    Ok(ReturnPage {
        layout: member.layout()?,
        errors,
        can_decide: one.status == ReturnStatus::Requested
            && member.is_in(&[Group::Support, Group::Finance]),
        amount: text("amount").unwrap_or_else(|| format::decimal(&one.share.total)),
        note: text("note").unwrap_or_default(),
        one,
    })
}

/// Approves a return, and refunds the amount.
pub(crate) async fn approve(member: Member, Segment(id): Segment<ReturnId>, form: Form) -> Answer {
    let returns = || member.upstreams().returns();
    let currency = returns().get(id).await?.share.total.currency;
    let Some(amount) = amount::parse(&form.text("amount"), &currency) else {
        let text = format!("The amount must be a number in {currency}: 12.99");
        let errors = FieldErrors::one("amount", text);
        return invalid(&read(&member, id, Some(&form), errors).await?);
    };
    let approval = ReturnApproval {
        amount: Some(amount),
        note: form.text("note"),
    };
    match returns().approve(id, approval).await {
        Ok(_) => see_other(&notice::path("/staff/returns", "return-approved")),
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&read(&member, id, Some(&form), errors).await?)
        }
    }
}

/// Refuses a return.
pub(crate) async fn refuse(member: Member, Segment(id): Segment<ReturnId>, form: Form) -> Answer {
    let refusal = ReturnRefusal {
        note: form.text("note"),
    };
    match member.upstreams().returns().refuse(id, refusal).await {
        Ok(_) => see_other(&notice::path("/staff/returns", "return-refused")),
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&read(&member, id, Some(&form), errors).await?)
        }
    }
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(FieldErrors::of(&problem, &LABELS)),
        kind if *kind == reasons::REFUND_EXCEEDS_CAPTURED => {
            Ok(FieldErrors::one("amount", problem.kind().title))
        }
        kind if *kind == reasons::RETURN_NOT_OPEN => Ok(FieldErrors::one(
            "",
            "Someone else has decided meanwhile. Nothing was changed.",
        )),
        _ => Err(problem),
    }
}
