//! Every statement on the table `operator_actions`.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::Error;
use uuid::Uuid;

use crate::action::Action;
use crate::schema::operator_actions;

/// Writes `action` to the audit, in `conn`'s transaction if there is one, and returns its id.
///
/// What changes the same database is recorded in the transaction that changes it; what does not is
/// recorded before it is done, so that nothing is done without a record.
///
/// # Errors
/// When the row cannot be written: then do not do it.
pub async fn record(conn: &mut AsyncPgConnection, action: &Action) -> Result<Uuid, Error> {
    let id = Uuid::now_v7();
    diesel::insert_into(operator_actions::table)
        .values((
            operator_actions::id.eq(id),
            operator_actions::kind.eq(action.kind),
            operator_actions::subject.eq(&action.subject),
            operator_actions::actor_id.eq(action.actor.as_uuid()),
            operator_actions::reason.eq(action.reason.as_str()),
            operator_actions::detail.eq(&action.detail),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}
