-- products.search contains the name of the category, so a renamed category is indexed again, a batch at a time.
CREATE TABLE renamed_categories (
    category_id uuid PRIMARY KEY
        CONSTRAINT renamed_categories_category_id_fkey REFERENCES categories (id) ON DELETE CASCADE,
    indexed_until uuid NOT NULL
);
COMMENT ON TABLE renamed_categories IS 'Categories whose products are still found by the former name; a job indexes them again and deletes the row.';
COMMENT ON COLUMN renamed_categories.indexed_until IS 'Products with ids up to this one are found by the new name.';
