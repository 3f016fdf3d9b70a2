DROP INDEX order_events_at;
