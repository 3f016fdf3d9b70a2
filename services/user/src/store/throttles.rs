//! The table `throttles`: the buckets of limits.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;

use super::Store;
use crate::domain::Throttle;
use crate::failure::Failure;
use crate::schema::throttles;

const SWEEP: &str = "DELETE FROM throttles WHERE key = ANY (ARRAY(
    SELECT key FROM throttles WHERE empty_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED))";

/// The key of a bucket: a MAC, so that the table holds no address.
pub(crate) type BucketKey = Vec<u8>;

/// Buckets as the columns of a statement, in the order of their keys: two statements take their rows in the same order.
struct Columns {
    keys: Vec<BucketKey>,
    /// Milliseconds.
    steps: Vec<i64>,
    /// Milliseconds.
    horizons: Vec<i64>,
}

impl Columns {
    fn of(buckets: &[(BucketKey, Throttle)]) -> Self {
        let mut buckets = buckets.to_vec();
        buckets.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let (keys, throttles): (Vec<BucketKey>, Vec<Throttle>) = buckets.into_iter().unzip();
        let millis = |of: fn(&Throttle) -> Duration| -> Vec<i64> {
            let all = throttles.iter();
            all.map(|throttle| of(throttle).num_milliseconds())
                .collect()
        };
        Self {
            steps: millis(Throttle::step),
            horizons: millis(Throttle::horizon),
            keys,
        }
    }
}

impl Store {
    /// When each of these buckets is empty. A bucket without a row is empty.
    pub(crate) async fn throttles(
        &self,
        keys: &[BucketKey],
    ) -> Result<HashMap<Vec<u8>, DateTime<Utc>>, Failure> {
        let mut conn = self.database.get().await?;
        let rows = throttles::table
            .filter(throttles::key.eq_any(keys))
            .select((throttles::key, throttles::empty_at))
            .load(&mut conn)
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Adds one to these buckets, in one statement. It takes the rows in the order of their keys, so that two of
    /// them never wait for each other in a circle.
    pub(crate) async fn fill_throttles(
        &self,
        buckets: &[(BucketKey, Throttle)],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let Columns {
            keys,
            steps,
            horizons,
        } = Columns::of(buckets);
        let mut conn = self.database.get().await?;
        prepared(
            "INSERT INTO throttles AS bucket (key, empty_at)
             SELECT key, $4 + step * interval '1 millisecond'
             FROM unnest($1, $2, $3) AS new (key, step, horizon) ORDER BY key
             ON CONFLICT (key) DO UPDATE SET empty_at = (
                 SELECT least(greatest(bucket.empty_at, $4) + step * interval '1 millisecond',
                              $4 + horizon * interval '1 millisecond')
                 FROM unnest($1, $2, $3) AS new (key, step, horizon) WHERE new.key = bucket.key)",
        )
        .bind::<Array<Binary>, _>(keys)
        .bind::<Array<BigInt>, _>(steps)
        .bind::<Array<BigInt>, _>(horizons)
        .bind::<Timestamptz, _>(now)
        .execute(&mut conn)
        .await?;
        Ok(())
    }

    /// Adds one to each of these buckets that is not full, in the caller's transaction, which then has the buckets for itself.
    /// False if one is full.
    pub(crate) async fn take_throttles(
        conn: &mut AsyncPgConnection,
        buckets: &[(BucketKey, Throttle)],
        now: DateTime<Utc>,
    ) -> Result<bool, Failure> {
        let Columns {
            keys,
            steps,
            horizons,
        } = Columns::of(buckets);
        let wanted = keys.len();
        let taken = prepared(
            "INSERT INTO throttles AS bucket (key, empty_at)
             SELECT key, $4 + step * interval '1 millisecond'
             FROM unnest($1, $2, $3) AS new (key, step, horizon) ORDER BY key
             ON CONFLICT (key) DO UPDATE
                 SET empty_at = greatest(bucket.empty_at, $4) + (excluded.empty_at - $4)
                 WHERE bucket.empty_at <= $4 + (
                     SELECT (horizon - step) * interval '1 millisecond'
                     FROM unnest($1, $2, $3) AS new (key, step, horizon) WHERE new.key = bucket.key)",
        )
        .bind::<Array<Binary>, _>(keys)
        .bind::<Array<BigInt>, _>(steps)
        .bind::<Array<BigInt>, _>(horizons)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await?;
        Ok(taken == wanted)
    }

    /// Deletes a batch of empty buckets; returns their number. Concurrent replicas share the work.
    pub(crate) async fn sweep_throttles(&self, now: DateTime<Utc>) -> Result<usize, Failure> {
        let mut conn = self.database.get().await?;
        let deleted = diesel::sql_query(SWEEP)
            .bind::<Timestamptz, _>(now)
            .execute(&mut conn)
            .await?;
        Ok(deleted)
    }
}
