//! A problem as a page of the console: what happened, in the words of the API, and which groups may do it.

use std::rc::Rc;

use actix_web::{HttpMessage, HttpRequest, web::Data};
use askama::Template;
use chassis::auth::Caller;
use kernel::Groups;

use super::layout::Layout;
use crate::{
    edge::{
        problem::{Document, Problem, reasons},
        route::Matched,
    },
    faults,
    pages::{assets, config::Config, cookies::Cookies},
};

#[derive(Template)]
#[template(path = "staff/problem.html")]
struct ProblemPage {
    layout: Layout,
    status: u16,
    title: String,
    detail: String,
    /// The fields of the request that are wrong, and why.
    errors: Vec<(String, String)>,
    /// The groups that may do it, if the member's may not.
    needed: Option<String>,
    retry: Option<String>,
    trace_id: Option<String>,
}

/// The page. `None` if it cannot be rendered: the response is then the JSON document.
pub(crate) fn respond(
    request: &HttpRequest,
    problem: &Problem,
    retry: Option<String>,
    document: &Document,
) -> Option<String> {
    let errors = problem.errors().iter();
    let page = ProblemPage {
        layout: layout(request)?,
        status: problem.kind().status,
        title: problem.kind().title.to_owned(),
        detail: document.detail.clone(),
        errors: errors
            .map(|error| (error.field.clone(), error.message.clone()))
            .collect(),
        needed: needed(request, problem),
        retry,
        trace_id: document.trace_id.clone(),
    };
    page.render().ok()
}

fn needed(request: &HttpRequest, problem: &Problem) -> Option<String> {
    if *problem.kind() != reasons::FORBIDDEN {
        return None;
    }
    let extensions = request.extensions();
    let row = extensions.get::<Matched>().map(|Matched(row)| *row)?;
    let groups = extensions.get::<Caller>().map(|caller| caller.groups);
    // A member of one of the groups was refused by a service, for another reason.
    let needed = row.access.groups();
    needed
        .filter(|needed| !needed.intersects(groups.unwrap_or_default()))
        .map(|needed| needed.to_string())
}

/// A layout that calls no service.
fn layout(request: &HttpRequest) -> Option<Layout> {
    let extensions = request.extensions();
    let cookies = extensions.get::<Rc<Cookies>>();
    let form_token = cookies.map(|cookies| cookies.form_token().masked());
    let caller = extensions.get::<Caller>().copied();
    Some(Layout {
        config: request.app_data::<Data<Config>>()?.clone(),
        assets: assets::urls(),
        groups: caller.map_or(Groups::NONE, |caller| caller.groups),
        // Without a token, there is nothing to sign out with.
        is_signed_in: cookies.is_some() && caller.is_some(),
        form_token: form_token.transpose().ok()?.unwrap_or_default(),
        allows_faults: faults::are_allowed(request),
        path: request.path().to_owned(),
        notice: None,
    })
}
