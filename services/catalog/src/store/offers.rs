use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::Sku;

use super::Store;
use super::rows::OfferRow;
use crate::domain::Offer;
use crate::failure::Failure;
use crate::schema::{products, stock};

impl Store {
    /// The offers of these SKUs, in any order; unknown SKUs are left out.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn offers(&self, skus: &[Sku]) -> Result<Vec<Offer>, Failure> {
        let skus: Vec<&str> = skus.iter().map(Sku::as_str).collect();
        let mut conn = self.database.get().await?;
        let rows: Vec<OfferRow> = products::table
            .inner_join(stock::table)
            .filter(products::sku.eq_any(skus))
            .select(OfferRow::as_select())
            .load(&mut conn)
            .await?;
        let offers = rows.into_iter().map(Offer::try_from);
        Ok(offers.collect::<Result<_, _>>()?)
    }
}
