DROP TABLE stray_intents;
DROP TABLE lookups;
DROP TABLE webhook_events;
