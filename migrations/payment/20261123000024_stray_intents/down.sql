DROP TABLE stray_intents;
