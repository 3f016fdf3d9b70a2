COMMENT ON COLUMN products.sort_name IS 'The name as the listing sorts it: case does not matter.';
CREATE INDEX products_by_name ON products (sort_name, id) WHERE archived_at IS NULL;
CREATE INDEX products_by_category_and_name ON products (category_id, sort_name, id) WHERE archived_at IS NULL;
