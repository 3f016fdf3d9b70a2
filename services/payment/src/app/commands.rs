//! The commands of the checkout saga. No command calls the provider: workers do, after the commit.

use diesel_async::AsyncPgConnection;
use outbox::{BatchError, HandlerError, Incoming};

use super::App;
use crate::domain::{Command, Effects, State};
use crate::store::{Changes, operations, payments, refunds};

impl App {
    /// Applies commands in the consumer's transaction, one after the other on the state in memory.
    /// `commands` are decoded from `messages`, in the same order.
    pub(crate) async fn apply_commands(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
        commands: &[Command],
    ) -> Result<Effects, BatchError> {
        let now = self.clock.now();
        let mut state = load(conn, commands).await?;
        let mut changes = Changes::default();
        outbox::per_message(messages, |position, _| {
            let command = &commands[position];
            let decision = state.decide(command, now).map_err(HandlerError::poison)?;
            Ok(changes.add(command.subject(), decision)?)
        })?;
        Ok(changes.save(conn, now).await?)
    }
}

async fn load(
    conn: &mut AsyncPgConnection,
    commands: &[Command],
) -> Result<State, persistence::Error> {
    let (ids, orders): (Vec<_>, Vec<_>) = commands.iter().map(Command::subject).unzip();
    let mut voided = Vec::new();
    let mut refunded = Vec::new();
    for command in commands {
        match command {
            Command::Void(command) => voided.push(command.payment_id),
            Command::Refund(command) => refunded.push(command.refund_id),
            Command::Authorize(_) | Command::Capture(_) => {}
        }
    }
    Ok(State {
        payments: payments::lock(conn, &ids, &orders).await?,
        refunds: refunds::load(conn, &refunded, &ids).await?,
        attempted: operations::attempted_authorizations(conn, &voided).await?,
    })
}
