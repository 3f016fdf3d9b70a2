use std::collections::BTreeSet;

use chassis::auth::{Policy, Row};
use chassis::call::RPCS;
use e2e::Shop;
use futures_util::future::join_all;
use tonic::Code;

use super::people::{Person, Tokens};
use super::rule::Rule;
use crate::shops::WITHOUT_RATE_LIMITS;

/// The reasons with which a service refuses a caller.
const REFUSALS: [&str; 5] = [
    "TOKEN_MISSING",
    "TOKEN_EXPIRED",
    "TOKEN_INVALID",
    "FORBIDDEN",
    "STEP_UP_REQUIRED",
];

/// Each service with its own rows.
pub(super) fn policies() -> [(&'static str, Policy); 4] {
    [
        ("user", user::POLICY),
        ("catalog", catalog::POLICY),
        ("order", order::POLICY),
        ("payment", payment::POLICY),
    ]
}

/// The rows of a service, with those that every service has.
fn rows(policy: Policy) -> Vec<Row> {
    policy.and(&operations::POLICY).rows().to_vec()
}

/// An empty request names nothing, so a call that is admitted changes nothing: it is invalid, or it reads. The exceptions
/// make a signing key and start a reconciliation, which a shop does by itself, too.
async fn refusal(
    shop: &Shop,
    service: &str,
    path: &'static str,
    token: Option<&str>,
) -> Option<String> {
    let (code, reason) = shop.call_rpc(service, path, token).await;
    let is_broken = matches!(
        code,
        Code::Unavailable | Code::Internal | Code::Unknown | Code::Unimplemented
    );
    assert!(!is_broken, "{service} {path}: {code:?} {reason}");
    REFUSALS.contains(&reason.as_str()).then_some(reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_admits_whom_its_row_says_and_nobody_else() {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    let tokens = Tokens::of(&shop).await;
    let mut wrong = Vec::new();
    for (service, policy) in policies() {
        for (path, access, _) in rows(policy) {
            let calls = Person::all().into_iter().map(async |person| {
                let token = tokens.of_person(person);
                let actual = refusal(&shop, service, path, token.as_deref()).await;
                (person, actual)
            });
            for (person, actual) in join_all(calls).await {
                let rule = Rule::of_rpc(path, access);
                if !rule.admits(person, actual.as_deref()) {
                    let expected = rule.refusal(person);
                    let name = person.name();
                    wrong.push(format!(
                        "{service} {path} as {name}: {actual:?}, not {expected:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rpc_has_one_row() {
    let mut seen = BTreeSet::new();
    let tables = policies().map(|(_, policy)| policy);
    for policy in tables.iter().chain([&operations::POLICY]) {
        for (path, ..) in policy.rows() {
            assert!(seen.insert(*path), "{path} has two rows");
        }
    }
    let all: BTreeSet<&str> = RPCS.iter().map(|method| method.path.as_str()).collect();
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rpc_without_a_row_is_denied_to_everyone() {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    let tokens = Tokens::of(&shop).await;
    // The RPCs of another service, and one that does not exist.
    let foreign = "/mercantile.payment.v1.PaymentService/GetPayment";
    let missing = "/mercantile.order.v1.OrderService/DropEverything";
    for person in Person::all() {
        for path in [foreign, missing] {
            let token = tokens.of_person(person);
            let (code, _) = shop.call_rpc("order", path, token.as_deref()).await;
            let is_denied = matches!(code, Code::PermissionDenied | Code::Unauthenticated);
            assert!(is_denied, "{path} as {}: {code:?}", person.name());
        }
    }
}
