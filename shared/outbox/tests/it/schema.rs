//! The tables are the same in every service.

#[test]
fn the_four_migrations_are_identical() {
    let catalog = include_str!("../../../../migrations/catalog/20261122000001_messaging/up.sql");
    let order = include_str!("../../../../migrations/order/20261122000001_messaging/up.sql");
    let payment = include_str!("../../../../migrations/payment/20261122000001_messaging/up.sql");
    let user = include_str!("../../../../migrations/user/20261122000001_messaging/up.sql");
    assert_eq!([order; 3], [catalog, payment, user]);
}
