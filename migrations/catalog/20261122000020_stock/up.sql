CREATE TABLE stock (
    product_id uuid PRIMARY KEY CONSTRAINT stock_product_id_fkey REFERENCES products (id),
    sku text NOT NULL CONSTRAINT stock_sku_key UNIQUE,
    on_hand integer NOT NULL,
    reserved integer NOT NULL,
    for_sale boolean NOT NULL,
    CONSTRAINT stock_on_hand_in_range CHECK (on_hand BETWEEN 0 AND 1000000000),
    CONSTRAINT stock_reserved_within_on_hand CHECK (reserved BETWEEN 0 AND on_hand)
) WITH (fillfactor = 50);
COMMENT ON TABLE stock IS 'The units of each product. Small rows with room beside them: a sale rewrites one in place, without touching an index.';
COMMENT ON COLUMN stock.on_hand IS 'Units in the warehouse.';
COMMENT ON COLUMN stock.reserved IS 'Of those, units that held reservations ask for: the sum of their lines.';
COMMENT ON COLUMN stock.for_sale IS 'False when the product is archived; kept here so that a reservation locks and reads one row only.';

CREATE TABLE reservations (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    state text NOT NULL,
    expires_at timestamptz,
    shortages jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT reservations_state_known
        CHECK (state IN ('held', 'committed', 'released', 'expired', 'refused')),
    CONSTRAINT reservations_refused_with_shortages CHECK ((state = 'refused') = (shortages IS NOT NULL)),
    CONSTRAINT reservations_held_until CHECK (state NOT IN ('held', 'committed', 'expired') OR expires_at IS NOT NULL)
);
COMMENT ON TABLE reservations IS 'Holds on stock. A row is never deleted: it is the answer to a command that comes again.';
COMMENT ON COLUMN reservations.id IS 'Drawn by the order service.';
COMMENT ON COLUMN reservations.expires_at IS 'When a hold ends by itself. Null: it was released before it was made, a tombstone.';
COMMENT ON COLUMN reservations.shortages IS 'What fell short, as it was answered.';
CREATE INDEX reservations_due ON reservations (expires_at) WHERE state = 'held';

CREATE TABLE reservation_lines (
    reservation_id uuid NOT NULL CONSTRAINT reservation_lines_reservation_id_fkey REFERENCES reservations (id),
    product_id uuid NOT NULL,
    quantity integer NOT NULL CONSTRAINT reservation_lines_quantity_positive CHECK (quantity > 0),
    PRIMARY KEY (reservation_id, product_id)
);
COMMENT ON TABLE reservation_lines IS 'The units that a reservation holds or held; none for a refused one. No foreign key to products: it would lock the row that everyone buys in a flash sale.';

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
