// @generated automatically by Diesel CLI.

diesel::table! {
    /// No prices: the catalog gives them whenever the cart is read.
    cart_lines (cart_id, sku) {
        cart_id -> Uuid,
        sku -> Text,
        quantity -> Int4,
        /// Later lines have a higher one; 0 for lines from before this column, which are sorted by SKU.
        position -> Int4,
    }
}

diesel::table! {
    /// One cart per customer or guest. Deleted when it is ordered, merged or expired.
    carts (id) {
        id -> Uuid,
        /// The signed-in customer; null for a guest.
        customer_id -> Nullable<Uuid>,
        /// SHA-256 of the token that names a guest's cart; the token itself is never stored.
        token_hash -> Nullable<Bytea>,
        /// As entered, in upper case; it may have expired since.
        discount_code -> Nullable<Text>,
        /// Counts writes: an order takes the cart only in the version that was priced.
        version -> Int8,
        updated_at -> Timestamptz,
        /// When a guest's cart may be deleted.
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Percentages off the lines of a cart.
    discount_codes (code) {
        code -> Text,
        /// Hundredths of a percent: 1000 takes 10 % off.
        basis_points -> Int4,
        /// The lines must come to this much, in minor units; NULL for any amount.
        minimum_minor -> Nullable<Int8>,
        minimum_currency -> Nullable<Text>,
        valid_from -> Timestamptz,
        /// The first moment at which it is no longer valid; NULL for never.
        valid_until -> Nullable<Timestamptz>,
        /// The most orders that use it; NULL for any number.
        max_uses -> Nullable<Int4>,
        /// The most orders of one customer that use it; NULL for any number.
        max_uses_per_customer -> Nullable<Int4>,
        /// The rows of discount_uses with this code. Orders from before that table do not count.
        uses -> Int4,
        /// When staff ended it; NULL if they did not.
        ended_at -> Nullable<Timestamptz>,
        /// Counts changes by staff.
        version -> Int8,
    }
}

diesel::table! {
    /// Orders that use a discount code. Inserted with the order, deleted when it is rejected or cancelled.
    discount_uses (order_id) {
        order_id -> Uuid,
        code -> Text,
        customer_id -> Uuid,
    }
}

diesel::table! {
    /// Answers to checkouts, committed together with their order.
    idempotency_keys (customer_id, key) {
        customer_id -> Uuid,
        key -> Text,
        /// SHA-256 of the request: the same key with another request is refused.
        fingerprint -> Bytea,
        /// The order as it was placed: the same request again is answered with it.
        answer -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// The timeline of an order across the services. No personal data.
    order_events (order_id, id) {
        order_id -> Uuid,
        id -> Int8,
        at -> Timestamptz,
        /// The service that acted.
        service -> Text,
        /// What happened, in snake_case.
        kind -> Text,
        /// What happened, as a sentence.
        message -> Text,
    }
}

diesel::table! {
    /// SKU, name and price as they were sold, in the order's currency.
    order_lines (order_id, position) {
        order_id -> Uuid,
        position -> Int4,
        sku -> Text,
        name -> Text,
        quantity -> Int4,
        unit_price_minor -> Int8,
    }
}

diesel::table! {
    /// Orders with their totals and address. Ids are UUIDv7 and sort by the time of placing.
    orders (id) {
        id -> Uuid,
        customer_id -> Uuid,
        status -> Text,
        /// Why it was rejected or cancelled.
        reason -> Nullable<Text>,
        currency -> Text,
        lines_minor -> Int8,
        discount_minor -> Int8,
        shipping_minor -> Int8,
        /// At the destination's rate on lines less discount, plus shipping.
        tax_minor -> Int8,
        total_minor -> Int8,
        discount_code -> Nullable<Text>,
        recipient -> Text,
        line1 -> Text,
        line2 -> Text,
        city -> Text,
        region -> Text,
        postal_code -> Text,
        country -> Text,
        /// The provider's name for it; never a card number.
        payment_method -> Text,
        /// The reservation at catalog; assigned here, so that a command can be sent again.
        reservation_id -> Uuid,
        /// The payment at payment; assigned here, so that a command can be sent again.
        payment_id -> Uuid,
        /// The carrier's; set when shipment is requested, cleared when the capture fails.
        tracking_number -> Nullable<Text>,
        /// How often shipment was requested: distinguishes the reply to the latest capture from replies to earlier ones.
        shipments -> Int4,
        placed_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// The number that people read out and type, random and unique; NULL until the job has given one to an order from before this column.
        number -> Nullable<Text>,
    }
}

diesel::table! {
    /// Orders whose payment was declined. Kept only as long as they count against the limits of checkout.declines.
    payment_declines (order_id) {
        order_id -> Uuid,
        customer_id -> Uuid,
        /// The network that the order was placed from; NULL if it is unknown.
        network -> Nullable<Text>,
        payment_method -> Text,
        /// The provider's name of the card, the same for every payment method with it; the payment method if it is unknown.
        card -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    /// The units that a refund is for, with their share of the order's amounts. A refund of an amount has none.
    refund_lines (refund_id, position, first_unit) {
        refund_id -> Uuid,
        /// The line of the order.
        position -> Int4,
        /// The first of consecutive units of the line, counted from 1. Each unit has a fixed share, so that all parts sum to the whole.
        first_unit -> Int4,
        quantity -> Int4,
        sku -> Text,
        lines_minor -> Int8,
        discount_minor -> Int8,
        shipping_minor -> Int8,
        tax_minor -> Int8,
    }
}

diesel::table! {
    /// Money returned to the customer. Refunds that did not fail never add up to more than the order's total.
    refunds (id) {
        id -> Uuid,
        order_id -> Uuid,
        idempotency_key -> Text,
        /// SHA-256 of the request: the same key with another request is refused.
        fingerprint -> Bytea,
        amount_minor -> Int8,
        currency -> Text,
        /// As the requester wrote it.
        reason -> Text,
        status -> Text,
        attempts -> Int4,
        /// When to send the command to payment again.
        next_attempt_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// The units of a return, with their share of the order's amounts.
    return_lines (return_id, position, first_unit) {
        return_id -> Uuid,
        /// The line of the order.
        position -> Int4,
        /// The first of consecutive units of the line, counted from 1.
        first_unit -> Int4,
        quantity -> Int4,
        sku -> Text,
        lines_minor -> Int8,
        discount_minor -> Int8,
        shipping_minor -> Int8,
        tax_minor -> Int8,
    }
}

diesel::table! {
    /// Requests of customers to return units, and the decisions about them. Ids are UUIDv7.
    returns (id) {
        id -> Uuid,
        order_id -> Uuid,
        idempotency_key -> Text,
        /// SHA-256 of the request: the same key with another request is refused.
        fingerprint -> Bytea,
        status -> Text,
        reason -> Text,
        /// As the customer wrote it.
        note -> Text,
        /// The staff member; NULL if the customer withdrew it, or the rule in the configuration approved it.
        decided_by -> Nullable<Uuid>,
        /// As staff wrote it.
        decision_note -> Text,
        /// What the approval granted; 0 without a refund.
        amount_minor -> Nullable<Int8>,
        currency -> Text,
        refund_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// The reply that an order waits for: one row per order, never deleted.
    sagas (order_id) {
        order_id -> Uuid,
        /// running: going forward; compensating: undoing; done: no step is open.
        status -> Text,
        /// The command that was sent and has no reply yet.
        step -> Nullable<Text>,
        /// Why the order is being, or was, undone.
        reason -> Nullable<Text>,
        /// How often the command of the step was sent.
        attempts -> Int4,
        /// The deadline: send again, or give up and compensate.
        next_attempt_at -> Nullable<Timestamptz>,
        /// When the command of the step was first sent; without meaning while no step is open.
        since -> Timestamptz,
        /// Where the customer completes 3-D Secure; null when no action is required.
        action_url -> Nullable<Text>,
        /// When the order stops waiting for the customer.
        action_expires_at -> Nullable<Timestamptz>,
        /// Whether 3-D Secure was required: the customer's time does not count as ours.
        waited_for_customer -> Bool,
        /// Whether the provider has let the authorization expire.
        hold_expired -> Bool,
        /// W3C trace context of the span that placed the order: what a deadline does later belongs to the same trace.
        traceparent -> Nullable<Text>,
        /// W3C tracestate of the same span, passed on unchanged.
        tracestate -> Nullable<Text>,
        updated_at -> Timestamptz,
        /// The network that the order was placed from; cleared when no step is open.
        client_network -> Nullable<Text>,
    }
}

diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(discount_uses -> discount_codes (code));
diesel::joinable!(discount_uses -> orders (order_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(payment_declines -> orders (order_id));
diesel::joinable!(refund_lines -> refunds (refund_id));
diesel::joinable!(refunds -> orders (order_id));
diesel::joinable!(return_lines -> returns (return_id));
diesel::joinable!(returns -> orders (order_id));
diesel::joinable!(returns -> refunds (refund_id));
diesel::joinable!(sagas -> orders (order_id));

diesel::allow_tables_to_appear_in_same_query!(
    cart_lines,
    carts,
    discount_codes,
    discount_uses,
    idempotency_keys,
    order_events,
    order_lines,
    orders,
    payment_declines,
    refund_lines,
    refunds,
    return_lines,
    returns,
    sagas,
);
