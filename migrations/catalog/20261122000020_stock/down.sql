DROP TABLE stock_journal;
DROP TABLE reservation_lines;
DROP TABLE reservations;
DROP TABLE stock;
