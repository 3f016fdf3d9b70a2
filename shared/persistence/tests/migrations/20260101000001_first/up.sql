CREATE TABLE counters (
    name  text PRIMARY KEY,
    value integer NOT NULL CONSTRAINT counters_value_not_negative CHECK (value >= 0)
);
