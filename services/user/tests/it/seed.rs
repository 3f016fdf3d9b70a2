use contracts::user::v1::Role;

use crate::support::{config, credentials, database, start};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_accounts_are_created_once_and_can_sign_in() {
    let database = database().await;
    let changes = [("seed.demo_accounts", "true")];
    user::seed(config(&database.url, &changes), vec![])
        .await
        .unwrap();
    let hashes = "SELECT string_agg(password_hash, ' ' ORDER BY id) AS value FROM users";
    let first = database.text(hashes).await;
    user::seed(config(&database.url, &changes), vec![])
        .await
        .unwrap();
    assert_eq!(database.text(hashes).await, first);

    let mut client = start(&database).await.client;
    for (email, password, role) in [
        ("ada@example.com", "correct-horse-battery", Role::Customer),
        (
            "staff@example.com",
            "correct-horse-battery-staff",
            Role::Staff,
        ),
    ] {
        let answer = client.sign_in(credentials(email, password)).await.unwrap();
        let user = answer.into_inner().session.unwrap().user.unwrap();
        assert_eq!(user.role(), role);
    }
    let enrolled =
        "SELECT count(*)::text AS value FROM second_factors WHERE sealed_secret IS NOT NULL";
    assert_eq!(database.text(enrolled).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn seeding_requires_the_configuration_to_allow_it() {
    let database = database().await;
    let error = user::seed(config(&database.url, &[]), vec![])
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("USER__SEED__DEMO_ACCOUNTS"),
        "{error}"
    );
    assert_eq!(database.count("users").await, 0);
}
