use kernel::{AddressId, UserId};

use super::App;
use crate::domain::{Address, AddressEntry};
use crate::failure::Failure;

impl App {
    /// The owner's addresses, oldest first.
    pub(crate) async fn addresses(&self, owner: UserId) -> Result<Vec<Address>, Failure> {
        self.store.addresses(owner).await
    }

    /// Adds an address. The owner's row is locked, so that concurrent calls cannot exceed the limit.
    ///
    /// # Errors
    /// `AccountNotFound`, `AddressLimitReached`.
    pub(crate) async fn create_address(
        &self,
        owner: UserId,
        entry: AddressEntry,
    ) -> Result<Address, Failure> {
        let store = self.store.clone();
        let work = self.store.database.transaction(async move |conn| {
            let count = store.lock_address_book(conn, owner).await?;
            let address = Address::add(entry.clone(), count)?;
            store.insert_address(conn, owner, &address).await?;
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
