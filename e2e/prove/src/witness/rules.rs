/// How far an order with this status is in its life; `None` when it is no status.
pub fn rank(status: &str) -> Option<u8> {
    match status {
        "pending" => Some(0),
        "confirmed" => Some(1),
        "shipped" => Some(2),
        "delivered" => Some(3),
        "rejected" | "cancelled" => Some(4),
        _ => None,
    }
}

/// Whether an order that was told to be `before` may later be told to be `after`, perhaps with
/// statuses between that nobody saw.
pub fn may_follow(before: &str, after: &str) -> bool {
    if before == after {
        return rank(before).is_some();
    }
    match (before, after) {
        ("pending", _) => rank(after).is_some(),
        ("confirmed", "shipped" | "delivered" | "cancelled") | ("shipped", "delivered") => true,
        _ => false,
    }
}
