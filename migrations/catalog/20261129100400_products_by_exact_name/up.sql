-- A search looks its text up as a name first.
CREATE INDEX CONCURRENTLY products_by_exact_name ON products (name COLLATE shop_names, id) WHERE archived_at IS NULL;
