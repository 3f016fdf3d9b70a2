CREATE INDEX products_name_search ON products USING gin (to_tsvector('shop_english', name)) WHERE archived_at IS NULL;
