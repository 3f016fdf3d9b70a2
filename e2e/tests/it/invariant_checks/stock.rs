use super::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_is_lost_reserved_or_sold_twice_is_detected() {
    let fixture = Box::pin(Fixture::open()).await;
    let stock = |what: &str| format!("UPDATE stock SET {what} WHERE sku = 'LAMP'");
    fixture
        .corrupt(
            "catalog",
            &stock("on_hand = on_hand - 1"),
            &stock("on_hand = on_hand + 1"),
            &[("stock_adds_up", "LAMP: stocked 10, on hand 7 + sold 2 = 9")],
        )
        .await;
    fixture
        .corrupt(
            "catalog",
            &stock("reserved = 1"),
            &stock("reserved = 0"),
            &[(
                "reserved_matches_reservations",
                "LAMP: reserved 1, open reservations hold 0",
            )],
        )
        .await;
    fixture
        .corrupt(
            "catalog",
            "ALTER TABLE stock DROP CONSTRAINT stock_reserved_within_on_hand;
             UPDATE stock SET reserved = -1 WHERE sku = 'MUG'",
            "UPDATE stock SET reserved = 0 WHERE sku = 'MUG';
             ALTER TABLE stock ADD CONSTRAINT stock_reserved_within_on_hand
                 CHECK (reserved BETWEEN 0 AND on_hand)",
            &[
                ("never_negative", "MUG: on hand 4, reserved -1"),
                ("reserved_matches_reservations", "MUG"),
                ("constraints_in_force", "stock_reserved_within_on_hand"),
            ],
        )
        .await;
    let counted =
        |by: i64| format!("UPDATE discount_codes SET uses = uses + {by} WHERE code = 'WELCOME10'");
    fixture
        .corrupt(
            "order",
            &counted(1),
            &counted(-1),
            &[(
                "discount_uses_match_orders",
                "code WELCOME10: counted 1, used by 0 orders",
            )],
        )
        .await;
    let confirmed = fixture.confirmed.as_str();
    let lines = |by: i64| {
        format!("UPDATE order_lines SET quantity = quantity + {by} WHERE order_id = '{confirmed}'")
    };
    fixture
        .corrupt(
            "order",
            &lines(1),
            &lines(-1),
            &[("sales_match_orders", confirmed)],
        )
        .await;
    // Sold twice, and hidden by an adjustment: the sums agree.
    fixture
        .corrupt(
            "catalog",
            &format!(
                "INSERT INTO stock_journal (id, product_id, delta, kind, reason, reference, created_at)
                 SELECT gen_random_uuid(), product_id, delta, kind, 'twice', reference, created_at
                 FROM stock_journal WHERE kind = 'sold' AND reference =
                     (SELECT id FROM reservations WHERE order_id = '{confirmed}');
                 INSERT INTO stock_journal (id, product_id, delta, kind, reason, created_at)
                 SELECT gen_random_uuid(), product_id, -delta, 'adjusted', 'twice', created_at
                 FROM stock_journal WHERE reason = 'twice'"
            ),
            "DELETE FROM stock_journal WHERE reason = 'twice'",
            &[("stock_moves_once", confirmed)],
        )
        .await;
    fixture.assert_clean().await;
}
