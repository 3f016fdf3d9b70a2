// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
}

diesel::table! {
    categories (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        description -> Text,
        position -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;

    products (id) {
        id -> Uuid,
        sku -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        price_minor -> Int8,
        currency -> Text,
        category_id -> Uuid,
        attributes -> Jsonb,
        images -> Jsonb,
        in_stock -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        archived_at -> Nullable<Timestamptz>,
        sort_name -> Text,
        search -> Tsvector,
    }
}

diesel::table! {
    reservation_lines (reservation_id, product_id) {
        reservation_id -> Uuid,
        product_id -> Uuid,
        quantity -> Int4,
    }
}

diesel::table! {
    reservations (id) {
        id -> Uuid,
        order_id -> Uuid,
        state -> Text,
        expires_at -> Nullable<Timestamptz>,
        shortages -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    stock (product_id) {
        product_id -> Uuid,
        sku -> Text,
        on_hand -> Int4,
        reserved -> Int4,
        for_sale -> Bool,
    }
}

diesel::table! {
    stock_journal (id) {
        id -> Uuid,
        product_id -> Uuid,
        delta -> Int4,
        kind -> Text,
        reason -> Text,
        reference -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    words (word) {
        word -> Text,
        stem -> Text,
        in_name -> Bool,
    }
}

diesel::joinable!(products -> categories (category_id));
diesel::joinable!(reservation_lines -> reservations (reservation_id));
diesel::joinable!(stock -> products (product_id));

diesel::allow_tables_to_appear_in_same_query!(
    categories,
    products,
    reservation_lines,
    reservations,
    stock,
    stock_journal,
    words,
);
