// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
}

diesel::table! {
    /// Groups of products.
    categories (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        description -> Text,
        /// Categories are listed by this, lowest first.
        position -> Int4,
        /// Counts writes by staff; an update names the version that it read
        version -> Int8,
    }
}

diesel::table! {
    /// The categories in which a word or an attribute occurs, so that a sorted search reads only their indexes. A superset: perhaps too many categories, never too few.
    category_terms (term, category_id) {
        /// w: and the stem of a word, or a: and key=value of an attribute.
        term -> Text,
        category_id -> Uuid,
    }
}

diesel::table! {
    /// Slugs that products for sale had before. A slug that a product has now is not in here.
    former_slugs (slug) {
        slug -> Text,
        product_id -> Uuid,
        /// When the product got another slug.
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;

    /// Products; each has one SKU. Ids are UUIDv7, so they sort by age.
    products (id) {
        id -> Uuid,
        sku -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        /// Price of one unit before tax, in minor units of the currency.
        price_minor -> Int8,
        currency -> Text,
        category_id -> Uuid,
        /// Object of strings: {"roast": "dark"}.
        attributes -> Jsonb,
        /// Array of {"url", "alt"}; the first one is the cover.
        images -> Jsonb,
        /// Whether stock.on_hand > stock.reserved; follows it in the same transaction.
        in_stock -> Bool,
        /// Counts writes by staff; an update names the version that it read.
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// When the product was archived; null while it is for sale.
        archived_at -> Nullable<Timestamptz>,
        /// Not read any more. The next release drops it.
        sort_name -> Text,
        /// Words of the name (A), of category, SKU and attributes (B) and of the description (C); maintained by a trigger.
        search -> Tsvector,
    }
}

diesel::table! {
    /// The units of a reservation; none for a refused one. No foreign key to products: its check would lock the product, which many reservations share in a flash sale.
    reservation_lines (reservation_id, product_id) {
        reservation_id -> Uuid,
        product_id -> Uuid,
        quantity -> Int4,
    }
}

diesel::table! {
    /// Units of stock reserved for orders. A row is never deleted: it has the reply to a repeated command.
    reservations (id) {
        /// UUIDv7, assigned by the order service.
        id -> Uuid,
        order_id -> Uuid,
        state -> Text,
        /// When the reservation expires. Null for a tombstone: the release arrived before the reservation.
        expires_at -> Nullable<Timestamptz>,
        /// The shortages that the reply named.
        shortages -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Products whose text is indexed again; a job does that and deletes the row.
    search_rebuilds (id) {
        id -> Int8,
        /// The renamed category; all products if null.
        category_id -> Nullable<Uuid>,
        /// Products with ids up to this one are indexed.
        indexed_until -> Uuid,
    }
}

diesel::table! {
    /// Every word that describes a product. A query word that is neither one of these nor a prefix of one is misspelled.
    spelling_terms (word) {
        word -> Text,
        /// The word as products.search holds it.
        stem -> Text,
        /// Whether a product name contains it: such words are preferred as corrections.
        in_name -> Bool,
    }
}

diesel::table! {
    /// Units of each product. Small rows and a low fill factor: a sale updates a row in place, without touching an index.
    stock (product_id) {
        product_id -> Uuid,
        sku -> Text,
        /// Units in the warehouse.
        on_hand -> Int4,
        /// Of those, the sum of the lines of held reservations.
        reserved -> Int4,
        /// False when the product is archived; stored here so that a reservation locks and reads a single row.
        for_sale -> Bool,
    }
}

diesel::table! {
    /// Every change of stock.on_hand; per product the deltas sum to it. No foreign key, as in reservation_lines.
    stock_journal (id) {
        id -> Uuid,
        product_id -> Uuid,
        delta -> Int4,
        kind -> Text,
        reason -> Text,
        /// The reservation that was sold or returned; the member of staff who adjusted.
        reference -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(category_terms -> categories (category_id));
diesel::joinable!(former_slugs -> products (product_id));
diesel::joinable!(products -> categories (category_id));
diesel::joinable!(reservation_lines -> reservations (reservation_id));
diesel::joinable!(search_rebuilds -> categories (category_id));
diesel::joinable!(stock -> products (product_id));

diesel::allow_tables_to_appear_in_same_query!(
    categories,
    category_terms,
    former_slugs,
    products,
    reservation_lines,
    reservations,
    search_rebuilds,
    spelling_terms,
    stock,
    stock_journal,
);
