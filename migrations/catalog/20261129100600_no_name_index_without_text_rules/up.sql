-- The previous migration replaces this index.
SET lock_timeout = '3s';
DROP INDEX products_name_search;
