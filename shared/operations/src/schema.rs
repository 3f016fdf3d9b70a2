//! The table of the migration `20261128000002_operator_actions` and `20261129130420_staff_action_records`.

diesel::table! {
    /// The audit: actions of staff.
    operator_actions (id) {
        id -> Uuid,
        kind -> Text,
        subject -> Text,
        actor_id -> Uuid,
        reason -> Text,
        detail -> Text,
        at -> Timestamptz,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
        trace_id -> Nullable<Text>,
    }
}
