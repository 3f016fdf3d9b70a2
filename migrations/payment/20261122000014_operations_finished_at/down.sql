DROP INDEX operations_finished_at;
