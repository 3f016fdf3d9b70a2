-- Reservations of stock by orders.

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
COMMENT ON TABLE reservations IS 'Units of stock reserved for orders. A row is never deleted: it has the reply to a repeated command.';
COMMENT ON COLUMN reservations.id IS 'UUIDv7, assigned by the order service.';
COMMENT ON COLUMN reservations.expires_at IS 'When the reservation expires. Null for a tombstone: the release arrived before the reservation.';
COMMENT ON COLUMN reservations.shortages IS 'The shortages that the reply named.';
CREATE INDEX reservations_due ON reservations (expires_at) WHERE state = 'held';

CREATE TABLE reservation_lines (
    reservation_id uuid NOT NULL CONSTRAINT reservation_lines_reservation_id_fkey REFERENCES reservations (id),
    product_id uuid NOT NULL,
    quantity integer NOT NULL CONSTRAINT reservation_lines_quantity_positive CHECK (quantity > 0),
    PRIMARY KEY (reservation_id, product_id)
);
COMMENT ON TABLE reservation_lines IS 'The units of a reservation; none for a refused one. No foreign key to products: its check would lock the product, which many reservations share in a flash sale.';
