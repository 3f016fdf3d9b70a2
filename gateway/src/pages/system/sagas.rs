//! The sagas of orders: those in flight, and what staff can do with one that is stuck.

use askama::Template;
use futures_util::future::join;
use kernel::OrderId;

use crate::{
    edge::problem::{Problem, reasons},
    model::{Saga, SagaState, Timeline},
    pages::{
        Answer,
        field_errors::FieldErrors,
        filters,
        form::Form,
        invalid, notice, page, see_other,
        staff::{layout::Layout, member::Member, words},
    },
    rest::request::{Query, Segment},
};

#[derive(Template)]
#[template(path = "system/sagas.html")]
struct SagasPage {
    layout: Layout,
    sagas: Vec<Saga>,
    state: Option<SagaState>,
    next: Option<String>,
    is_first: bool,
}

impl SagasPage {
    fn is_chosen(&self, state: &SagaState) -> bool {
        self.state.as_ref() == Some(state)
    }
}

#[derive(Template)]
#[template(path = "system/saga.html")]
struct SagaPage {
    layout: Layout,
    errors: FieldErrors,
    saga: Saga,
    /// `None` if the member may not read it.
    timeline: Option<Timeline>,
    reason: String,
}

/// Lists the sagas in flight, the longest waiting first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let state = query.choice("state", &SagaState::FILTERS);
    let links = query.finish()?;
    let listed = member.upstreams().saga().list(state, wanted).await?;
    page(&SagasPage {
        layout: member.layout()?,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        sagas: listed.sagas,
        state,
        is_first,
    })
}

/// Shows a saga.
pub(crate) async fn show(member: Member, Segment(id): Segment<OrderId>) -> Answer {
    page(&read(&member, id, FieldErrors::default(), String::new()).await?)
}

async fn read(
    member: &Member,
    id: OrderId,
    errors: FieldErrors,
    reason: String,
) -> Result<SagaPage, Problem> {
    let upstreams = member.upstreams();
    let saga = upstreams.saga().get(id);
    let timeline = upstreams.order().timeline(id);
    let (saga, timeline) = join(saga, timeline).await;
    let timeline = match timeline {
        // Administrators may handle sagas, and not read orders.
        Err(problem) if *problem.kind() == reasons::FORBIDDEN => None,
        read => Some(read?),
    };
    Ok(SagaPage {
        layout: member.layout()?,
        errors,
        saga: saga?,
        timeline,
        reason,
    })
}

/// Requests the current step again.
pub(crate) async fn retry(member: Member, Segment(id): Segment<OrderId>, form: Form) -> Answer {
    let done = member.upstreams().saga().retry(id, form.text("reason"));
    let done = done.await.map(|_| "saga-retried");
    finish(&member, id, &form, done).await
}

/// Gives the order up, and undoes its steps.
pub(crate) async fn compensate(
    member: Member,
    Segment(id): Segment<OrderId>,
    form: Form,
) -> Answer {
    let saga = member.upstreams().saga();
    let done = saga.compensate(id, form.text("reason")).await;
    finish(&member, id, &form, done.map(|_| "saga-compensated")).await
}

async fn finish(
    member: &Member,
    id: OrderId,
    form: &Form,
    done: Result<&'static str, Problem>,
) -> Answer {
    let errors = match done {
        Ok(notice) => {
            return see_other(&notice::path(&format!("/staff/system/sagas/{id}"), notice));
        }
        Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
            FieldErrors::of(&problem, &[("reason", "The reason")])
        }
        // The saga has gone on meanwhile.
        Err(problem) if problem.kind().status == 409 => FieldErrors::one("", problem.kind().title),
        Err(problem) => return Err(problem),
    };
    invalid(&read(member, id, errors, form.text("reason")).await?)
}
