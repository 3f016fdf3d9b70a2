//! Products and stock.

use super::{CATALOG, room};
use crate::Label;

const COMMAND: Label = Label::one_of(
    "outcome",
    &[
        "reserved",
        "refused",
        "committed",
        "commit_refused",
        "released",
    ],
);
const MOVEMENT: Label = Label::one_of("movement", &["reserved", "sold", "released", "expired"]);

room! {
    /// Commands of the checkout, by the answer
    CATALOG_STOCK_COMMANDS: Counter<1> = new("catalog_stock_commands_total", [COMMAND], CATALOG);
    /// Units that were held for an order, sold, or given back by a release or because the hold expired
    CATALOG_STOCK_UNITS: Counter<1> = new("catalog_stock_units_total", [MOVEMENT], CATALOG);
    /// Holds on stock that ended by themselves
    CATALOG_RESERVATIONS_EXPIRED: Counter<0> =
        new("catalog_reservations_expired_total", [], CATALOG);
    /// Products read from the database because no copy was at hand
    CATALOG_PRODUCT_READS: Counter<0> = new("catalog_product_reads_total", [], CATALOG);
}
