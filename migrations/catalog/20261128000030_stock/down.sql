DROP TABLE stock_journal;
DROP TABLE stock;
