use kernel::{AddressId, UserId};

use super::App;
use crate::domain::{Address, AddressEntry};
use crate::failure::Failure;

impl App {
    /// The owner's addresses, oldest first.
    pub(crate) async fn addresses(&self, owner: UserId) -> Result<Vec<Address>, Failure> {
        self.store.addresses(owner).await
    }

    /// # Errors
    /// `AccountNotFound`, `AddressLimitReached`.
    pub(crate) async fn create_address(
        &self,
        owner: UserId,
        entry: AddressEntry,
    ) -> Result<Address, Failure> {
        let id = AddressId::generate();
        let address = Address { id, entry };
        self.store.insert_address(owner, &address).await?;
        Ok(address)
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
