use kernel::UserId;

use super::App;
use crate::domain::{Registration, Role, User};
use crate::failure::Failure;
use crate::metrics::USER_SIGN_UPS;

impl App {
    /// Creates an account with `role`.
    ///
    /// # Errors
    /// `EmailTaken`, `TooManySignIns`.
    pub(crate) async fn register(
        &self,
        registration: Registration,
        role: Role,
    ) -> Result<User, Failure> {
        let password_hash = self.passwords.hash(registration.password).await?;
        let user = User {
            id: UserId::generate(),
            email: registration.email,
            display_name: registration.display_name,
            role,
            created_at: self.clock.now(),
        };
        self.store.insert_user(&user, &password_hash).await?;
        USER_SIGN_UPS.inc();
        tracing::info!(user_id = %user.id, "account created");
        Ok(user)
    }

    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn account(&self, id: UserId) -> Result<User, Failure> {
        self.store.user(id).await
    }
}
