// @generated automatically by Diesel CLI.

diesel::table! {
    /// No prices: they come from the catalog whenever the cart is looked at.
    cart_lines (cart_id, sku) {
        cart_id -> Uuid,
        sku -> Text,
        quantity -> Int4,
    }
}

diesel::table! {
    /// What somebody is about to buy. Gone when it is ordered, merged or expired.
    carts (id) {
        id -> Uuid,
        /// Whose, for a signed-in customer; one cart each.
        customer_id -> Nullable<Uuid>,
        /// SHA-256 of the token that names a guest's cart; the token itself is never stored.
        token_hash -> Nullable<Bytea>,
        /// As the customer gave it, in upper case; it may have expired since.
        discount_code -> Nullable<Text>,
        /// Counts the writes: an order takes the cart only as it was priced.
        version -> Int8,
        updated_at -> Timestamptz,
        /// When a guest's cart may be removed.
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// A share off the lines of a cart.
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
    }
}

diesel::table! {
    /// Checkouts that were carried out, committed together with their order.
    idempotency_keys (customer_id, key) {
        customer_id -> Uuid,
        key -> Text,
        /// SHA-256 of the request: the same key with another one is refused.
        fingerprint -> Bytea,
        /// The answer's bytes: a protobuf PlaceOrderResponse, replayed as it is.
        answer -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// The timeline: what happened to an order across the services. No personal data.
    order_events (order_id, id) {
        order_id -> Uuid,
        id -> Int8,
        at -> Timestamptz,
        /// Which service did it.
        service -> Text,
        /// What, in snake_case.
        kind -> Text,
        /// The same, for people.
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
    /// What was bought, on which terms. Ids are UUIDv7: they sort by the time of placing.
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
        /// The hold on stock at catalog; drawn here, so asking again is harmless.
        reservation_id -> Uuid,
        /// The payment at payment; drawn here, so asking again is harmless.
        payment_id -> Uuid,
        /// The carrier's; set when shipment is asked for, taken back when the capture fails.
        tracking_number -> Nullable<Text>,
        placed_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// How often shipment was asked for: tells the answer to the last capture from those to earlier ones.
        shipments -> Int4,
    }
}

diesel::table! {
    /// Money that goes back to the customer. The ones that did not fail never add up to more than the order's total.
    refunds (id) {
        id -> Uuid,
        order_id -> Uuid,
        idempotency_key -> Text,
        /// SHA-256 of the request: the same key with another one is refused.
        fingerprint -> Bytea,
        amount_minor -> Int8,
        currency -> Text,
        /// In the words of who asked.
        reason -> Text,
        status -> Text,
        attempts -> Int4,
        /// When to ask payment again.
        next_attempt_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Which answer an order is waiting for: one row per order, for good.
    sagas (order_id) {
        order_id -> Uuid,
        /// running: going forward; compensating: undoing; done: waiting for nothing.
        status -> Text,
        /// What was asked of a participant and is not answered yet.
        step -> Nullable<Text>,
        /// Why everything is being, or was, undone.
        reason -> Nullable<Text>,
        /// How often the step was asked for.
        attempts -> Int4,
        /// The deadline: ask again, or give up and undo.
        next_attempt_at -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
        /// When the step was first asked for; means nothing while there is none.
        since -> Timestamptz,
        /// Where the customer must go before the authorization is answered (3-D Secure); NULL when nothing waits for her.
        action_url -> Nullable<Text>,
        /// When that is given up.
        action_expires_at -> Nullable<Timestamptz>,
        /// Whether the provider has let the authorized amount go by itself.
        hold_expired -> Bool,
        /// W3C trace context of the span that placed the order: what a deadline does later belongs to the same trace.
        traceparent -> Nullable<Text>,
        /// What tracing systems noted beside it, passed on as it is.
        tracestate -> Nullable<Text>,
        /// Whether the customer had to do something before payment could answer: her time is not ours.
        waited_for_customer -> Bool,
    }
}

diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(refunds -> orders (order_id));
diesel::joinable!(sagas -> orders (order_id));

diesel::allow_tables_to_appear_in_same_query!(
    cart_lines,
    carts,
    discount_codes,
    idempotency_keys,
    order_events,
    order_lines,
    orders,
    refunds,
    sagas,
);
