-- Also finds the orders that have no number yet.
CREATE UNIQUE INDEX CONCURRENTLY orders_number ON orders (number);
