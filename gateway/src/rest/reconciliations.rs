use std::str::FromStr;

use kernel::IdError;
use uuid::Uuid;

use super::{
    answer::{Answer, accepted, ok, page},
    request::{Query, Segment},
};
use crate::{
    model::{Reconciliation, ReconciliationReport, Reconciliations},
    upstreams::Upstreams,
};

/// A reconciliation's id.
pub(crate) struct Id(pub(crate) Uuid);

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_no_uuid| IdError)
    }
}

/// Start a reconciliation
///
/// It runs asynchronously. If one is waiting or running already, returns that one. Staff only.
#[utoipa::path(post, path = "/api/v1/staff/reconciliations", tag = "Operations",
    responses((status = 202, description = "Waiting or running", body = Reconciliation,
        headers(("Location" = String, description = "The URL of the reconciliation")))))]
pub(crate) async fn start(upstreams: Upstreams) -> Answer {
    let run = upstreams.reconciliation().start().await?;
    accepted(format!("/api/v1/staff/reconciliations/{}", run.id), &run)
}

/// List reconciliations
///
/// Newest first. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/reconciliations", tag = "Operations",
    params(
        ("page_size" = Option<u32>, Query, description = "Reconciliations per page, 20 by default", minimum = 1, maximum = 100),
        ("page_token" = Option<String>, Query, description = "`next_page_token` of the previous page")),
    responses((status = 200, description = "One page",
        headers(("Link" = String, description = "The URLs of the first and the next page (RFC 8288)")), body = Reconciliations)),
    extensions(("x-problems" = json!(["PAGE_TOKEN_INVALID"]))))]
pub(crate) async fn list(upstreams: Upstreams, mut query: Query) -> Answer {
    let wanted = query.page();
    let links = query.finish()?;
    let listed = upstreams.reconciliation().list(wanted).await?;
    page(&links, listed.next_page_token.as_deref(), &listed)
}

/// Read a reconciliation
///
/// With the differences between the shop's payments and the provider's. Staff only.
#[utoipa::path(get, path = "/api/v1/staff/reconciliations/{id}", tag = "Operations",
    params(("id" = Uuid, Path, description = "The reconciliation's id")),
    responses((status = 200, description = "The report", body = ReconciliationReport)),
    extensions(("x-problems" = json!(["RECONCILIATION_NOT_FOUND"]))))]
pub(crate) async fn get(upstreams: Upstreams, Segment(Id(id)): Segment<Id>) -> Answer {
    ok(&upstreams.reconciliation().get(id).await?)
}
