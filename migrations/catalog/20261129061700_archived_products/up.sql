-- Staff list archived products, newest first.
CREATE INDEX CONCURRENTLY products_archived ON products (id) WHERE archived_at IS NOT NULL;
