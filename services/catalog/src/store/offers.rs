use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::Sku;
use serde_json::Value;

use super::Store;
use super::rows::{OfferRow, offer_with_cover};
use crate::domain::Offer;
use crate::failure::Failure;
use crate::schema::{products, stock};

impl Store {
    /// The offers of these SKUs, in any order; unknown SKUs are left out.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn offers(
        &self,
        skus: &[Sku],
        with_covers: bool,
    ) -> Result<Vec<Offer>, Failure> {
        let skus: Vec<&str> = skus.iter().map(Sku::as_str).collect();
        let mut conn = self.database.get().await?;
        let of_skus = products::table
            .inner_join(stock::table)
            .filter(products::sku.eq_any(skus));
        if with_covers {
            let columns = (OfferRow::as_select(), products::images);
            let rows: Vec<(OfferRow, Value)> = of_skus.select(columns).load(&mut conn).await?;
            let offers = rows.into_iter().map(offer_with_cover);
            return Ok(offers.collect::<Result<_, _>>()?);
        }
        let rows: Vec<OfferRow> = of_skus
            .select(OfferRow::as_select())
            .load(&mut conn)
            .await?;
        let offers = rows.into_iter().map(Offer::try_from);
        Ok(offers.collect::<Result<_, _>>()?)
    }
}
