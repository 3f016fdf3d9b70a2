//! The table of the migration `20261128000002_operator_actions`.

diesel::table! {
    /// The audit: actions of operators.
    operator_actions (id) {
        id -> Uuid,
        kind -> Text,
        subject -> Text,
        actor_id -> Uuid,
        reason -> Text,
        detail -> Text,
        at -> Timestamptz,
    }
}
