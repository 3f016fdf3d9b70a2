use super::{member::Member, navigation, second_factor_path};
use crate::{
    edge::problem::{Problem, reasons},
    pages::{Answer, see_other},
};

/// Leads to the first page that the member's groups may open.
pub(crate) async fn show(member: Member) -> Answer {
    if member.groups().is_empty() {
        return see_other(&second_factor_path("/staff"));
    }
    let first = navigation::first(member.groups());
    see_other(first.ok_or_else(|| Problem::new(&reasons::FORBIDDEN))?)
}
