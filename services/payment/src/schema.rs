// @generated automatically by Diesel CLI.

diesel::table! {
    /// The chart of accounts; memo accounts stand outside the balance sheet
    accounts (name) {
        name -> Text,
        class -> Text,
        description -> Text,
    }
}

diesel::table! {
    /// Rolled-up sums of ledger_entries; the balance of an account is this plus its ledger_deltas
    ledger_balances (account, currency) {
        account -> Text,
        currency -> Text,
        amount_minor -> Int8,
    }
}

diesel::table! {
    /// Sums of ledger_entries that are not rolled up yet, appended in the transaction that books: no payment waits for another's balance row
    ledger_deltas (id) {
        id -> Int8,
        account -> Text,
        currency -> Text,
        amount_minor -> Int8,
    }
}

diesel::table! {
    /// Sides of double entries; those of a transaction sum to zero per currency
    ledger_entries (transaction_id, line) {
        transaction_id -> Uuid,
        line -> Int2,
        account -> Text,
        /// Minor units; positive is debit, negative is credit
        amount_minor -> Int8,
        currency -> Text,
    }
}

diesel::table! {
    /// Bookings, one per payment and kind, or per refund
    ledger_transactions (id) {
        id -> Uuid,
        payment_id -> Uuid,
        order_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        booked_at -> Timestamptz,
    }
}

