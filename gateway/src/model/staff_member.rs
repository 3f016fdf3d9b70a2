use chrono::{DateTime, Utc};
use contracts::user::v1;
use kernel::Group;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

use super::convert::{convert_all, id, optional_text, optional_time, time};
use crate::edge::problem::Problem;

/// A staff member, or someone who is invited.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffMember {
    /// The account's id.
    pub(crate) id: Uuid,
    /// E-mail address of the account.
    #[schema(example = "grace@example.com")]
    pub(crate) email: String,
    /// Name of the person.
    #[schema(example = "Grace")]
    pub(crate) display_name: String,
    /// What they may do: `support`, `warehouse`, `catalog`, `finance`, `admin`.
    #[schema(example = json!(["support"]), value_type = Vec<StaffGroup>)]
    pub(crate) groups: Vec<String>,
    /// Whether they have a second factor. Without it, the groups have no effect.
    pub(crate) second_factor: bool,
    /// When the invitation expires; absent once it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invited_until: Option<DateTime<Utc>>,
}

/// All staff members, and those who are invited.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffMembers {
    /// Oldest account first.
    #[serde(rename = "items")]
    pub(crate) members: Vec<StaffMember>,
}

/// Someone to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaffMember {
    /// E-mail address, with or without an account.
    #[schema(example = "grace@example.com", max_length = 254, format = "email")]
    pub(crate) email: String,
    /// At least one of `support`, `warehouse`, `catalog`, `finance`, `admin`.
    #[schema(example = json!(["support"]), value_type = Vec<StaffGroup>, min_items = 1)]
    pub(crate) groups: Vec<String>,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// The account's id.
    pub(crate) id: Uuid,
    /// When the invitation expires.
    pub(crate) expires_at: DateTime<Utc>,
    /// The token, where the shop sends no mail. Hand it over; it is shown only here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "password")]
    pub(crate) token: Option<String>,
}

/// An invitation that is accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// The token of the invitation.
    #[schema(format = "password")]
    pub(crate) token: String,
    /// The new password of the account.
    #[schema(example = "correct horse battery", format = "new-password")]
    pub(crate) password: String,
    /// Name of the person.
    #[schema(example = "Grace", format = "display-name")]
    pub(crate) display_name: String,
}

/// The account of an accepted invitation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Joined {
    /// E-mail address to sign in with.
    #[schema(example = "grace@example.com")]
    pub(crate) email: String,
}

/// The groups of a staff member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffGroups {
    /// At least one of `support`, `warehouse`, `catalog`, `finance`, `admin`.
    #[schema(example = json!(["support", "finance"]), value_type = Vec<StaffGroup>, min_items = 1)]
    pub(crate) groups: Vec<String>,
}

/// A group of permissions, by its name.
pub(crate) enum StaffGroup {}

impl PartialSchema for StaffGroup {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A group of permissions"))
            .enum_values(Some(Group::ALL.map(Group::name)))
            .into()
    }
}

impl ToSchema for StaffGroup {}

impl TryFrom<v1::StaffMember> for StaffMember {
    type Error = Problem;

    fn try_from(member: v1::StaffMember) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&member.id, "StaffMember.id")?,
            email: member.email,
            display_name: member.display_name,
            groups: member.groups,
            second_factor: member.second_factor,
            invited_until: optional_time(member.invited_until),
        })
    }
}

impl TryFrom<v1::ListStaffResponse> for StaffMembers {
    type Error = Problem;

    fn try_from(reply: v1::ListStaffResponse) -> Result<Self, Problem> {
        Ok(Self {
            members: convert_all(reply.members)?,
        })
    }
}

impl TryFrom<v1::InviteStaffResponse> for Invitation {
    type Error = Problem;

    fn try_from(reply: v1::InviteStaffResponse) -> Result<Self, Problem> {
        Ok(Self {
            id: id(&reply.id, "InviteStaffResponse.id")?,
            expires_at: time(reply.expires_at, "InviteStaffResponse.expires_at")?,
            token: optional_text(reply.token),
        })
    }
}
