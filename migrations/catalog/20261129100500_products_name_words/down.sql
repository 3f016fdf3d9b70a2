DROP INDEX CONCURRENTLY products_name_words;
