DROP TABLE payment_declines;
ALTER TABLE sagas DROP COLUMN client_network;
