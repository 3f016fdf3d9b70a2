DROP INDEX CONCURRENTLY products_archived;
