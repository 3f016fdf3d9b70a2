-- Units of each product, and every change of them.

CREATE TABLE stock (
    product_id uuid PRIMARY KEY CONSTRAINT stock_product_id_fkey REFERENCES products (id),
    sku text NOT NULL CONSTRAINT stock_sku_key UNIQUE,
    on_hand integer NOT NULL,
    reserved integer NOT NULL,
    for_sale boolean NOT NULL,
    CONSTRAINT stock_on_hand_in_range CHECK (on_hand BETWEEN 0 AND 1000000000),
    CONSTRAINT stock_reserved_within_on_hand CHECK (reserved BETWEEN 0 AND on_hand)
) WITH (fillfactor = 50);
COMMENT ON TABLE stock IS 'Units of each product. Small rows and a low fill factor: a sale updates a row in place, without touching an index.';
COMMENT ON COLUMN stock.on_hand IS 'Units in the warehouse.';
COMMENT ON COLUMN stock.reserved IS 'Of those, the sum of the lines of held reservations.';
COMMENT ON COLUMN stock.for_sale IS 'False when the product is archived; stored here so that a reservation locks and reads a single row.';

CREATE TABLE stock_journal (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL,
    delta integer NOT NULL CONSTRAINT stock_journal_delta_not_zero CHECK (delta <> 0),
    kind text NOT NULL CONSTRAINT stock_journal_kind_known CHECK (kind IN ('initial', 'adjusted', 'sold', 'returned')),
    reason text NOT NULL,
    reference uuid,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE stock_journal IS 'Every change of stock.on_hand; per product the deltas sum to it. No foreign key, as in reservation_lines.';
COMMENT ON COLUMN stock_journal.reference IS 'The reservation that was sold or returned; the member of staff who adjusted.';
CREATE INDEX stock_journal_by_product ON stock_journal (product_id, id);
