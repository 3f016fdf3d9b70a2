//! Demo discount codes. They are public, so the configuration must allow them.

use anyhow::{Context, ensure};
use kernel::{BasisPoints, Clock};
use persistence::Database;
use service::ServiceConfig;

use crate::config::Config;
use crate::domain::{Discount, Error, Terms};
use crate::failure::Failure;
use crate::store::Store;

/// Code, basis points, most uses of one customer.
const CODES: [(&str, u32, Option<u32>); 2] =
    [("WELCOME10", 1_000, None), ("FIRST20", 2_000, Some(1))];

/// Creates the missing demo codes. Existing ones are not changed.
///
/// # Errors
/// `seed.demo_codes` is false, or the database is unavailable.
pub async fn seed(config: Config, arguments: Vec<String>) -> anyhow::Result<()> {
    ensure!(arguments.is_empty(), "`order seed` takes no arguments");
    let ServiceConfig {
        database,
        own: config,
        ..
    } = config.own;
    ensure!(
        config.seed.demo_codes,
        "seed.demo_codes is false, because the demo codes are public; set ORDER__SEED__DEMO_CODES=true to create them"
    );
    let database = Database::new(&database)?;
    database.wait().await?;
    let store = Store::new(database, config.saga);
    for (code, basis_points, max_uses_per_customer) in CODES {
        let terms = Terms {
            share: BasisPoints(basis_points),
            minimum: None,
            valid_from: Clock::system().now(),
            valid_until: None,
            max_uses: None,
            max_uses_per_customer,
        };
        let created = create(&store, code, terms)
            .await
            .with_context(|| format!("cannot create {code}"))?;
        tracing::info!(code, created, "demo discount code");
    }
    Ok(())
}

/// Returns false if the code exists.
async fn create(store: &Store, code: &str, terms: Terms) -> Result<bool, Failure> {
    let discount = Discount {
        code: code.to_owned(),
        terms,
        uses: 0,
        uses_of_customer: 0,
        ended_at: None,
        version: 1,
    };
    let mut conn = store.database.get().await?;
    match store.insert_discount(&mut conn, &discount).await {
        Ok(()) => Ok(true),
        Err(Failure::Refused(Error::DiscountExists)) => Ok(false),
        Err(error) => Err(error),
    }
}
