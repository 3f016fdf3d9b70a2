use actix_web::{HttpRequest, HttpResponse, web};

use super::Pairs;
use super::lists::{self, Listing, PAGING};
use crate::form::Form;
use crate::model::Event;
use crate::provider::{Provider, query};
use crate::store::EVENTS;

const LISTING: Listing<Event> = Listing {
    table: EVENTS,
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
    query(provider, request, Form::default(), |snapshot, _| {
        snapshot.event(&id).map(|event| event.view())
    })
    .await
}

pub(crate) async fn list(
    provider: web::Data<Provider>,
    request: HttpRequest,
    parameters: web::Query<Pairs>,
) -> HttpResponse {
    let form = Form::new(parameters.into_inner());
    query(provider, request, form, |snapshot, form| {
        form.allow(&[&PAGING[..], &["type"]].concat())?;
        let kind = form.text("type");
        lists::page(snapshot, form, &LISTING, |event| {
            kind.is_none_or(|kind| event.kind == kind)
        })
    })
    .await
}
