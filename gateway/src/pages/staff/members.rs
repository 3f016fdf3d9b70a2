//! The members of staff: who they are, what they may do, and who is invited.

use askama::Template;
use kernel::{Group, UserId};

use super::{layout::Layout, member::Member};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Acceptance, Invitation, NewStaffMember, StaffGroups, StaffMember},
    pages::{
        Answer, field_errors::FieldErrors, filters, form::Form, invalid, notice, page, secret,
        see_other,
    },
    rest::request::{Query, Segment},
};

const LIST: &str = "/staff/members";
/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 4] = [
    ("email", "The e-mail address"),
    ("groups", "The groups"),
    ("display_name", "Your name"),
    ("password", "The password"),
];

/// What the groups may do.
const PURPOSES: [(Group, &str); 5] = [
    (Group::Support, "Orders, returns and accounts of customers"),
    (Group::Warehouse, "Stock and shipments"),
    (Group::Catalog, "Products, categories and discount codes"),
    (
        Group::Finance,
        "Refunds, the ledger, reconciliations and the audit",
    ),
    (
        Group::Admin,
        "Staff, signing keys, dead letters and the audit",
    ),
];

#[derive(Template)]
#[template(path = "staff/members.html")]
struct MembersPage {
    layout: Layout,
    members: Vec<StaffMember>,
}

#[derive(Template)]
#[template(path = "staff/member.html")]
struct MemberPage {
    layout: Layout,
    errors: FieldErrors,
    one: StaffMember,
    groups: Vec<GroupBox>,
}

#[derive(Template)]
#[template(path = "staff/invite.html")]
struct InvitePage {
    layout: Layout,
    errors: FieldErrors,
    email: String,
    groups: Vec<GroupBox>,
}

/// An invitation that no mail carries.
#[derive(Template)]
#[template(path = "staff/invited.html")]
struct InvitedPage {
    layout: Layout,
    email: String,
    invitation: Invitation,
    /// The address of the page on which they accept.
    url: String,
}

#[derive(Template)]
#[template(path = "staff/invitation.html")]
struct InvitationPage {
    layout: Layout,
    errors: FieldErrors,
    token: String,
    display_name: String,
}

/// A box for a group.
struct GroupBox {
    name: &'static str,
    purpose: &'static str,
    is_checked: bool,
}

fn boxes(checked: &[String]) -> Vec<GroupBox> {
    let each = PURPOSES.iter().map(|(group, purpose)| GroupBox {
        name: group.name(),
        purpose,
        is_checked: checked.iter().any(|name| name == group.name()),
    });
    each.collect()
}

/// The groups whose boxes were checked.
fn checked(form: &Form) -> Vec<String> {
    let groups = form.fields().filter(|(name, _)| *name == "groups");
    groups.map(|(_, group)| group.to_owned()).collect()
}

/// Lists staff and those who are invited.
pub(crate) async fn list(member: Member) -> Answer {
    page(&MembersPage {
        layout: member.layout()?,
        members: member.upstreams().staff().list().await?.members,
    })
}

/// Shows a member, with the forms to change their groups and to remove them.
pub(crate) async fn show(member: Member, Segment(id): Segment<UserId>) -> Answer {
    page(&read(&member, id, None, FieldErrors::default()).await?)
}

async fn read(
    member: &Member,
    id: UserId,
    typed: Option<&Form>,
    errors: FieldErrors,
) -> Result<MemberPage, Problem> {
    let members = member.upstreams().staff().list().await?.members;
    let mut found = members.into_iter().filter(|one| one.id == id.as_uuid());
    let one = found.next();
    let one = one.ok_or_else(|| Problem::new(&reasons::STAFF_NOT_FOUND))?;
    let groups = match typed {
        Some(form) => boxes(&checked(form)),
        None => boxes(&one.groups),
    };
    Ok(MemberPage {
        layout: member.layout()?,
        errors,
        one,
        groups,
    })
}

