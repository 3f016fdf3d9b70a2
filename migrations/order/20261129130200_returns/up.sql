-- Returns of sold units, and the units of refunds.

-- The foreign keys lock `orders` and `refunds` for a moment.
SET lock_timeout = '3s';

CREATE TABLE refund_lines (
    refund_id uuid NOT NULL REFERENCES refunds (id),
    position integer NOT NULL,
    first_unit integer NOT NULL CONSTRAINT refund_lines_first_unit CHECK (first_unit >= 1),
    quantity integer NOT NULL CONSTRAINT refund_lines_quantity CHECK (quantity BETWEEN 1 AND 999),
    sku text NOT NULL,
    lines_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    shipping_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    PRIMARY KEY (refund_id, position, first_unit)
);
COMMENT ON TABLE refund_lines IS 'The units that a refund is for, with their share of the order''s amounts. A refund of an amount has none.';
COMMENT ON COLUMN refund_lines.position IS 'The line of the order.';
COMMENT ON COLUMN refund_lines.first_unit IS 'The first of consecutive units of the line, counted from 1. Each unit has a fixed share, so that all parts sum to the whole.';

CREATE TABLE returns (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    status text NOT NULL CONSTRAINT returns_status CHECK (status IN ('requested', 'approved', 'refused', 'withdrawn')),
    reason text NOT NULL CONSTRAINT returns_reason CHECK (reason IN ('damaged', 'defective', 'wrong_item',
        'not_as_described', 'not_arrived', 'changed_mind', 'other')),
    note text NOT NULL,
    decided_by uuid,
    decision_note text NOT NULL DEFAULT '',
    amount_minor bigint CONSTRAINT returns_amount CHECK (amount_minor >= 0),
    currency text NOT NULL CONSTRAINT returns_currency CHECK (currency ~ '^[A-Z]{3}$'),
    refund_id uuid CONSTRAINT returns_one_refund UNIQUE REFERENCES refunds (id),
    created_at timestamptz NOT NULL,
    decided_at timestamptz,
    CONSTRAINT returns_idempotency UNIQUE (order_id, idempotency_key),
    CONSTRAINT returns_decided CHECK ((status = 'requested') = (decided_at IS NULL)),
    CONSTRAINT returns_approved_have_an_amount CHECK ((status = 'approved') = (amount_minor IS NOT NULL)),
    CONSTRAINT returns_refund_of_an_approval CHECK (refund_id IS NULL OR status = 'approved')
);
COMMENT ON TABLE returns IS 'Requests of customers to return units, and the decisions about them. Ids are UUIDv7.';
COMMENT ON COLUMN returns.fingerprint IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN returns.note IS 'As the customer wrote it.';
COMMENT ON COLUMN returns.decided_by IS 'The staff member; NULL if the customer withdrew it, or the rule in the configuration approved it.';
COMMENT ON COLUMN returns.decision_note IS 'As staff wrote it.';
COMMENT ON COLUMN returns.amount_minor IS 'What the approval granted; 0 without a refund.';
CREATE INDEX returns_by_status ON returns (status, id);

CREATE TABLE return_lines (
    return_id uuid NOT NULL REFERENCES returns (id),
    position integer NOT NULL,
    first_unit integer NOT NULL CONSTRAINT return_lines_first_unit CHECK (first_unit >= 1),
    quantity integer NOT NULL CONSTRAINT return_lines_quantity CHECK (quantity BETWEEN 1 AND 999),
    sku text NOT NULL,
    lines_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    shipping_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    PRIMARY KEY (return_id, position, first_unit)
);
COMMENT ON TABLE return_lines IS 'The units of a return, with their share of the order''s amounts.';
COMMENT ON COLUMN return_lines.position IS 'The line of the order.';
COMMENT ON COLUMN return_lines.first_unit IS 'The first of consecutive units of the line, counted from 1.';
