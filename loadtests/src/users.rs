//! The state of a simulated user, kept in its Goose user.

use std::sync::Arc;

use goose::prelude::{GooseUser, TransactionError, TransactionResult};
use tokio::sync::Mutex;

use crate::http_client;
use crate::request::Failed;

/// Gives a user its state and its own HTTP client: users do not share connections.
pub(crate) async fn set_data<T: Send + 'static>(
    user: &mut GooseUser,
    data: T,
) -> TransactionResult {
    user.set_session_data(Arc::new(Mutex::new(data)));
    user.set_client_builder(http_client::builder()).await?;
    Ok(())
}

/// The state of a user.
///
/// # Errors
/// [`set_data`] was not called.
pub(crate) fn data<T: Send + 'static>(user: &GooseUser) -> Result<Arc<Mutex<T>>, Failed> {
    let data = user.get_session_data::<Arc<Mutex<T>>>().cloned();
    data.ok_or_else(|| Box::new(TransactionError::from("the user has no data")))
}
