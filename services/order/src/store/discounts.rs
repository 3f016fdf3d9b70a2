use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::BasisPoints;

use super::Store;
use super::codes::unreadable;
use super::rows::money;
use crate::domain::Discount;
use crate::failure::Failure;
use crate::schema::discount_codes;

#[derive(Queryable, Selectable)]
#[diesel(table_name = discount_codes, check_for_backend(diesel::pg::Pg))]
struct Row {
    code: String,
    basis_points: i32,
    minimum_minor: Option<i64>,
    minimum_currency: Option<String>,
    valid_from: chrono::DateTime<chrono::Utc>,
    valid_until: Option<chrono::DateTime<chrono::Utc>>,
}

impl Store {
    /// The discount of a code in upper case.
    pub(crate) async fn discount(&self, code: &str) -> Result<Option<Discount>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<Row> = discount_codes::table
            .find(code)
            .select(Row::as_select())
            .first(&mut conn)
            .await
            .optional()?;
        row.map(Row::discount).transpose()
    }
}

impl Row {
    fn discount(self) -> Result<Discount, Failure> {
        let minimum = match (self.minimum_minor, self.minimum_currency) {
            (Some(minor), Some(currency)) => Some(money(minor, &currency)?),
            _ => None,
        };
        Ok(Discount {
            code: self.code,
            share: BasisPoints(u32::try_from(self.basis_points).map_err(unreadable)?),
            minimum,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        })
    }
}
