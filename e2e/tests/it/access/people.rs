//! The kinds of callers, and their tokens.

use e2e::Shop;
use kernel::Clock;
use kernel::Group;
use serde_json::json;
use testkit::TokenKey;
use uuid::Uuid;

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// Without a token.
    Guest,
    Customer,
    /// Staff in one group, who proved their second factor now.
    Staff(Group),
    /// Staff without a second factor.
    PasswordOnly,
    /// Staff in every group, who proved their second factor an hour ago.
    LongAgo,
    /// Staff in every group, with a token that has expired.
    Expired,
    /// Staff in every group, says a token that another issuer's key has signed.
    Forger,
}

impl Person {
    /// Those with a column on the page.
    pub(super) fn shown() -> Vec<Self> {
        let staff = Group::ALL.map(Self::Staff);
        [Self::Guest, Self::Customer]
            .into_iter()
            .chain(staff)
            .collect()
    }

    /// Everyone.
    pub(super) fn all() -> Vec<Self> {
        let others = [
            Self::PasswordOnly,
            Self::LongAgo,
            Self::Expired,
            Self::Forger,
        ];
        Self::shown().into_iter().chain(others).collect()
    }

    /// The head of their column.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Customer => "customer",
            Self::Staff(group) => group.name(),
            Self::PasswordOnly => "staff without a second factor",
            Self::LongAgo => "staff with an old second factor",
            Self::Expired => "expired token",
            Self::Forger => "foreign token",
        }
    }
}

/// The key that the shop trusts, and another one.
pub(super) struct Tokens {
    trusted: TokenKey,
    foreign: TokenKey,
    customer: Uuid,
    staff: Uuid,
    /// The session of all their tokens.
    session: Uuid,
}

impl Tokens {
    pub(super) async fn of(shop: &Shop) -> Self {
        Self {
            trusted: shop.signing_key().await,
            foreign: TokenKey::generate(),
            customer: Uuid::now_v7(),
            staff: Uuid::now_v7(),
            session: Uuid::now_v7(),
        }
    }

    /// Makes the accounts of the customer or of staff real, with a live session: what changes credentials looks for it.
    pub(super) async fn make_real(&self, shop: &Shop, person: Person) {
        let (id, role) = match person {
            Person::Customer => (self.customer, "customer"),
            _ => (self.staff, "staff"),
        };
        let session = self.session;
        let database = shop.database("user").await;
        let insert = format!(
            "DELETE FROM sessions WHERE id = '{session}';
             INSERT INTO users (id, email, password_hash, display_name, role, created_at)
             VALUES ('{id}', '{id}@example.com', 'none', 'Test', '{role}', now()) ON CONFLICT DO NOTHING;
             INSERT INTO sessions (id, user_id, started_at, expires_at)
             VALUES ('{session}', '{id}', now(), now() + interval '1 hour')"
        );
        database.batch_execute(&insert).await.unwrap();
    }

    /// The caller's token.
    pub(super) fn of_person(&self, person: Person) -> Option<String> {
        let mut claims = match person {
            Person::Guest => return None,
            Person::Customer => Shop::claims(self.customer, "customer", &[]),
            Person::Staff(group) => Shop::claims(self.staff, "staff", &[group.name()]),
            Person::PasswordOnly => Shop::claims(self.staff, "staff", &[]),
            Person::LongAgo | Person::Expired | Person::Forger => {
                let groups = Group::ALL.map(Group::name);
                Shop::claims(self.staff, "staff", &groups)
            }
        };
        claims["sid"] = json!(self.session);
        let an_hour_ago = Clock::system().now().timestamp() - 3_600;
        match person {
            Person::PasswordOnly => claims["amr"] = json!(["pwd"]),
            Person::LongAgo => claims["auth_time"] = json!(an_hour_ago),
            Person::Expired => {
                claims["iat"] = json!(an_hour_ago - 600);
                claims["exp"] = json!(an_hour_ago);
            }
            Person::Forger => {
                // The id of a key that the shop trusts.
                let header = self.trusted.header();
                return Some(self.foreign.sign_with_header(&header, &claims));
            }
            _ => {}
        }
        Some(self.trusted.sign(&claims))
    }
}
