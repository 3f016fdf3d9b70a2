-- As products_by_collated_name, within a category.
CREATE INDEX CONCURRENTLY products_by_category_and_collated_name ON products (category_id, name COLLATE "und-x-icu", id) WHERE archived_at IS NULL;
