CREATE INDEX products_by_price ON products (price_minor, id) WHERE archived_at IS NULL;
CREATE INDEX products_by_category_and_price ON products (category_id, price_minor, id) WHERE archived_at IS NULL;
