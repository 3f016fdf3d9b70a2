-- The way through the payments of a time, page by page. Payments come in this order, and the time never
-- changes: the index costs little, and none of a payment's updates touches it.
CREATE INDEX payments_created_at ON payments (created_at, id);
