ALTER TABLE sagas
    DROP COLUMN waited_for_customer;
