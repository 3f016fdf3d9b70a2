DROP TABLE reconciliation_differences;
DROP TABLE reconciliation_intents;
DROP TABLE reconciliations;
