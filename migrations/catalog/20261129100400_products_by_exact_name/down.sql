DROP INDEX CONCURRENTLY products_by_exact_name;
