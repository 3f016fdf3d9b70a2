use std::fmt::Debug;

use chrono::Duration;
use kernel::Clock;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Binding, Keys};

/// Hours for which a page token is valid.
const LIFETIME_H: i64 = 24;
const PURPOSE: &str = "page token v1";

/// A list that is read page by page. A token of one list is invalid in every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List(Binding);

impl List {
    /// The list that `rpc` returns, such as `order.v1.OrderService/ListOrders`. `query` is everything else that decides
    /// which entries the list has and in which order: filters, sort, and the caller if each has a list of their own. Its
    /// `Debug` form is bound, so it must contain every field.
    #[must_use]
    pub fn new(rpc: &'static str, query: &impl Debug) -> Self {
        let query = format!("{query:?}");
        Self(Binding::new(PURPOSE).with(rpc).with(query))
    }
}

/// Makes and reads page tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pages {
    keys: Keys,
    clock: Clock,
}

/// The token is not one that the service issued for this list in the last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "page_token was altered, is older than {LIFETIME_H} hours, or belongs to another list, filter or sort; \
     start again with the first page"
)]
pub struct PageTokenInvalid;

impl Pages {
    /// Page tokens under these keys.
    #[must_use]
    pub fn new(keys: Keys, clock: Clock) -> Self {
        Self { keys, clock }
    }

    /// The token of the page after the entry at the position `last`.
    #[must_use]
    pub fn next<Position: Serialize>(&self, list: &List, last: &Position) -> String {
        let expires = (self.clock.now() + Duration::hours(LIFETIME_H)).timestamp();
        // Writing plain data as JSON does not fail; an empty token would mean that there is no next page.
        let content = serde_json::to_vec(&(expires, last)).unwrap_or_default();
        self.keys.seal(&list.0, &content)
    }

    /// The position after which a page starts; `None` without a token: the first page.
    ///
    /// # Errors
    /// The token is altered, expired, or of another list.
    pub fn after<Position: DeserializeOwned>(
        &self,
        list: &List,
        page_token: &str,
    ) -> Result<Option<Position>, PageTokenInvalid> {
        if page_token.is_empty() {
            return Ok(None);
        }
        let content = self.keys.open(&list.0, page_token);
        let content = content.ok_or(PageTokenInvalid)?;
        let (expires, position): (i64, Position) =
            serde_json::from_slice(&content).map_err(|_| PageTokenInvalid)?;
        if expires < self.clock.now().timestamp() {
            return Err(PageTokenInvalid);
        }
        Ok(Some(position))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::Config;

    const RPC: &str = "test.v1.TestService/ListTests";

    fn pages(clock: &Clock) -> Pages {
        let config = Config::with_secret("a secret of at least 32 characters");
        Pages::new(Keys::new(&config), clock.clone())
    }

    fn now() -> Clock {
        Clock::manual(DateTime::UNIX_EPOCH + Duration::days(20_000))
    }

    #[test]
    fn a_page_starts_after_the_position_of_its_token() {
        let pages = pages(&now());
        let list = List::new(RPC, &());
        let last = (
            "écran \"27\"".to_owned(),
            0.607_927_1_f32,
            Uuid::from_u128(7),
        );
        let token = pages.next(&list, &last);
        assert_eq!(pages.after(&list, &token), Ok(Some(last)));
        assert_eq!(pages.after::<Uuid>(&list, ""), Ok(None));
    }

    #[test]
    fn a_token_belongs_to_its_list() {
        let pages = pages(&now());
        let token = pages.next(&List::new(RPC, &("confirmed", 1)), &7);
        for other in [
            List::new(RPC, &("confirmed", 2)),
            List::new(RPC, &("rejected", 1)),
            List::new(RPC, &()),
            List::new("test.v1.TestService/ListOthers", &("confirmed", 1)),
        ] {
            assert_eq!(pages.after::<i32>(&other, &token), Err(PageTokenInvalid));
        }
    }

    #[test]
    fn a_token_expires_after_a_day() {
        let clock = now();
        let pages = pages(&clock);
        let list = List::new(RPC, &());
        let token = pages.next(&list, &7);
        clock.advance(Duration::hours(LIFETIME_H));
        assert_eq!(pages.after(&list, &token), Ok(Some(7)));
        clock.advance(Duration::seconds(1));
        assert_eq!(pages.after::<i32>(&list, &token), Err(PageTokenInvalid));
    }

    #[test]
    fn a_token_of_other_keys_or_positions_is_refused() {
        let pages = pages(&now());
        let list = List::new(RPC, &());
        let other = Config::with_secret("another secret of 32 characters..");
        let other = Pages::new(Keys::new(&other), now());
        let foreign = other.next(&list, &7);
        assert_eq!(pages.after::<i32>(&list, &foreign), Err(PageTokenInvalid));
        let text = pages.next(&list, &"seven");
        assert_eq!(pages.after::<i32>(&list, &text), Err(PageTokenInvalid));
    }
}
