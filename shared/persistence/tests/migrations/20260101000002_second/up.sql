CREATE TABLE notes (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    counter text NOT NULL CONSTRAINT notes_counter_fkey REFERENCES counters
);
