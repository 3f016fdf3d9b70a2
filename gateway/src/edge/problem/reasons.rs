//! The one table of errors: reason → HTTP status and texts.
//!
//! A reason comes from a service's `ErrorInfo.reason`, or from the gateway itself. It is also the
//! problem's `type`: `CART_EMPTY` is `/problems/cart-empty`. `docs/errors.md` shows the table.

use tonic::Code;

/// One kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable name, `SCREAMING_SNAKE`.
    pub reason: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Title for people.
    pub title: &'static str,
    /// What it means, when the service gives no message.
    pub detail: &'static str,
    /// Seconds after which a retry makes sense, if it does.
    pub retry_after_s: Option<u64>,
}

impl Kind {
    /// The problem's `type`.
    pub fn uri(&self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The last segment of its `type`: `cart-empty`.
    pub fn slug(&self) -> String {
        self.reason.to_lowercase().replace('_', "-")
    }
}

macro_rules! kinds {
    ($($reason:ident $status:literal $title:literal $detail:literal $(after $seconds:literal)?;)+) => {
        $(
            #[doc = $title]
            pub static $reason: Kind = Kind {
                reason: stringify!($reason),
                status: $status,
                title: $title,
                detail: $detail,
                retry_after_s: kinds!(@ $($seconds)?),
            };
        )+

        /// Every kind, in the order of the table.
        pub static ALL: &[&Kind] = &[$(&$reason),+];
    };
    (@ $seconds:literal) => { Some($seconds) };
    (@) => { None };
}

kinds! {
    // The request itself.
    NOT_FOUND 404 "There is nothing here" "no such page; GET /openapi.json lists what there is";
    METHOD_NOT_ALLOWED 405 "This URL does not know the method" "see the Allow header";
    PATH_INVALID 400 "A part of the URL is not valid" "a part of the URL is not what it must be";
    QUERY_INVALID 400 "The query is not valid" "the query is not what it must be";
    HEADER_INVALID 400 "A header is not valid" "a header is not what it must be";
    JSON_INVALID 400 "The body is not the JSON that it must be" "the body could not be read as JSON";
    BODY_TOO_LARGE 413 "The body is too large" "the body is larger than this server takes";
    BODY_TYPE_UNSUPPORTED 415 "The body must be JSON" "send the body as application/json";
    BODY_TIMED_OUT 408 "The body did not come in time" "the body did not come in time";
    IDEMPOTENCY_KEY_MISSING 400 "The Idempotency-Key header is missing"
        "send an Idempotency-Key header of your own making, and the same one when you try again";
    IDEMPOTENCY_KEY_INVALID 400 "The Idempotency-Key header is not valid"
        "the Idempotency-Key must be 1 to 255 visible ASCII characters";
    BAD_REQUEST 400 "The request is not valid" "the request is not what it must be";
    VALIDATION_FAILED 422 "Some fields are not valid" "some fields are not what they must be";
    PAGE_TOKEN_INVALID 400 "The page token is not valid" "begin again with the first page";
    RATE_LIMITED 429 "Too many requests" "wait before you try again" after 1;

    // Who is asking.
    TOKEN_MISSING 401 "Sign in first" "this needs an access token in the Authorization header";
    TOKEN_INVALID 401 "The access token is not valid" "the access token is not one of ours";
    TOKEN_EXPIRED 401 "The access token has expired" "refresh the session or sign in again";
    CREDENTIALS_INVALID 401 "E-mail or password is wrong" "e-mail or password is wrong";
    SESSION_INVALID 401 "The session is not valid" "sign in again";
    SESSION_REUSED 401 "The refresh token was used before" "the session was ended; sign in again";
    TOO_MANY_SIGN_INS 503 "Too many people are signing in" "try again in a moment" after 1;
    FORBIDDEN 403 "This is not for you" "this is for people who work here";

    // Accounts.
    EMAIL_TAKEN 409 "The e-mail address is taken" "there is an account with this e-mail address";
    ADDRESS_NOT_FOUND 404 "No such address" "there is no such address in your book";
    ACCOUNT_NOT_FOUND 404 "The account is gone" "your account does not exist any more";
    ADDRESS_LIMIT_REACHED 409 "The address book is full" "remove an address first";

    // The catalog.
    PRODUCT_NOT_FOUND 404 "No such product" "there is no such product";
    CATEGORY_NOT_FOUND 422 "No such category" "there is no such category";
    CATEGORY_SLUG_TAKEN 409 "The category's slug is taken" "another category has this slug";
    SKU_TAKEN 409 "The SKU is taken" "another product has this SKU";
    SLUG_TAKEN 409 "The slug is taken" "another product has this slug";
    PRODUCT_CHANGED 409 "The product has changed" "read it again, then repeat the change";
    STOCK_INSUFFICIENT 409 "Not enough stock" "on hand may not fall below what is reserved";

    // Cart and checkout.
    CART_EMPTY 409 "The cart is empty" "put something into the cart first";
    CART_FULL 409 "The cart is full" "the cart cannot hold more lines";
    CART_CHANGED 409 "The cart has changed" "look at the cart again, then try again";
    AMOUNT_TOO_LARGE 422 "The amount is too large" "the amount is more than this shop can count";
    CURRENCY_MISMATCH 409 "Two currencies in one cart" "all lines must be in one currency";
    DISCOUNT_INVALID 422 "The discount code is not valid" "there is no such discount code";
    DESTINATION_NOT_SERVED 422 "We do not ship there" "we do not ship to this country";
    TOTAL_CHANGED 409 "The total has changed" "look at the cart again before you order";
    IDEMPOTENCY_KEY_REUSED 422 "The Idempotency-Key was used for another request"
        "use a new Idempotency-Key for a new request";
    IDEMPOTENCY_KEY_IN_USE 409 "The first request with this Idempotency-Key still runs"
        "try again with the same key in a moment" after 1;

    // Orders and money.
    ORDER_NOT_FOUND 404 "No such order" "there is no such order";
    ORDER_NOT_CANCELLABLE 409 "The order cannot be cancelled" "it is too late to cancel this order";
    ORDER_NOT_SHIPPABLE 409 "The order cannot be shipped" "only confirmed orders can be shipped";
    ORDER_NOT_DELIVERABLE 409 "The order cannot be delivered" "only shipped orders can arrive";
    ORDER_NOT_REFUNDABLE 409 "The order cannot be refunded" "only shipped orders can be refunded";
    REFUND_EXCEEDS_CAPTURED 422 "The refund is too large" "it is more than what is left to give back";
    PAYMENT_NOT_FOUND 404 "No such payment" "there is no payment for this order yet";

    // What the payment provider tells.
    WEBHOOK_SIGNATURE_INVALID 400 "The webhook's signature is not valid"
        "the Stripe-Signature is not one over this body, or too old";

    // What people who work here see to.
    DEAD_LETTER_NOT_FOUND 404 "No such dead letter" "there is no such dead letter any more";
    SAGA_NOT_IN_FLIGHT 409 "Nothing is under way for the order" "nothing is under way for this order";
    SAGA_PAST_PIVOT 409 "The checkout cannot be given up any more"
        "the commit was asked for, and only its answer decides";
    RECONCILIATION_NOT_FOUND 404 "No such reconciliation" "there is no such reconciliation";

    // What a service says without a reason of its own.
    CONFLICT 409 "This does not fit the present state" "this does not fit the present state";
    TOO_LARGE 413 "The request or its answer is too large" "ask for less at once";
    OVERLOADED 503 "The shop is very busy" "try again in a moment" after 1;
    UNAVAILABLE 503 "A part of the shop is away" "try again in a moment" after 1;
    KEYS_UNAVAILABLE 503 "Sign-in is away" "access tokens cannot be checked right now" after 1;
    DEADLINE_EXCEEDED 504 "The answer did not come in time" "the answer did not come in time" after 1;
    INTERNAL 500 "Something went wrong on our side" "something went wrong on our side";
}

/// The kind that a service's refusal belongs to: by its reason, else by its gRPC code.
pub fn of(reason: &str, code: Code) -> &'static Kind {
    let known = ALL.iter().copied().find(|kind| kind.reason == reason);
    known.unwrap_or(match code {
        Code::InvalidArgument | Code::OutOfRange => &BAD_REQUEST,
        Code::NotFound => &NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => &CONFLICT,
        Code::PermissionDenied => &FORBIDDEN,
        Code::Unauthenticated => &TOKEN_INVALID,
        Code::ResourceExhausted => &OVERLOADED,
        // Only the end of the budget cancels a call here.
        Code::DeadlineExceeded | Code::Cancelled => &DEADLINE_EXCEEDED,
        Code::Unavailable => &UNAVAILABLE,
        Code::Ok | Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => {
            &INTERNAL
        }
    })
}

/// The kind of a bare HTTP status, from a refusal by the HTTP library.
pub fn of_status(status: u16) -> &'static Kind {
    let own = [
        &BAD_REQUEST,
        &NOT_FOUND,
        &METHOD_NOT_ALLOWED,
        &BODY_TIMED_OUT,
        &BODY_TOO_LARGE,
        &BODY_TYPE_UNSUPPORTED,
    ];
    let same = own.into_iter().find(|kind| kind.status == status);
    same.unwrap_or(if status < 500 {
        &BAD_REQUEST
    } else {
        &INTERNAL
    })
}

/// The kind with this last segment of its `type`.
pub fn by_slug(slug: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.slug() == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_unique() {
        let mut reasons: Vec<_> = ALL.iter().map(|kind| kind.reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), ALL.len());
    }

    #[test]
    fn a_reason_counts_more_than_its_code() {
        assert_eq!(of("CART_EMPTY", Code::NotFound), &CART_EMPTY);
        assert_eq!(of("", Code::NotFound), &NOT_FOUND);
        assert_eq!(of("WHO_KNOWS", Code::FailedPrecondition), &CONFLICT);
        assert_eq!(of("", Code::Unknown), &INTERNAL);
    }
}
