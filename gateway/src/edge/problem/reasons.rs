//! The table of errors: reason → HTTP status and texts.
//!
//! A reason comes from a service's `ErrorInfo.reason`, or from the gateway. The problem's `type` is
//! derived from it: `CART_EMPTY` is `/problems/cart-empty`. `docs/errors.md` lists the table.

use tonic::Code;

/// One row of the table of errors.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable name, in `SCREAMING_SNAKE_CASE`.
    pub reason: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Title of the problem, for people.
    pub title: &'static str,
    /// Default detail, if the service sends no message: names the field and says what is expected.
    pub detail: &'static str,
    /// Seconds for `Retry-After`, if a retry makes sense.
    pub retry_after_s: Option<u64>,
}

impl Kind {
    /// The problem's `type`.
    pub fn uri(&self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The last segment of the problem's `type`: `cart-empty`.
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
    NOT_FOUND 404 "Not found" "no resource has this URL; GET /openapi.json lists all URLs";
    METHOD_NOT_ALLOWED 405 "Method not allowed" "the Allow header lists the methods of this URL";
    PATH_INVALID 400 "A path segment is invalid" "errors names the segment and says what is expected";
    QUERY_INVALID 400 "The query is invalid" "the query must be percent-encoded name=value pairs";
    HEADER_INVALID 400 "A header is invalid" "errors names the header and says what is expected";
    JSON_INVALID 400 "The JSON body is invalid" "the body must be JSON as GET /openapi.json describes it";
    NOT_ACCEPTABLE 406 "No acceptable encoding"
        "Accept-Encoding must allow identity, gzip or another encoding that the server supports";
    HEAD_TIMED_OUT 408 "The head timed out" "the head of the request did not arrive in time";
    HEAD_TOO_LARGE 431 "The head is too large" "the URL and the headers together exceed the size limit";
    BODY_TOO_LARGE 413 "The body is too large" "the body exceeds the size limit of this URL";
    BODY_TYPE_UNSUPPORTED 415 "The Content-Type is not supported" "Content-Type must be application/json";
    BODY_TIMED_OUT 408 "The body timed out" "the body did not arrive in time";
    IF_MATCH_MISSING 428 "The If-Match header is missing"
        "If-Match is required: send the ETag of the version that the change is based on";
    IDEMPOTENCY_KEY_MISSING 400 "The Idempotency-Key header is missing"
        "Idempotency-Key is required: choose a new one for each operation, and repeat it on a retry";
    IDEMPOTENCY_KEY_INVALID 400 "The Idempotency-Key header is invalid"
        "Idempotency-Key must be 1 to 255 visible ASCII characters";
    BAD_REQUEST 400 "Bad request" "the HTTP request is malformed, or its Origin is not allowed";
    VALIDATION_FAILED 422 "Some fields are invalid" "errors names each field and says what is expected";
    PAGE_TOKEN_INVALID 400 "The page token is invalid"
        "page_token must be the next_page_token of the same query; start again with the first page";
    RATE_LIMITED 429 "Too many requests" "retry after the time in the Retry-After header" after 1;

    TOO_MANY_STREAMS 429 "Too many event streams"
        "this account or address has too many open streams; close one, or retry after the time in the Retry-After header" after 10;

    // Forms of the pages.
    FORM_EXPIRED 403 "The form has expired"
        "the form is from before a sign-in or sign-out, or cookies are blocked; reload its page and send it again";
    ORIGIN_REFUSED 403 "The form is from another site" "a form can only be sent from a page of this shop";

    // The caller.
    TOKEN_MISSING 401 "Not signed in" "the Authorization header must be `Bearer <access token>`";
    TOKEN_INVALID 401 "The access token is invalid"
        "the access token is malformed or has no valid signature; sign in again";
    TOKEN_EXPIRED 401 "The access token has expired" "refresh the session or sign in again";
    CREDENTIALS_INVALID 401 "E-mail or password is wrong" "e-mail or password is wrong";
    SESSION_INVALID 401 "The session is invalid"
        "refresh_token is unknown or expired, or its session has ended; sign in again";
    SESSION_REUSED 401 "The refresh token was already used"
        "refresh_token was already used, so the session is revoked; sign in again";
    TOO_MANY_SIGN_INS 503 "Too many concurrent sign-ins" "retry in a moment" after 1;
    SIGN_IN_THROTTLED 429 "Too many failed sign-ins"
        "retry after the time in the Retry-After header, or with the Device-Token of an earlier sign-in" after 60;
    FORBIDDEN 403 "Forbidden" "the caller is in none of the groups of staff that may make this request";
    STEP_UP_REQUIRED 401 "A second factor is required"
        "prove your second factor with POST /api/v1/sessions/step-up, then repeat the request with the new token";
    CODE_INVALID 422 "The code is wrong" "code is wrong or was used before; wait for the next one";
    TOO_MANY_CODES 429 "Too many wrong codes" "wait for the time in the Retry-After header" after 900;
    SECOND_FACTOR_MISSING 409 "No second factor" "enroll a second factor first, with POST /api/v1/me/second-factor";
    SECOND_FACTOR_NOT_BEGUN 409 "No enrollment in progress"
        "begin the enrollment first, with POST /api/v1/me/second-factor";
    INVITATION_INVALID 422 "The invitation is invalid"
        "token is unknown, expired, used or replaced by another; ask for a new invitation";
    ALREADY_STAFF 409 "The account is staff already" "change its groups instead";
    STAFF_LIMIT_REACHED 409 "Too many staff accounts" "remove staff or invitations first";
    CUSTOMER_NOT_FOUND 404 "Customer not found" "no customer has this id";
    STAFF_NOT_FOUND 404 "Staff member not found" "no staff member and no invitation has this id";
    INVITATION_NOT_MAILED 409 "The invitation cannot be mailed" "this address has had its e-mails of the day; invite it tomorrow";
    INVITATION_NEEDS_MAIL 409 "The invitation needs mail"
        "mail is off and this address has an account, whose owner alone may get the token; turn mail on first";
    OWN_GROUPS 403 "These are your own groups" "nobody changes the groups of their own account; ask another admin";
    LAST_ADMIN 409 "This is the last admin" "make another admin first";

    // Accounts.
    PASSWORD_WRONG 403 "The password is wrong" "the password of the signed-in account is another one";
    PASSWORD_RESET_INVALID 422 "The token of the password reset is invalid"
        "token must be that of an e-mail of the last hour, unused, and newer than the last change of the account";
    EMAIL_CHANGE_INVALID 422 "The token of the e-mail change is invalid"
        "token must be that of an e-mail of the last hour, unused, and newer than the last change of the account";
    EMAIL_TAKEN 409 "The e-mail address is taken" "another account got this e-mail address in the meantime";
    SESSION_NOT_FOUND 404 "Session not found" "the caller has no session with this id, or it has ended";
    VERIFICATION_INVALID 422 "The verification token is invalid"
        "token must be the token of an e-mail of the last 7 days";
    SIGNING_KEY_NOT_FOUND 404 "Signing key not found" "no signing key has this id; GET /.well-known/jwks.json lists them";
    ADDRESS_NOT_FOUND 404 "Address not found" "the caller has no address with this id";
    ACCOUNT_NOT_FOUND 404 "Account not found" "the caller's account does not exist any more";
    ADDRESS_LIMIT_REACHED 409 "The address book is full" "remove an address first";

    // The catalog.
    PRODUCT_NOT_FOUND 404 "Product not found" "no product has this slug or SKU";
    CATEGORY_NOT_FOUND 404 "Category not found" "no category has this slug";
    CATEGORY_NOT_EMPTY 409 "The category has products" "give its products, also the archived ones, another category first";
    CATEGORY_SLUG_TAKEN 409 "The category slug is taken" "another category has this slug";
    SKU_TAKEN 409 "The SKU is taken" "another product has this SKU";
    SLUG_TAKEN 409 "The slug is taken" "another product for sale has this slug";
    CATEGORY_CHANGED 412 "The category has changed" "If-Match is not current; read the category and repeat the change";
    PRODUCT_CHANGED 412 "The product has changed" "If-Match is not current; read the product and repeat the change";
    STOCK_INSUFFICIENT 409 "Insufficient stock" "delta must not remove units that are reserved for orders";

    // Cart and checkout.
    CART_EMPTY 409 "The cart is empty" "add a product to the cart first";
    CART_TOKEN_INVALID 400 "The cart token is invalid"
        "Cart-Token must be a token that the shop issued; leave it out to get a new cart";
    CART_FULL 409 "The cart is full" "the cart cannot hold more lines";
    CART_CHANGED 409 "The cart has changed" "read the cart, then retry";
    CART_NOT_SELLABLE 409 "The cart has lines that cannot be sold"
        "errors names each line and the reason; remove them from the cart first";
    AMOUNT_TOO_LARGE 422 "The amount is too large" "a total exceeds the largest supported amount";
    PAYMENT_METHOD_UNKNOWN 422 "The payment method is unknown"
        "payment_method must be the id of a payment method that the shop accepts";
    TOO_MANY_DECLINES 429 "Too many declined payments"
        "too many payments were declined; retry after the time in the Retry-After header" after 60;
    CURRENCY_MISMATCH 409 "The currencies differ" "all amounts must be in one currency";
    DISCOUNT_INVALID 422 "The discount code is invalid"
        "code must be a discount code that applies to this cart now";
    DISCOUNT_NOT_FOUND 404 "No such discount code" "there is no such discount code";
    DISCOUNT_EXISTS 409 "The discount code exists"
        "the code exists, or existed before; choose another one";
    DISCOUNT_CHANGED 412 "The discount code has changed" "If-Match is not current; read it and repeat the change";
    DISCOUNT_ENDED 409 "The discount code has ended" "create another code";
    DESTINATION_NOT_SERVED 422 "No shipping to this country" "the shop does not ship to this country";
    TOTAL_CHANGED 409 "The total has changed"
        "expected_total is not the current total; read the cart before you order";
    IDEMPOTENCY_KEY_REUSED 422 "The Idempotency-Key was used for another request"
        "use a new Idempotency-Key for a new request";
    IDEMPOTENCY_KEY_IN_USE 409 "A request with this Idempotency-Key is in progress"
        "retry with the same Idempotency-Key in a moment" after 1;

    // Orders and payments.
    ORDER_NOT_FOUND 404 "Order not found" "the caller has no order with this id";
    ORDER_NOT_CANCELLABLE 409 "The order cannot be canceled"
        "the order cannot be canceled in its current status";
    ORDER_NOT_SHIPPABLE 409 "The order cannot be shipped" "only confirmed orders can be shipped";
    ORDER_NOT_DELIVERABLE 409 "The order cannot be delivered" "only shipped orders can be delivered";
    ORDER_NOT_REFUNDABLE 409 "The order cannot be refunded"
        "only shipped and delivered orders can be refunded";
    REFUND_EXCEEDS_CAPTURED 422 "The refund is too large"
        "amount must not exceed what is left to refund";
    REFUND_EXCEEDS_BOUGHT 409 "The units cannot be refunded"
        "lines must not have more units than are left: some are refunded or in an open return";
    ORDER_NOT_RETURNABLE 409 "The order cannot be returned"
        "only shipped and delivered orders can be returned, within the period for returns";
    RETURN_EXCEEDS_BOUGHT 409 "The units cannot be returned"
        "lines must not have more units than are left: some are refunded or in another return";
    RETURN_NOT_FOUND 404 "Return not found" "the caller has no return with this id";
    RETURN_NOT_OPEN 409 "The return is not open" "the return was approved, refused or withdrawn";
    OWN_ORDER 403 "The order is your own" "another member of staff must decide about it";
    PAYMENT_NOT_FOUND 404 "Payment not found" "the order has no payment yet";

    // Webhooks of the payment provider.
    WEBHOOK_SIGNATURE_INVALID 400 "The webhook signature is invalid"
        "Stripe-Signature must be a current signature of this body";

    // Operations.
    FAULTS_NOT_ALLOWED 409 "Faults are not allowed" "the configuration does not allow faults for demonstrations";
    DEAD_LETTER_NOT_FOUND 404 "Dead letter not found" "no dead letter has this id";
    SAGA_NOT_IN_FLIGHT 409 "The saga is idle" "no step of the order is in progress";
    SAGA_PAST_PIVOT 409 "The saga is past its pivot"
        "the commit or capture was sent, so the checkout cannot be compensated";
    RECONCILIATION_NOT_FOUND 404 "Reconciliation not found" "no reconciliation has this id";

    // Failures without a more specific reason.
    CONFLICT 409 "Conflict" "the request conflicts with the current state";
    TOO_LARGE 500 "A message between services is too large"
        "the request failed; trace_id identifies it in the logs";
    OVERLOADED 503 "Overloaded" "retry in a moment" after 1;
    UNAVAILABLE 503 "A service is unavailable" "retry in a moment" after 1;
    KEYS_UNAVAILABLE 503 "Access tokens cannot be verified"
        "the public keys are not available yet; retry in a moment" after 1;
    DEADLINE_EXCEEDED 504 "The request timed out"
        "the time budget of the request ended; retry in a moment" after 1;
    INTERNAL 500 "Internal error" "the request failed; trace_id identifies it in the logs";
}

/// The kind of a service's status: by its reason, or else by its gRPC code.
pub fn of(reason: &str, code: Code) -> &'static Kind {
    let listed = ALL.iter().copied().find(|kind| kind.reason == reason);
    listed.unwrap_or(match code {
        Code::NotFound => &NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => &CONFLICT,
        Code::PermissionDenied => &FORBIDDEN,
        Code::Unauthenticated => &TOKEN_INVALID,
        Code::ResourceExhausted => &OVERLOADED,
        // The gateway cancels a call only when the time budget ends.
        Code::DeadlineExceeded | Code::Cancelled => &DEADLINE_EXCEEDED,
        Code::Unavailable => &UNAVAILABLE,
        // The services name a reason for each invalid field. Without one, a message was too large, or the gateway
        // built an invalid request: not the client's fault.
        Code::InvalidArgument
        | Code::OutOfRange
        | Code::Unknown
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Ok => &INTERNAL,
    })
}

/// The kind of an error response by the HTTP library, which has only a status. A status without a kind of its
/// own becomes that of a general kind.
pub fn of_status(status: u16) -> &'static Kind {
    let own = [
        &BAD_REQUEST,
        &NOT_FOUND,
        &METHOD_NOT_ALLOWED,
        &NOT_ACCEPTABLE,
        &HEAD_TOO_LARGE,
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

/// The kind by the last segment of its `type`.
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
    fn a_reason_takes_precedence_over_its_code() {
        assert_eq!(of("CART_EMPTY", Code::NotFound), &CART_EMPTY);
        assert_eq!(of("", Code::NotFound), &NOT_FOUND);
        assert_eq!(of("NO_SUCH_REASON", Code::FailedPrecondition), &CONFLICT);
        assert_eq!(of("", Code::Unknown), &INTERNAL);
        assert_eq!(of("", Code::OutOfRange), &INTERNAL);
    }
}