/// Replaces the groups of a member.
pub(crate) async fn change_groups(
    member: Member,
    Segment(id): Segment<UserId>,
    form: Form,
) -> Answer {
    let groups = StaffGroups {
        groups: checked(&form),
    };
    let changed = member.upstreams().staff().change_groups(id, groups).await;
    finish(&member, id, Some(&form), changed, "groups-changed").await
}

/// Removes a member, or withdraws an invitation.
pub(crate) async fn remove(member: Member, Segment(id): Segment<UserId>, _: Form) -> Answer {
    let removed = member.upstreams().staff().remove(id).await;
    finish(&member, id, None, removed, "member-removed").await
}

async fn finish(
    member: &Member,
    id: UserId,
    typed: Option<&Form>,
    done: Result<(), Problem>,
    what: &'static str,
) -> Answer {
    match done {
        Ok(()) => see_other(&notice::path(LIST, what)),
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&read(member, id, typed, errors).await?)
        }
    }
}

/// The form that invites someone.
pub(crate) async fn show_invite(member: Member) -> Answer {
    page(&InvitePage {
        layout: member.layout()?,
        errors: FieldErrors::default(),
        email: String::new(),
        groups: boxes(&[]),
    })
}

/// Invites the owner of an address. Where the shop sends no mail, the answer has the link to hand over.
pub(crate) async fn invite(member: Member, form: Form) -> Answer {
    let email = form.text("email");
    let new = NewStaffMember {
        email: email.clone(),
        groups: checked(&form),
    };
    let mut invitation = match member.upstreams().staff().invite(new).await {
        Ok(invitation) => invitation,
        Err(problem) => {
            return invalid(&InvitePage {
                errors: explained(problem)?,
                layout: member.layout()?,
                email,
                groups: boxes(&checked(&form)),
            });
        }
    };
    match invitation.token.take() {
        None => see_other(&notice::path(LIST, "invited")),
        Some(token) => page(&InvitedPage {
            layout: member.layout()?,
            email,
            invitation,
            url: member.absolute(&format!("/staff/invitation?token={token}")),
        }),
    }
}

/// The form of the invitation's link.
pub(crate) async fn show_invitation(member: Member, mut query: Query) -> Answer {
    let token = query.text("token").unwrap_or_default();
    secret(page(&InvitationPage {
        layout: member.layout()?,
        errors: FieldErrors::default(),
        token,
        display_name: String::new(),
    }))
}

/// Makes the invited account staff.
pub(crate) async fn accept(member: Member, form: Form) -> Answer {
    let (token, display_name) = (form.text("token"), form.text("display_name"));
    let acceptance = Acceptance {
        token: token.clone(),
        password: form.secret("password"),
        display_name: display_name.clone(),
    };
    match member.upstreams().staff().accept(acceptance).await {
        Ok(_) => see_other(&notice::path("/staff/sign-in", "joined")),
        Err(problem) => invalid(&InvitationPage {
            errors: explained(problem)?,
            layout: member.layout()?,
            token,
            display_name,
        }),
    }
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    let kind = problem.kind();
    let text = match kind.reason {
        "VALIDATION_FAILED" => return Ok(FieldErrors::of(&problem, &LABELS)),
        "ALREADY_STAFF" => "This account is staff already. Change its groups instead.",
        "INVITATION_NEEDS_MAIL" => {
            "The shop sends no mail, and this address has an account, whose owner alone may get the link."
        }
        "INVITATION_NOT_MAILED" => {
            "This address has had its e-mails of the day. Invite it tomorrow."
        }
        "INVITATION_INVALID" => {
            "This invitation has expired or was used, or a newer one replaced it. Ask for another one."
        }
        "STAFF_LIMIT_REACHED" => "There are too many staff accounts. Remove one first.",
        "OWN_GROUPS" => "Nobody changes their own groups. Ask another admin.",
        "LAST_ADMIN" => "This is the last admin. Make another one first.",
        _ => return Err(problem),
    };
    Ok(FieldErrors::one("", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_a_box() {
        let named: Vec<_> = boxes(&[]).iter().map(|group| group.name).collect();
        assert_eq!(named, Group::ALL.map(Group::name));
    }
}
