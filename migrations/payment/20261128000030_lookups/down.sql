DROP TABLE orphan_intents;
DROP TABLE lookups;
DROP TABLE webhook_events;
