//! `/v1/events`

use actix_web::{HttpRequest, HttpResponse, web};

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::book::EVENTS;
use crate::form::Form;
use crate::model::Event;
use crate::provider::{Provider, show};

const LISTING: Listing<Event> = Listing {
    things: EVENTS,
    prefix: "evt",
    url: "/v1/events",
    created: |event| event.created,
    view: Event::view,
};

pub(crate) async fn get(
    provider: web::Data<Provider>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    show(provider, request, Form::default(), |look, _| {
        look.event(&id).map(|event| event.view())
    })
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    query: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(query.into_inner());
    show(provider, request, form, |look, form| {
        form.allow(&[&PAGING[..], &["type"]].concat())?;
        let kind = form.text("type");
        lists::page(look, form, &LISTING, |event| {
            kind.is_none_or(|kind| event.kind == kind)
        })
    })
    .await
}
