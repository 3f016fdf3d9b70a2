-- Prices are compared in one currency.
CREATE INDEX CONCURRENTLY products_by_currency_and_price ON products (currency, price_minor, id) WHERE archived_at IS NULL;
