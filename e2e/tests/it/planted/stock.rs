use super::Proof;

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_was_lost_left_behind_or_moved_twice_is_found() {
    let proof = Box::pin(Proof::open()).await;
    let stock = |what: &str| format!("UPDATE stock SET {what} WHERE sku = 'LAMP'");
    proof
        .planted(
            "catalog",
            &stock("on_hand = on_hand - 1"),
            &stock("on_hand = on_hand + 1"),
            &[(
                "stock_adds_up",
                "LAMP: put on the shelf 10, on hand 7 + sold 2 = 9",
            )],
        )
        .await;
    proof
        .planted(
            "catalog",
            &stock("reserved = 1"),
            &stock("reserved = 0"),
            &[("reserved_is_held", "LAMP: reserved 1, open orders hold 0")],
        )
        .await;
    proof
        .planted(
            "catalog",
            "ALTER TABLE stock DROP CONSTRAINT stock_reserved_within_on_hand;
             UPDATE stock SET reserved = -1 WHERE sku = 'MUG'",
            "UPDATE stock SET reserved = 0 WHERE sku = 'MUG';
             ALTER TABLE stock ADD CONSTRAINT stock_reserved_within_on_hand
                 CHECK (reserved BETWEEN 0 AND on_hand)",
            &[
                ("never_negative", "MUG: on hand 4, reserved -1"),
                ("reserved_is_held", "MUG"),
                ("guards_stand", "stock_reserved_within_on_hand"),
            ],
        )
        .await;
    let confirmed = proof.confirmed.as_str();
    let lines = |by: i64| {
        format!("UPDATE order_lines SET quantity = quantity + {by} WHERE order_id = '{confirmed}'")
    };
    proof
        .planted(
            "order",
            &lines(1),
            &lines(-1),
            &[("sales_are_orders", confirmed)],
        )
        .await;
    // Sold once more, and hidden by an adjustment: the sums agree.
    proof
        .planted(
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
    proof.is_in_order().await;
}
