/// Whether an order may be `after` once it was reported as `before`. Reports may skip statuses.
pub fn may_follow(before: &str, after: &str) -> bool {
    if before == after {
        return is_status(before);
    }
    match (before, after) {
        ("pending", _) => is_status(after),
        ("confirmed", "shipped" | "delivered" | "cancelled") | ("shipped", "delivered") => true,
        _ => false,
    }
}

fn is_status(text: &str) -> bool {
    matches!(
        text,
        "pending" | "confirmed" | "shipped" | "delivered" | "rejected" | "cancelled"
    )
}
