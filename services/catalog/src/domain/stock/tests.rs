use super::*;

fn level(sku: &str, on_hand: u32, reserved: u32) -> Level {
    Level {
        product_id: ProductId::generate(),
        sku: sku.parse().expect("a SKU"),
        on_hand,
        reserved,
        for_sale: true,
    }
}

fn line(sku: &str, units: u32) -> StockLine {
    StockLine {
        sku: sku.parse().expect("a SKU"),
        quantity: Quantity::new(units).expect("a quantity"),
    }
}

fn hold_from(lines: &[StockLine], levels: &[Level]) -> Result<Vec<Hold>, Vec<Shortage>> {
    hold(lines, |sku| levels.iter().find(|level| level.sku == *sku))
}

fn short(sku: &str, units: u32, available: u32) -> Shortage {
    let StockLine { sku, quantity } = line(sku, units);
    Shortage {
        sku,
        requested: quantity,
        available,
    }
}

#[test]
fn all_lines_are_held_when_all_can_be_had() {
    let levels = [level("A", 5, 2), level("B", 1, 0)];
    let holds = hold_from(&[line("B", 1), line("A", 3)], &levels).expect("enough");
    let units: Vec<_> = holds.iter().map(|h| (h.product_id, h.quantity)).collect();
    assert_eq!(
        units,
        [(levels[0].product_id, 3), (levels[1].product_id, 1)]
    );
}

#[test]
fn one_short_line_refuses_all_and_is_named() {
    let levels = [level("A", 5, 0), level("B", 1, 1)];
    let shortages = hold_from(&[line("A", 1), line("B", 1), line("GONE", 2)], &levels);
    assert_eq!(shortages, Err(vec![short("B", 1, 0), short("GONE", 2, 0)]));
}

#[test]
fn two_lines_of_one_sku_count_together() {
    let levels = [level("A", 3, 0)];
    assert_eq!(
        hold_from(&[line("A", 2), line("A", 2)], &levels),
        Err(vec![short("A", 4, 3)])
    );
}

#[test]
fn an_archived_product_cannot_be_had() {
    let archived = Level {
        for_sale: false,
        ..level("A", 3, 0)
    };
    assert_eq!(
        hold_from(&[line("A", 1)], &[archived]),
        Err(vec![short("A", 1, 0)])
    );
}

#[test]
fn an_adjustment_never_takes_reserved_units() {
    for (delta, expected) in [(-3, Some(2)), (-4, None), (5, Some(10))] {
        let adjustment = Adjustment::new("A", delta, "inventory").expect("valid");
        let after = adjustment.apply(&level("A", 5, 2));
        assert_eq!(after.ok().map(|l| l.on_hand), expected, "{delta}");
    }
}

#[test]
fn an_adjustment_of_nothing_without_a_reason_is_refused() {
    let violations = Adjustment::new("a", 0, " ").expect_err("all is wrong");
    let fields: Vec<_> = violations.into_vec().into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["sku", "delta", "reason"]);
}
