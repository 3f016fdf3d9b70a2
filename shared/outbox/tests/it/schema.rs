//! The tables are identical in all services.

macro_rules! migration {
    ($service:literal, $name:literal) => {
        include_str!(concat!(
            "../../../../migrations/",
            $service,
            "/",
            $name,
            "/up.sql"
        ))
    };
}

macro_rules! identical {
    ($name:literal) => {
        let order = migration!("order", $name);
        let others = [
            migration!("catalog", $name),
            migration!("payment", $name),
            migration!("user", $name),
        ];
        assert_eq!([order; 3], others);
    };
}

#[test]
fn the_four_migrations_are_identical() {
    identical!("20261128000001_messaging");
}
