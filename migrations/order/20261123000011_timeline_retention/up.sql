-- Rows come in the order of time: block ranges are enough to find the old ones, for next to nothing
-- per insert.
CREATE INDEX order_events_at ON order_events USING brin (at);
