DROP INDEX CONCURRENTLY users_email_prefix_idx;
