use super::constants::Constant;

/// By topic, in the order of the page.
pub(super) const TOPICS: &[(&str, &[Constant])] = &[
    (
        "HTTP",
        &[
            (
                "gateway/src/rest/request/headers.rs",
                "MAX_LENGTH",
                "characters of an idempotency key or a cart token",
            ),
            (
                "gateway/src/rest/request/query.rs",
                "MAX_PARAMETERS",
                "parameters of a query",
            ),
            (
                "gateway/src/edge/problem.rs",
                "MAX_ERRORS",
                "invalid fields that a problem lists",
            ),
            (
                "gateway/src/edge/problem.rs",
                "MAX_TEXT",
                "characters of a text of a problem",
            ),
            (
                "gateway/src/edge/server.rs",
                "SEND_BUFFER",
                "bytes that the kernel keeps for a client that does not read; Linux doubles it",
            ),
            (
                "gateway/src/edge/server.rs",
                "WRITE_BUFFER",
                "bytes of a response that are written at a time",
            ),
            (
                "gateway/src/edge/middleware/exchange.rs",
                "PART",
                "bytes of a response that the HTTP library gets at a time",
            ),
            (
                "gateway/src/edge/connection/closing.rs",
                "LINGER",
                "time in which a client can read the last response of a connection",
            ),
            (
                "shared/tokens/src/pages.rs",
                "LIFETIME_H",
                "hours for which a page token is valid",
            ),
            (
                "gateway/src/progress/stream.rs",
                "READ_TIMEOUT",
                "time for each read of an order by a stream of its events",
            ),
            (
                "gateway/src/rest/order_page.rs",
                "PART_TIMEOUT",
                "time for each part of an order's page but the order",
            ),
            (
                "gateway/src/rest/webhooks.rs",
                "MAX_BYTES",
                "bytes of a webhook",
            ),
            (
                "shared/chassis/src/admin/connections.rs",
                "MAX_CONNECTIONS",
                "connections of an admin port",
            ),
            (
                "shared/chassis/src/admin/connections.rs",
                "MAX_AGE",
                "age at which a connection of an admin port is closed",
            ),
            (
                "gateway/src/upstreams/channels.rs",
                "MAX_CONCURRENT_WEBHOOKS",
                "webhooks in flight, per process",
            ),
            (
                "gateway/src/edge/rate_limit/shared.rs",
                "PAUSE_MS",
                "milliseconds without Redis after a failure",
            ),
        ],
    ),
    (
        "Products and search",
        &[
            (
                "services/catalog/src/domain/search.rs",
                "WORDS_MAX",
                "words of a search text",
            ),
            (
                "services/catalog/src/domain/search.rs",
                "FILTERS_MAX",
                "attribute filters of a search",
            ),
            (
                "services/catalog/src/domain/search.rs",
                "PAGE_SIZE",
                "products of a page by default",
            ),
            (
                "services/catalog/src/domain/search.rs",
                "PAGE_SIZE_MAX",
                "products of a page",
            ),
            (
                "services/catalog/src/domain/product.rs",
                "PRICE_MAX",
                "price of a product in minor units",
            ),
            (
                "services/catalog/src/domain/product.rs",
                "ON_HAND_MAX",
                "units on hand of a product",
            ),
            (
                "services/catalog/src/domain/product.rs",
                "ATTRIBUTES_MAX",
                "attributes of a product",
            ),
            (
                "services/catalog/src/domain/product.rs",
                "IMAGES_MAX",
                "images of a product",
            ),
            (
                "services/catalog/src/domain/category.rs",
                "MAX",
                "categories",
            ),
            (
                "services/catalog/src/domain/stock.rs",
                "DELTA_MAX",
                "units of one stock change",
            ),
            (
                "services/catalog/src/grpc/skus.rs",
                "SKUS_MAX",
                "SKUs of one price query",
            ),
        ],
    ),
    (
        "Carts and orders",
        &[
            ("shared/kernel/src/quantity.rs", "MAX", "units of one line"),
            (
                "services/order/src/domain/lines.rs",
                "MAX_LINES",
                "lines of a cart or an order",
            ),
            (
                "services/order/src/domain/pricing.rs",
                "MAX_SUM",
                "minor units that the lines of a cart may cost",
            ),
            (
                "services/order/src/app/carts.rs",
                "TRIES",
                "attempts to change a cart that changes meanwhile",
            ),
            (
                "services/order/src/domain/cart.rs",
                "GUEST_DAYS",
                "days until an unused guest cart is deleted",
            ),
            (
                "services/order/src/app/orders.rs",
                "PAGE_MAX",
                "orders of a page",
            ),
            (
                "services/order/src/app/orders.rs",
                "PAGE_DEFAULT",
                "orders of a page by default",
            ),
            (
                "services/order/src/domain/refund_request.rs",
                "MAX_REFUNDS",
                "refunds of an order",
            ),
            (
                "services/order/src/domain/return_request.rs",
                "MAX_RETURNS",
                "returns of an order",
            ),
            (
                "services/order/src/store/load.rs",
                "BATCH",
                "overdue sagas that one transaction continues",
            ),
        ],
    ),
    (
        "Payments",
        &[
            (
                "services/payment/src/domain/operation.rs",
                "KEY_SAFE_HOURS",
                "hours until an idempotency key of the provider is replaced",
            ),
            (
                "services/payment/src/app/reconcile.rs",
                "MAX_ATTEMPTS",
                "attempts of one reconciliation",
            ),
            (
                "services/payment/src/app/reconcile.rs",
                "MAX_DIFFERENCES",
                "differences in one report",
            ),
            (
                "services/payment/src/store/webhooks.rs",
                "KEPT",
                "webhooks kept because they are not understood",
            ),
        ],
    ),
    (
        "Accounts",
        &[
            (
                "services/user/src/domain/new_password.rs",
                "MIN_PASSWORD",
                "characters of a password, at least",
            ),
            (
                "services/user/src/domain/new_password.rs",
                "MAX_PASSWORD",
                "characters of a password",
            ),
            (
                "services/user/src/domain/account.rs",
                "MAX_EMAIL",
                "characters of an e-mail address",
            ),
            (
                "services/user/src/domain/address.rs",
                "MAX_ADDRESSES",
                "addresses of an account",
            ),
            (
                "services/user/src/domain/account_event.rs",
                "LINK_LIFETIME",
                "validity of a link that resets the password or changes the e-mail address",
            ),
            (
                "services/user/src/domain/user_agent.rs",
                "MAX_USER_AGENT",
                "characters of a client's name in the list of sessions",
            ),
            (
                "services/user/src/mailer/folder.rs",
                "KEPT",
                "e-mails kept in `mail.preview_folder`",
            ),
        ],
    ),
    (
        "Messages",
        &[
            (
                "shared/outbox/src/relay.rs",
                "BATCH",
                "messages that the relay publishes in one batch",
            ),
            (
                "shared/outbox/src/relay.rs",
                "LEASE",
                "lease of the relay on a batch",
            ),
            (
                "shared/outbox/src/relay.rs",
                "POLL",
                "time between two polls of the outbox",
            ),
            (
                "shared/outbox/src/relay.rs",
                "FIRST_DELAY",
                "first delay after the broker rejected a message",
            ),
            (
                "shared/outbox/src/relay.rs",
                "MAX_DELAY",
                "longest delay after the broker rejected a message",
            ),
            (
                "shared/outbox/src/consume.rs",
                "BATCH",
                "messages that share a commit",
            ),
            (
                "shared/messaging/src/queue.rs",
                "MAX_ATTEMPTS",
                "attempts of a message until it becomes a dead letter",
            ),
            (
                "shared/messaging/src/queue.rs",
                "FIRST_DELAY",
                "delay until the second attempt; each later one is four times as long",
            ),
            (
                "shared/messaging/src/queue.rs",
                "PREFETCH",
                "messages that a consumer holds unacknowledged",
            ),
            (
                "shared/messaging/src/queue.rs",
                "MAX_DELAY",
                "longest delay between two attempts of a message",
            ),
            (
                "shared/messaging/src/topology.rs",
                "DELIVERY_LIMIT",
                "deliveries until the broker dead-letters a message",
            ),
            (
                "shared/messaging/src/topology.rs",
                "UNROUTED_MAX_LENGTH",
                "unrouted events that are kept for one queue",
            ),
            (
                "shared/messaging/src/dead.rs",
                "MAX_SCAN",
                "dead letters that one operation reads",
            ),
        ],
    ),
    (
        "Connections",
        &[
            (
                "shared/chassis/src/grpc/server.rs",
                "KEEPALIVE_INTERVAL",
                "time between HTTP/2 pings of a gRPC server",
            ),
            (
                "shared/chassis/src/grpc/server.rs",
                "KEEPALIVE_TIMEOUT",
                "time until an unanswered ping closes a connection",
            ),
            (
                "shared/chassis/src/auth/keys/refresh.rs",
                "FETCH_TIMEOUT",
                "time for one fetch of the public keys",
            ),
            (
                "shared/upstream/src/retry_budget.rs",
                "EARNED_PER_CALL",
                "retry budget earned per call, in thousandths of a retry",
            ),
            (
                "shared/upstream/src/retry_budget.rs",
                "EARNED_PER_SECOND",
                "retry budget earned per second, in thousandths of a retry",
            ),
            (
                "shared/upstream/src/retry_budget.rs",
                "CAP",
                "retry budget at most, in thousandths of a retry",
            ),
            (
                "shared/upstream/src/breaker.rs",
                "WINDOW_SECONDS",
                "seconds of calls that the breaker counts",
            ),
            (
                "shared/persistence/src/database/transaction.rs",
                "RETRIES",
                "retries of a transaction after a conflict",
            ),
        ],
    ),
];
