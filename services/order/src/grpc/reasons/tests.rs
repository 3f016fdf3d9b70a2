use kernel::{Currency, Money, Violations};

use super::*;

#[test]
fn an_answer_of_the_catalog_above_the_limit_is_a_bug_and_no_outage() {
    let failed = |status: Status| Status::from(Failure::Catalog(Box::new(status))).code();
    let too_large = Reject::new(Code::ResourceExhausted, status::TOO_LARGE, "");
    assert_eq!(
        failed(Status::out_of_range("4194304 bytes")),
        Code::Internal
    );
    assert_eq!(failed(too_large.into()), Code::Internal);
    let overloaded = Reject::new(Code::ResourceExhausted, status::OVERLOADED, "");
    assert_eq!(failed(overloaded.into()), Code::Unavailable);
    assert_eq!(failed(Status::unavailable("gone")), Code::Unavailable);
}

#[test]
fn every_error_is_listed_with_a_code() {
    let some = Money::new(1, Currency::EUR);
    let all = [
        Error::Invalid(Violations::one("field", "is wrong")),
        Error::CartEmpty,
        Error::CartTokenInvalid,
        Error::CartFull,
        Error::ProductNotFound("MUG".parse().expect("a SKU")),
        Error::NotSellable(Vec::new()),
        Error::CurrencyMismatch {
            whole: "the cart",
            currency: Currency::EUR,
            part: "MUG".to_owned(),
            other: Currency::USD,
        },
        Error::TotalChanged(some),
        Error::DiscountInvalid,
        Error::DiscountNotFound,
        Error::DiscountExists,
        Error::DiscountChanged { current: 2 },
        Error::DiscountEnded,
        Error::DestinationNotServed("XX".to_owned()),
        Error::KeyReused,
        Error::KeyInUse,
        Error::CartChanged,
        Error::OrderNotFound,
        Error::NotCancellable("now"),
        Error::NotShippable("now"),
        Error::OwnOrder,
        Error::NotDeliverable,
        Error::NotRefundable("now"),
        Error::RefundExceedsCaptured(some),
        Error::RefundExceedsBought {
            sku: "MUG".parse().expect("a SKU"),
            left: 0,
        },
        Error::NotReturnable("now"),
        Error::ReturnExceedsBought {
            sku: "MUG".parse().expect("a SKU"),
            left: 1,
        },
        Error::ReturnNotFound,
        Error::ReturnNotOpen(crate::domain::ReturnStatus::Refused),
        Error::SagaNotInFlight,
        Error::SagaPastPivot,
        Error::PageTokenInvalid(tokens::PageTokenInvalid),
        Error::AmountTooLarge,
        Error::TotalTooLarge(some),
        Error::TooManyDeclines(crate::domain::LimitReached {
            by: crate::domain::CountedBy::Card,
            retry_after_s: 60,
        }),
        Error::PaymentMethodUnknown,
    ];
    let mut names = std::collections::BTreeSet::new();
    for error in all {
        let name = reason(&error);
        names.insert(name);
        let status = refuse(error);
        assert_ne!(status.code(), Code::Internal, "{name} is not in REASONS");
        assert_eq!(Details::from_status(&status).reason, name);
    }
    assert_eq!(names.len(), REASONS.len());
}
