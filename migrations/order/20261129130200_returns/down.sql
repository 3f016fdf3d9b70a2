DROP TABLE return_lines;
DROP TABLE returns;
DROP TABLE refund_lines;
