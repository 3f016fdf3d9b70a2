-- Products whose name has all words of a search.
CREATE INDEX CONCURRENTLY products_name_words ON products USING gin (to_tsvector('shop_english', shop_text(name))) WHERE archived_at IS NULL;
