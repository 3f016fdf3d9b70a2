//! People keep who they are with their Goose user.

use std::sync::Arc;

use goose::prelude::{GooseUser, TransactionError, TransactionResult};
use tokio::sync::Mutex;

use crate::connection;
use crate::exchange::Failed;

/// Gives a user her self, and a client of her own: connections are not shared between people.
pub(crate) async fn settle<T: Send + 'static>(user: &mut GooseUser, who: T) -> TransactionResult {
    user.set_session_data(Arc::new(Mutex::new(who)));
    user.set_client_builder(connection::builder()).await?;
    Ok(())
}

/// Who somebody is.
pub(crate) fn who<T: Send + 'static>(user: &GooseUser) -> Result<Arc<Mutex<T>>, Failed> {
    let who = user.get_session_data::<Arc<Mutex<T>>>().cloned();
    who.ok_or_else(|| Box::new(TransactionError::from("has not arrived")))
}
