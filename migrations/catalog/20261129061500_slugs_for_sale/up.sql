-- Only a product for sale needs its slug for itself. The next migration replaces the constraint by this index.
CREATE UNIQUE INDEX CONCURRENTLY products_slug_for_sale ON products (slug) WHERE archived_at IS NULL;
