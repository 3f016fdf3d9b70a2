ALTER TABLE sagas
    ADD COLUMN waited_for_customer boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN sagas.waited_for_customer IS 'Whether the customer had to do something before payment could answer: her time is not ours.';