diesel::table! {
    /// Objects to look up at the provider, after a webhook or in case one never arrives; workers lease them
    lookups (id) {
        id -> Uuid,
        /// A row of payments; no foreign key, because its check would wait for a lock on the payment
        payment_id -> Uuid,
        /// The refund to look up; null: the payment intent
        refund_id -> Nullable<Uuid>,
        /// The provider's id: pi_.. or re_..
        provider_reference -> Text,
        /// Counts leases, and webhooks and other triggers; guards what a late worker writes
        attempts -> Int4,
        /// attempts at the last trigger: one that arrives during a lookup causes another lookup, and the wait grows with the leases since
        hinted_attempts -> Int4,
        /// Unusable answers since the last usable one; after some the lookup is abandoned
        unusable -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker has the lease; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// Why the last attempt gave no usable answer
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Calls to the provider that are due or were made; workers lease them
    operations (id) {
        /// Also the idempotency key at the provider: all attempts of an operation have one effect
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        /// The amount to authorize, capture, void or refund, in minor units
        amount_minor -> Int8,
        currency -> Text,
        /// The idempotency key in use: 1 is the id alone, 2 is id:2; written before the key is used
        key_number -> Int4,
        /// The provider answers this key with a stored server error, so it can no longer succeed
        key_spent -> Bool,
        /// The provider gave an unusable answer, and the outcome of the attempts is still unknown
        unclear -> Bool,
        /// W3C trace context of the command that caused it
        traceparent -> Nullable<Text>,
        /// W3C tracestate of the same span, passed on unchanged
        tracestate -> Nullable<Text>,
        /// How often it was leased; 0 means that the provider was never called
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker has the lease; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// Why the last attempt has no outcome; of a refused operation, what the provider rejected about our request
        last_error -> Nullable<Text>,
        /// done, refused by the provider, or not_needed: withdrawn before the provider was called
        outcome -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Payment intents that name a payment but are not the one it refers to; workers lease them, look them up, and cancel those that hold money or are open
    orphan_intents (provider_reference) {
        /// The provider's own id: pi_..
        provider_reference -> Text,
        /// The payment that it names; no foreign key, because its check would wait for a lock on the payment
        payment_id -> Uuid,
        /// Counts leases and webhooks; guards what a late worker writes; the wait grows with it
        attempts -> Int4,
        /// attempts at the last webhook: one that arrives during a lookup causes another lookup
        hinted_attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker has the lease; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// When it was found to hold money or to be open, and logged
        reported_at -> Nullable<Timestamptz>,
        /// Why the last attempt failed
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// The payment of each order, and its status
    payments (id) {
        /// Assigned by the sender of payment.authorize.v1
        id -> Uuid,
        order_id -> Uuid,
        /// Who pays; null, like all terms, on the tombstone that a void leaves when it arrives before its authorize
        customer_id -> Nullable<Uuid>,
        /// The order's total in minor units
        amount_minor -> Nullable<Int8>,
        currency -> Nullable<Text>,
        /// The provider's id of the payment method; never a card number
        payment_method -> Nullable<Text>,
        status -> Text,
        /// A void waits for the outcome of the authorization, or for the provider
        void_requested -> Bool,
        /// A capture waits for the provider
        capture_requested -> Bool,
        /// Sum of the refunds that succeeded
        refunded_minor -> Int8,
        decline_code -> Nullable<Text>,
        /// Why the last capture failed
        capture_code -> Nullable<Text>,
        /// The shipment that the latest capture was requested for; 0 when there was none
        shipment -> Int4,
        /// Where the customer completes 3-D Secure; only while action_required
        redirect_url -> Nullable<Text>,
        /// The provider's own id: pi_..
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// Declined because the provider rejected our request, not the card: staff must act
        request_rejected -> Bool,
        /// The provider's name of the declined card: the same for every payment method with it.
        card_fingerprint -> Nullable<Text>,
    }
}

diesel::table! {
    /// Differences between our payments and the provider's, written when the reconciliation ends
    reconciliation_differences (reconciliation_id, nth) {
        reconciliation_id -> Uuid,
        /// From 0, the oldest payment first
        nth -> Int4,
        kind -> Text,
        order_id -> Nullable<Uuid>,
        payment_id -> Nullable<Uuid>,
        provider_reference -> Nullable<Text>,
        ours -> Text,
        theirs -> Text,
    }
}

diesel::table! {
    /// The provider's list, kept while a reconciliation runs, so that memory use does not grow with the number of payments
    reconciliation_intents (reconciliation_id, attempt, reference) {
        reconciliation_id -> Uuid,
        /// reconciliations.attempts of the replica that read it
        attempt -> Int4,
        /// The provider's own id: pi_..
        reference -> Text,
        /// The payment that the intent's metadata names
        payment_id -> Nullable<Uuid>,
        status -> Text,
        amount_minor -> Int8,
        currency -> Text,
        received_minor -> Int8,
        refunded_minor -> Int8,
        created_at -> Timestamptz,
        canceled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Comparisons of our payments with the provider's: finished, running or requested
    reconciliations (id) {
        id -> Uuid,
        /// The schedule, a staff member, or the command line
        origin -> Text,
        /// The staff member
        requested_by -> Nullable<Uuid>,
        /// Payments created or changed at or after this time are compared
        window_from -> Timestamptz,
        /// Payments created or changed before this time are compared
        window_until -> Timestamptz,
        status -> Text,
        /// Our payments that were compared so far
        payments -> Int8,
        /// The provider's intents that were read so far
        intents -> Int8,
        differences -> Int8,
        /// How often a replica started it; later writes of an earlier attempt are ignored
        attempts -> Int4,
        /// Until then one replica runs it; after a crash another one starts again
        leased_until -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        requested_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Money returned to customers, one row per payment.refund.v1
    refunds (id) {
        /// Assigned by the sender; the same id again is the same refund
        id -> Uuid,
        payment_id -> Uuid,
        amount_minor -> Int8,
        currency -> Text,
        status -> Text,
        /// Why it failed: ours (amount_too_large, not_captured) or the provider's
        failure_code -> Nullable<Text>,
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Webhook events that were accepted: the same event again does nothing
    webhook_events (id) {
        /// The provider's own id: evt_..
        id -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        /// Rows are deleted after the retention time, far beyond any redelivery
        received_at -> Timestamptz,
    }
}

diesel::table! {
    /// Signed webhooks that are not understood, for staff; the oldest are deleted
    webhooks_not_understood (id) {
        /// UUIDv7
        id -> Uuid,
        /// What is wrong with the payload
        problem -> Text,
        /// The first bytes of the body, invalid UTF-8 and NUL replaced
        payload -> Text,
        /// Bytes of the whole body
        payload_bytes -> Int4,
        received_at -> Timestamptz,
    }
}

diesel::joinable!(ledger_balances -> accounts (account));
diesel::joinable!(ledger_entries -> accounts (account));
diesel::joinable!(ledger_entries -> ledger_transactions (transaction_id));
diesel::joinable!(ledger_transactions -> payments (payment_id));
diesel::joinable!(ledger_transactions -> refunds (refund_id));
diesel::joinable!(operations -> payments (payment_id));
diesel::joinable!(operations -> refunds (refund_id));
diesel::joinable!(reconciliation_differences -> reconciliations (reconciliation_id));
diesel::joinable!(reconciliation_intents -> reconciliations (reconciliation_id));
diesel::joinable!(refunds -> payments (payment_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    ledger_balances,
    ledger_deltas,
    ledger_entries,
    ledger_transactions,
    lookups,
    operations,
    orphan_intents,
    payments,
    reconciliation_differences,
    reconciliation_intents,
    reconciliations,
    refunds,
    webhook_events,
    webhooks_not_understood,
);
