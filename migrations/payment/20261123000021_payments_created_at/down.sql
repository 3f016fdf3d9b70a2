DROP INDEX payments_created_at;
