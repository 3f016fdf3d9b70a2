DROP TABLE webhook_events;
DROP TABLE lookups;
