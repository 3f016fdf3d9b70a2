//! The table of migration `20261128000002_operator_actions`.

diesel::table! {
    /// What was done by hand.
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
