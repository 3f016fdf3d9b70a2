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

fn allocate_from(
    lines: &[StockLine],
    levels: &[Level],
) -> Result<Vec<ReservationLine>, Vec<Shortage>> {
    allocate(lines, |sku| levels.iter().find(|level| level.sku == *sku))
}

fn shortage(sku: &str, units: u32, available: u32) -> Shortage {
    let StockLine { sku, quantity } = line(sku, units);
    Shortage {
        sku,
        requested: quantity,
        available,
    }
}

#[test]
fn all_lines_are_allocated_if_enough_units_are_available() {
    let levels = [level("A", 5, 2), level("B", 1, 0)];
    let allocated = allocate_from(&[line("B", 1), line("A", 3)], &levels).expect("enough");
    let units: Vec<_> = allocated
        .iter()
        .map(|line| (line.product_id, line.quantity))
        .collect();
    assert_eq!(
        units,
        [(levels[0].product_id, 3), (levels[1].product_id, 1)]
    );
}

#[test]
fn one_shortage_refuses_all_lines_and_is_named() {
    let levels = [level("A", 5, 0), level("B", 1, 1)];
    let shortages = allocate_from(&[line("A", 1), line("B", 1), line("MISSING", 2)], &levels);
    assert_eq!(
        shortages,
        Err(vec![shortage("B", 1, 0), shortage("MISSING", 2, 0)])
    );
}

#[test]
fn two_lines_of_one_sku_are_added_up() {
    let levels = [level("A", 3, 0)];
    assert_eq!(
        allocate_from(&[line("A", 2), line("A", 2)], &levels),
        Err(vec![shortage("A", 4, 3)])
    );
}

#[test]
fn an_archived_product_is_not_available() {
    let archived = Level {
        for_sale: false,
        ..level("A", 3, 0)
    };
    assert_eq!(
        allocate_from(&[line("A", 1)], &[archived]),
        Err(vec![shortage("A", 1, 0)])
    );
}

#[test]
fn an_adjustment_never_removes_reserved_units() {
    for (delta, expected) in [(-3, Some(2)), (-4, None), (5, Some(10))] {
        let adjustment = Adjustment::new("A", delta, "inventory").expect("valid");
        let after = adjustment.apply(&level("A", 5, 2));
        assert_eq!(after.ok().map(|l| l.on_hand), expected, "{delta}");
    }
    let too_many = Adjustment::new("A", 1, "inventory").expect("valid");
    let refused = too_many.apply(&level("A", 1_000_000_000, 2)).err();
    let message = "must not take the units on hand above 1,000,000,000";
    assert_eq!(refused, Some(Violations::one("delta", message).into()));
}

#[test]
fn every_invalid_field_of_an_adjustment_is_reported() {
    let violations = Adjustment::new("a", 0, " ").expect_err("everything is invalid");
    let fields: Vec<_> = violations.into_vec().into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["sku", "delta", "reason"]);
}
