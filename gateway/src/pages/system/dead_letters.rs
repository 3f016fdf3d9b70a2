//! Messages that a service could not handle: read, send again, or remove for good.

use askama::Template;
use futures_util::future::join_all;
use kernel::OrderId;

use crate::{
    edge::problem::{Problem, reasons},
    model::{DeadLetter, DeadLetters, Service},
    pages::{
        Answer,
        field_errors::FieldErrors,
        filters,
        form::Form,
        invalid, notice, page, see_other,
        staff::{layout::Layout, member::Member},
    },
    rest::request::{Segment, Segments},
};

/// Dead letters of a service that the list shows.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "system/dead_letters.html")]
struct DeadLettersPage {
    layout: Layout,
    services: Vec<(&'static str, Result<DeadLetters, String>)>,
}

#[derive(Template)]
#[template(path = "system/dead_letter.html")]
struct DeadLetterPage {
    layout: Layout,
    errors: FieldErrors,
    service: &'static str,
    /// Whether its subject is an order.
    is_order: bool,
    letter: DeadLetter,
    /// The data as indented JSON, if it is JSON.
    data: String,
    reason: String,
}

/// Lists the oldest dead letters of every service. One that does not answer is named.
pub(crate) async fn list(member: Member) -> Answer {
    let services = Service::NAMES.iter();
    let reads = services.map(async |(name, service)| {
        let letters = member.upstreams().dead_letters(*service);
        let listed = letters.list(SHOWN).await;
        (
            *name,
            listed.map_err(|problem| problem.kind().title.to_owned()),
        )
    });
    page(&DeadLettersPage {
        layout: member.layout()?,
        services: join_all(reads).await,
    })
}

/// Shows a dead letter with its data.
pub(crate) async fn show(
    member: Member,
    Segments(service, id): Segments<Service, String>,
) -> Answer {
    page(&read(&member, service, id, FieldErrors::default(), String::new()).await?)
}

async fn read(
    member: &Member,
    service: Service,
    id: String,
    errors: FieldErrors,
    reason: String,
) -> Result<DeadLetterPage, Problem> {
    let letter = member.upstreams().dead_letters(service).get(id).await?;
    Ok(DeadLetterPage {
        layout: member.layout()?,
        errors,
        service: service.name(),
        is_order: matches!(
            service,
            Service::Order | Service::Payment | Service::Catalog
        ) && letter
            .subject
            .as_ref()
            .is_some_and(|subject| subject.parse::<OrderId>().is_ok()),
        data: indented(letter.data.as_deref().unwrap_or_default()),
        letter,
        reason,
    })
}

fn indented(data: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(data);
    let indented = json.and_then(|json| serde_json::to_string_pretty(&json));
    indented.unwrap_or_else(|_not_json| data.to_owned())
}

/// Sends a dead letter to its queue again.
pub(crate) async fn redrive(
    member: Member,
    Segments(service, id): Segments<Service, String>,
    form: Form,
) -> Answer {
    let letters = member.upstreams().dead_letters(service);
    let done = letters.redrive(id.clone(), form.text("reason")).await;
    finish(&member, service, id, &form, done.map(|()| "redriven")).await
}

/// Removes a dead letter for good.
pub(crate) async fn drop(
    member: Member,
    Segments(service, id): Segments<Service, String>,
    form: Form,
) -> Answer {
    let letters = member.upstreams().dead_letters(service);
    let done = letters.drop(id.clone(), form.text("reason")).await;
    finish(&member, service, id, &form, done.map(|()| "dropped")).await
}

/// Sends all dead letters of a service to their queue again.
pub(crate) async fn redrive_all(
    member: Member,
    Segment(service): Segment<Service>,
    form: Form,
) -> Answer {
    let letters = member.upstreams().dead_letters(service);
    let done = letters.redrive_all(form.text("reason")).await?;
    let notice = match done.redriven {
        0 => "none-redriven",
        _ => "all-redriven",
    };
    see_other(&notice::path("/staff/system/dead-letters", notice))
}

async fn finish(
    member: &Member,
    service: Service,
    id: String,
    form: &Form,
    done: Result<&'static str, Problem>,
) -> Answer {
    match done {
        Ok(notice) => see_other(&notice::path("/staff/system/dead-letters", notice)),
        Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
            let errors = FieldErrors::of(&problem, &[("reason", "The reason")]);
            invalid(&read(member, service, id, errors, form.text("reason")).await?)
        }
        Err(problem) => Err(problem),
    }
}
