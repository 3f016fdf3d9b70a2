-- products.search contains the name of the category, so the products of a renamed category are indexed again, a batch
-- at a time. After a change of the text rules, all are.
CREATE TABLE search_rebuilds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id uuid CONSTRAINT search_rebuilds_category_id_key UNIQUE NULLS NOT DISTINCT
        CONSTRAINT search_rebuilds_category_id_fkey REFERENCES categories (id) ON DELETE CASCADE,
    indexed_until uuid NOT NULL
);
COMMENT ON TABLE search_rebuilds IS 'Products whose text is indexed again; a job does that and deletes the row.';
COMMENT ON COLUMN search_rebuilds.category_id IS 'The renamed category; all products if null.';
COMMENT ON COLUMN search_rebuilds.indexed_until IS 'Products with ids up to this one are indexed.';
