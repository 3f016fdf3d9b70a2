-- Names are sorted by the rules of Unicode for all languages, not by bytes.
CREATE INDEX CONCURRENTLY products_by_collated_name ON products (name COLLATE "und-x-icu", id) WHERE archived_at IS NULL;
