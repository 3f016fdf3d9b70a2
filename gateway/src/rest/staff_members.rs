//! Staff accounts: invite, accept, change groups, remove.

use actix_web::HttpResponse;
use kernel::UserId;

use super::{
    answer::{Answer, no_content, ok, page, private},
    request::{Body, PageLinks, Segment},
};
use crate::{
    model::{Acceptance, Invitation, Joined, NewStaffMember, StaffGroups, StaffMembers},
    upstreams::Upstreams,
};

/// List staff
///
/// Staff and those who are invited, at most 500. Admins only.
#[utoipa::path(get, path = "/api/v1/staff/members", tag = "Staff",
    responses((status = 200, description = "All of them", headers(("Link" = String, description = "The URL of the list, which has one page (RFC 8288)")), body = StaffMembers)))]
pub(crate) async fn list(upstreams: Upstreams, links: PageLinks) -> Answer {
    page(&links, None, &upstreams.staff().list().await?)
}

/// Invite a staff member
///
/// The owner of the address gets a token by mail, which is valid once, for three days. An earlier one becomes invalid.
/// Where the shop sends no mail, the answer has the token, and an address whose account somebody owns cannot be invited.
/// Admins only, on record.
#[utoipa::path(post, path = "/api/v1/staff/invitations", tag = "Staff", request_body = NewStaffMember,
    responses((status = 201, description = "The invitation", body = Invitation)),
    extensions(("x-problems" = json!(["ALREADY_STAFF", "INVITATION_NEEDS_MAIL", "INVITATION_NOT_MAILED", "STAFF_LIMIT_REACHED", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn invite(upstreams: Upstreams, Body(new): Body<NewStaffMember>) -> Answer {
    let invitation = upstreams.staff().invite(new).await?;
    private(HttpResponse::Created(), &invitation)
}

/// Accept an invitation
///
/// Makes the account staff, with a new password. Its earlier sessions end. The first sign-in leads to the enrollment of a
/// second factor.
#[utoipa::path(post, path = "/api/v1/staff/invitations/acceptance", tag = "Staff", request_body = Acceptance,
    responses((status = 200, description = "The account is staff", body = Joined)),
    extensions(("x-problems" = json!(["INVITATION_INVALID", "TOO_MANY_SIGN_INS", "VALIDATION_FAILED"]))))]
pub(crate) async fn accept(upstreams: Upstreams, Body(acceptance): Body<Acceptance>) -> Answer {
    ok(&upstreams.staff().accept(acceptance).await?)
}

/// Change the groups of a staff member
///
/// Their tokens have the new groups after some minutes. The last admin remains one, and nobody changes their own groups.
/// Admins only, on record.
#[utoipa::path(put, path = "/api/v1/staff/members/{id}/groups", tag = "Staff",
    params(("id" = Uuid, Path, description = "The account's id")), request_body = StaffGroups,
    responses((status = 204, description = "Changed")),
    extensions(("x-problems" = json!(["LAST_ADMIN", "OWN_GROUPS", "STAFF_NOT_FOUND", "VALIDATION_FAILED"]))))]
pub(crate) async fn change_groups(
    upstreams: Upstreams,
    Segment(id): Segment<UserId>,
    Body(groups): Body<StaffGroups>,
) -> Answer {
    upstreams.staff().change_groups(id, groups).await?;
    no_content()
}

/// Remove a staff member
///
/// All their sessions end at once; the account remains as that of a customer, whose password nobody knows. Also withdraws
/// an invitation. The last admin cannot be removed. Admins only, on record.
#[utoipa::path(delete, path = "/api/v1/staff/members/{id}", tag = "Staff",
    params(("id" = Uuid, Path, description = "The account's id")),
    responses((status = 204, description = "Removed")),
    extensions(("x-problems" = json!(["LAST_ADMIN", "STAFF_NOT_FOUND", "TOO_MANY_SIGN_INS"]))))]
pub(crate) async fn remove(upstreams: Upstreams, Segment(id): Segment<UserId>) -> Answer {
    upstreams.staff().remove(id).await?;
    no_content()
}
