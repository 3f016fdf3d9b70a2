-- As products_by_currency_and_price, within a category.
CREATE INDEX CONCURRENTLY products_by_category_currency_and_price ON products (category_id, currency, price_minor, id) WHERE archived_at IS NULL;
