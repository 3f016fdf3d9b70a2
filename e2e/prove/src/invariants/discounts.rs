use super::{Check, Facts};

pub(super) fn discount_uses_match_orders(facts: &Facts) -> Check {
    let mut check = Check::new(
        "discount_uses_match_orders",
        "Each code counts the orders that use it, up to its limit: those placed with it and not undone",
    );
    let facts = &facts.order;
    for (id, order) in &facts.orders {
        let is_undone = order.is(&["rejected", "cancelled"]);
        let expected = (!order.code.is_empty() && !is_undone).then_some(&order.code);
        let used = facts.uses.get(id);
        check.require(used == expected, || {
            format!(
                "order {id} is {}, was placed with code {:?}, and uses {used:?}",
                order.status, order.code
            )
        });
    }
    for (code, (counted, max)) in &facts.codes {
        let uses = facts.uses.values().filter(|used| *used == code).count();
        let is_counted = i64::try_from(uses).is_ok_and(|uses| uses == *counted);
        check.require(is_counted && max.is_none_or(|max| *counted <= max), || {
            format!("code {code}: counted {counted}, used by {uses} orders, at most {max:?}")
        });
    }
    check
}
