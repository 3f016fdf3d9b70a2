-- For the search by the beginning of an address. The unique index has the collation of the database, which may not sort by bytes.
CREATE INDEX CONCURRENTLY users_email_prefix_idx ON users (email text_pattern_ops);
