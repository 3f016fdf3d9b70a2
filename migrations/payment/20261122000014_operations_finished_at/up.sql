-- Operations come and are finished in the order of time: block ranges are enough to find the old ones.
CREATE INDEX operations_finished_at ON operations USING brin (finished_at);
