// @generated automatically by Diesel CLI.

diesel::table! {
    cart_lines (cart_id, sku) {
        cart_id -> Uuid,
        sku -> Text,
        quantity -> Int4,
    }
}

diesel::table! {
    carts (id) {
        id -> Uuid,
        customer_id -> Nullable<Uuid>,
        token_hash -> Nullable<Bytea>,
        discount_code -> Nullable<Text>,
        version -> Int8,
        updated_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    discount_codes (code) {
        code -> Text,
        basis_points -> Int4,
        minimum_minor -> Nullable<Int8>,
        minimum_currency -> Nullable<Text>,
        valid_from -> Timestamptz,
        valid_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    idempotency_keys (customer_id, key) {
        customer_id -> Uuid,
        key -> Text,
        fingerprint -> Bytea,
        answer -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    order_events (order_id, id) {
        order_id -> Uuid,
        id -> Int8,
        at -> Timestamptz,
        service -> Text,
        kind -> Text,
        message -> Text,
    }
}

diesel::table! {
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
    orders (id) {
        id -> Uuid,
        customer_id -> Uuid,
        status -> Text,
        reason -> Nullable<Text>,
        currency -> Text,
        lines_minor -> Int8,
        discount_minor -> Int8,
        shipping_minor -> Int8,
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
        payment_method -> Text,
        reservation_id -> Uuid,
        payment_id -> Uuid,
        tracking_number -> Nullable<Text>,
        placed_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (id) {
        id -> Uuid,
        order_id -> Uuid,
        idempotency_key -> Text,
        fingerprint -> Bytea,
        amount_minor -> Int8,
        currency -> Text,
        reason -> Text,
        status -> Text,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    sagas (order_id) {
        order_id -> Uuid,
        status -> Text,
        step -> Nullable<Text>,
        reason -> Nullable<Text>,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
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
