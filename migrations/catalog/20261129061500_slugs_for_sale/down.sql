DROP INDEX CONCURRENTLY products_slug_for_sale;
