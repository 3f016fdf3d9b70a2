-- For the orders in flight that count against the limits of declines.
CREATE INDEX CONCURRENTLY orders_pending_of_customer ON orders (customer_id, placed_at DESC) WHERE status = 'pending';
