use kernel::{AddressId, UserId};
use tokio_util::sync::CancellationToken;

use super::App;
use crate::domain::{Address, AddressEntry};
use crate::failure::Failure;

impl App {
    /// Deletes idempotency keys that are old enough.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn sweep_keys(&self, stop: &CancellationToken) -> Result<(), Failure> {
        idempotency::sweep(&self.store.database, self.clock.now(), stop).await?;
        Ok(())
    }

    /// The owner's addresses, oldest first.
    pub(crate) async fn addresses(&self, owner: UserId) -> Result<Vec<Address>, Failure> {
        self.store.addresses(owner).await
    }

    /// Adds an address, once for a key. The owner's row is locked, so that concurrent calls cannot exceed the limit.
    ///
    /// The id is all that is kept of the answer: a request with the same key has the same entry.
    ///
    /// # Errors
    /// `KeyReused`, `AccountNotFound`, `AddressLimitReached`.
    pub(crate) async fn create_address(
        &self,
        owner: UserId,
        entry: AddressEntry,
        request: idempotency::Request,
    ) -> Result<Address, Failure> {
        let store = self.store.clone();
        let now = self.clock.now();
        let work = self.store.database.transaction(async move |conn| {
            if let Some(id) = request.earlier(conn, now).await? {
                let entry = entry.clone();
                return Ok(Address { id, entry });
            }
            let count = store.lock_address_book(conn, owner).await?;
            let address = Address::add(entry.clone(), count)?;
            store.insert_address(conn, owner, &address).await?;
            request.answered(conn, &address.id).await?;
            Ok::<_, Failure>(address)
        });
        work.await
    }

    /// # Errors
    /// `AddressNotFound`, also for the address of another owner.
    pub(crate) async fn update_address(
        &self,
        owner: UserId,
        address: Address,
    ) -> Result<Address, Failure> {
        self.store.update_address(owner, &address).await?;
        Ok(address)
    }

    /// # Errors
    /// `AddressNotFound`, also for the address of another owner.
    pub(crate) async fn delete_address(&self, owner: UserId, id: AddressId) -> Result<(), Failure> {
        self.store.delete_address(owner, id).await
    }
}
