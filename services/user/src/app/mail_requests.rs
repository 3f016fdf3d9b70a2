//! E-mails that anyone causes who names an address. The answer and the work are the same whether or not the address has an
//! account; only its owner learns it, by the e-mail.

use chassis::call::ClientNetwork;
use kernel::UserId;

use super::App;
use crate::domain::{AccountEvent, EmailAddress};
use crate::failure::Failure;
use crate::metrics::{MailKind, MailOutcome, USER_MAILS};
use crate::store::{Owner, Store};

impl App {
    /// Mails the confirmation of an address again, if it has an account and is not confirmed. Otherwise does the same work.
    pub(crate) async fn request_verification(
        &self,
        email: EmailAddress,
        network: Option<ClientNetwork>,
    ) -> Result<(), Failure> {
        let event = |owner: &Owner| match owner.email_verified {
            true => None,
            false => Some(AccountEvent::VerificationRequested),
        };
        self.request_mail(email, network, event).await
    }

    /// Mails `event` to the owner of an address, if there is one, and if it is `Some`; within the limits of the client's
    /// network and of the address.
    pub(super) async fn request_mail(
        &self,
        email: EmailAddress,
        network: Option<ClientNetwork>,
        event: fn(&Owner) -> Option<AccountEvent>,
    ) -> Result<(), Failure> {
        if self.email_sender.is_none() {
            return Ok(());
        }
        let (app, now) = (self.clone(), self.clock.now());
        let limits = &self.client_limits;
        let buckets = limits.mails_to(network.as_ref(), email.as_str());
        let work = self.store.database.transaction(async move |conn| {
            // Also for an unknown address, so that both write and commit.
            let is_open = Store::take_throttles(conn, &buckets, now).await?;
            let owner = Store::lock_owner(conn, email.as_str()).await?;
            let wanted = owner.and_then(|owner| Some((owner.id, event(&owner)?)));
            // To an account that does not exist, so that the same statement runs and stores nothing.
            let nobody = Owner::nobody(UserId::generate());
            let unwanted = event(&nobody).map(|event| (nobody.id, event));
            let Some((to, event)) = wanted.filter(|_| is_open).or(unwanted) else {
                return Ok(None);
            };
            let is_mailed = app.notify_of_account(conn, to, event).await?;
            Ok::<_, Failure>(Some((event, is_mailed)))
        });
        match Box::pin(work).await? {
            Some((event, false)) => USER_MAILS
                .of((MailKind::from(event), MailOutcome::Skipped))
                .inc(),
            _ => self.wake_email_sender(),
        }
        Ok(())
    }
}
