-- The two previous migrations replace these indexes. Until the new version runs, a sort by name reads more rows.
SET lock_timeout = '3s';
DROP INDEX products_by_name, products_by_category_and_name;
COMMENT ON COLUMN products.sort_name IS 'Not read any more. The next release drops it.';
