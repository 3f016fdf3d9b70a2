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
    /// Sums of ledger_entries that were rolled up; the balance of an account is this plus its ledger_deltas
    ledger_balances (account, currency) {
        account -> Text,
        currency -> Text,
        amount_minor -> Int8,
    }
}

diesel::table! {
    /// Sums of ledger_entries that were not rolled up yet, appended in the transaction that books: no payment waits for another one's balance
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
    /// What was booked, once per payment and kind, once per refund
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
    /// What is to be looked up at the provider, because it told of news, or because something waits for news that may never be told; workers lease them
    lookups (id) {
        id -> Uuid,
        /// A row of payments; no foreign key, whose check would wait for whoever has locked the payment
        payment_id -> Uuid,
        /// The refund to look up; null: the payment intent
        refund_id -> Nullable<Uuid>,
        /// What to ask for: pi_.. or re_..
        provider_reference -> Text,
        /// Counts the hints; one that came while the provider was asked is looked into again
        hints -> Int8,
        /// How often it was leased since the last hint; the wait grows with it
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker is at it; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// Why the provider gave no usable answer the last time
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        /// How many answers that cannot be used came since the last good one; after some the look is given up
        unusable -> Int4,
    }
}

diesel::table! {
    /// Calls to the provider that are owed or were made; workers lease them
    operations (id) {
        /// Also the idempotency key at the provider: every try of an operation is one call in effect
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        /// What is to be held, taken, let go or given back, in minor units
        amount_minor -> Int8,
        currency -> Text,
        /// W3C trace context of the command that asked for it
        traceparent -> Nullable<Text>,
        /// How often it was leased; 0 means that the provider was never asked
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker is at it; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// Why the last try has no outcome yet
        last_error -> Nullable<Text>,
        /// done, refused by the provider, or not_needed: taken back before the provider was asked
        outcome -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        /// Which idempotency key is in use: 1 is the id alone, 2 is id:2; written before the key is used
        key_number -> Int4,
        /// The provider answers this key with an error of its own for good, so nothing can come of it any more
        key_spent -> Bool,
        /// The provider gave an answer that cannot be used, and what became of the tries was not found out since
        unclear -> Bool,
        /// What tracing systems noted beside traceparent, passed on as it is
        tracestate -> Nullable<Text>,
    }
}

diesel::table! {
    /// What was asked of the provider for an order, and where it stands
    payments (id) {
        /// Drawn by the sender of payment.authorize.v1
        id -> Uuid,
        order_id -> Uuid,
        /// Who pays; null, like all the terms, on the tombstone that a void leaves when it comes before its authorize
        customer_id -> Nullable<Uuid>,
        /// The order's total in minor units
        amount_minor -> Nullable<Int8>,
        currency -> Nullable<Text>,
        /// The provider's name of the payment method; never a card number
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
        /// The provider's own id: pi_..
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// The shipment that the last capture was asked for; 0 when none was
        shipment -> Int4,
        /// Where the customer's bank wants to hear from her (3-D Secure); only while action_required
        redirect_url -> Nullable<Text>,
    }
}

diesel::table! {
    /// What we and the provider did not agree on, written when the reconciliation ends
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
    /// What the provider lists, kept while a reconciliation runs, so that memory does not grow with the number of payments
    reconciliation_intents (reconciliation_id, attempt, reference) {
        reconciliation_id -> Uuid,
        /// reconciliations.attempts of the replica that read it
        attempt -> Int4,
        /// The provider's own id: pi_..
        reference -> Text,
        /// Which payment of ours the intent says it is for
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
    /// Comparisons of our payments with the provider's, done or to do
    reconciliations (id) {
        id -> Uuid,
        /// Who asked: the schedule, a staff member, or the command line
        origin -> Text,
        /// The staff member
        requested_by -> Nullable<Uuid>,
        /// Payments made or changed at or after this moment are compared
        window_from -> Timestamptz,
        /// Payments made or changed before this moment are compared
        window_until -> Timestamptz,
        status -> Text,
        /// Our payments that were compared so far
        payments -> Int8,
        /// The provider's intents that were read so far
        intents -> Int8,
        differences -> Int8,
        /// How often a replica began it; what an earlier one still writes does not count
        attempts -> Int4,
        /// Until then one replica is at it; after a crash another one begins again
        leased_until -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        requested_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Money that goes back, one row per payment.refund.v1
    refunds (id) {
        /// Drawn by the sender; the same id again is the same refund
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
    /// Intents that name a payment and are not its own; workers lease them, look at the provider, and cancel what holds money or waits
    stray_intents (provider_reference) {
        /// The provider's own id: pi_..
        provider_reference -> Text,
        /// The payment that it names; no foreign key, whose check would wait for whoever has locked the payment
        payment_id -> Uuid,
        /// Counts the hints; one that came while the provider was asked is looked into again
        hints -> Int8,
        /// How often it was leased; the wait grows with it
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker is at it; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// When it was found to hold money or to wait, and logged
        reported_at -> Nullable<Timestamptz>,
        /// Why the last try came to nothing
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Events of the provider that were taken in: the same one again does nothing
    webhook_events (id) {
        /// The provider's own id: evt_..
        id -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        /// Rows are deleted after the retention time, far beyond any redelivery
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
    payments,
    reconciliation_differences,
    reconciliation_intents,
    reconciliations,
    refunds,
    stray_intents,
    webhook_events,
);
