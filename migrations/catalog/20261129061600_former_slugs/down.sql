-- Fails while two products have the same slug.
SET lock_timeout = '3s';
DROP TABLE former_slugs;
ALTER INDEX products_slug_key RENAME TO products_slug_for_sale;
ALTER TABLE products ADD CONSTRAINT products_slug_key UNIQUE (slug);
