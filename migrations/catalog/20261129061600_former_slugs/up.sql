-- The slug of an archived product can be used again, and a former slug leads to the product that had it.
SET lock_timeout = '3s';
ALTER TABLE products DROP CONSTRAINT products_slug_key;
-- Stores of both versions find the name of the constraint in the error.
ALTER INDEX products_slug_for_sale RENAME TO products_slug_key;

CREATE TABLE former_slugs (
    slug text PRIMARY KEY,
    product_id uuid NOT NULL CONSTRAINT former_slugs_product_id_fkey REFERENCES products (id),
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE former_slugs IS 'Slugs that products for sale had before. A slug that a product has now is not in here.';
COMMENT ON COLUMN former_slugs.changed_at IS 'When the product got another slug.';
