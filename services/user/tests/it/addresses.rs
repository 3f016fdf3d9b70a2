use contracts::types::v1::PostalAddress;
use contracts::user::v1::{
    Address, CreateAddressRequest, DeleteAddressRequest, ListAddressesRequest, UpdateAddressRequest,
};
use futures_util::future::join_all;
use testkit::with_token;
use tonic::{Code, Status};

use crate::support::{Client, access_token_of, database, named_fields, postal, refusal, start};

async fn create(client: &Client, token: &str, label: &str) -> Result<Address, Status> {
    create_once(client, token, label, "").await
}

async fn list(client: &Client, token: &str) -> Vec<Address> {
    let request = with_token(token, ListAddressesRequest {});
    let answer = client.clone().list_addresses(request).await.unwrap();
    answer.into_inner().addresses
}

/// Adds an address under a key.
async fn create_once(
    client: &Client,
    token: &str,
    label: &str,
    key: &str,
) -> Result<Address, Status> {
    let request = CreateAddressRequest {
        label: label.to_owned(),
        postal: Some(postal()),
        idempotency_key: key.to_owned(),
    };
    let mut client = client.clone();
    let answer = client.create_address(with_token(token, request)).await?;
    Ok(answer.into_inner().address.unwrap())
}

fn not_found() -> (Code, String) {
    (Code::NotFound, "ADDRESS_NOT_FOUND".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_added_listed_changed_and_removed() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    assert_eq!(list(&client, &token).await, []);

    let home = create(&client, &token, "Home").await.unwrap();
    let work = create(&client, &token, "Work").await.unwrap();
    assert_eq!(home.postal, Some(postal()));
    assert_eq!(
        list(&client, &token).await,
        [home.clone(), work.clone()],
        "oldest first"
    );

    let moved = PostalAddress {
        city: "Potsdam".to_owned(),
        ..postal()
    };
    let request = UpdateAddressRequest {
        id: home.id.clone(),
        label: "New home".to_owned(),
        postal: Some(moved.clone()),
    };
    let answer = client
        .update_address(with_token(&token, request))
        .await
        .unwrap();
    let home = answer.into_inner().address.unwrap();
    assert_eq!(
        (home.label.as_str(), &home.postal),
        ("New home", &Some(moved))
    );
    assert_eq!(list(&client, &token).await, [home.clone(), work.clone()]);

    let request = DeleteAddressRequest { id: home.id };
    client
        .delete_address(with_token(&token, request.clone()))
        .await
        .unwrap();
    assert_eq!(list(&client, &token).await, [work]);
    let again = client.delete_address(with_token(&token, request)).await;
    assert_eq!(refusal(again), not_found());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owners_address_is_not_found() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let ada = access_token_of(&client, "ada@example.com").await;
    let bob = access_token_of(&client, "bob@example.com").await;
    let address = create(&client, &ada, "Home").await.unwrap();

    let update = UpdateAddressRequest {
        id: address.id.clone(),
        label: "Mine now".to_owned(),
        postal: Some(postal()),
    };
    assert_eq!(
        refusal(client.update_address(with_token(&bob, update)).await),
        not_found()
    );
    let delete = DeleteAddressRequest {
        id: address.id.clone(),
    };
    assert_eq!(
        refusal(client.delete_address(with_token(&bob, delete)).await),
        not_found()
    );
    assert_eq!(list(&client, &bob).await, []);
    assert_eq!(list(&client, &ada).await, [address]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_id_is_not_found() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let request = DeleteAddressRequest {
        id: "42".to_owned(),
    };
    assert_eq!(
        refusal(client.delete_address(with_token(&token, request)).await),
        not_found()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_at_most_twenty_addresses_under_concurrency() {
    let database = database().await;
    let client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let answers = join_all((0..25).map(|_| create(&client, &token, "Home"))).await;
    let (stored, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(stored.len(), 20);
    for answer in refused {
        let expected = (Code::FailedPrecondition, "ADDRESS_LIMIT_REACHED".to_owned());
        assert_eq!(refusal(answer), expected);
    }
    assert_eq!(list(&client, &token).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_of_an_address_is_reported() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let wrong = PostalAddress {
        recipient: "x".repeat(101),
        line1: String::new(),
        line2: "x".repeat(201),
        city: " ".to_owned(),
        region: "x".repeat(101),
        postal_code: "x".repeat(21),
        country: "Germany".to_owned(),
    };
    let request = CreateAddressRequest {
        label: "x".repeat(51),
        postal: Some(wrong.clone()),
        ..CreateAddressRequest::default()
    };
    let expected = [
        "label",
        "postal.recipient",
        "postal.line1",
        "postal.line2",
        "postal.city",
        "postal.region",
        "postal.postal_code",
        "postal.country",
    ];
    assert_eq!(
        named_fields(client.create_address(with_token(&token, request)).await),
        expected
    );
    let request = UpdateAddressRequest {
        id: "42".to_owned(),
        label: String::new(),
        postal: Some(wrong),
    };
    assert_eq!(
        named_fields(client.update_address(with_token(&token, request)).await),
        expected
    );
    assert_eq!(database.count("addresses").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_follows_the_rules_of_its_country() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let address = |country: &str, city: &str, region: &str, postal_code: &str| {
        let request = CreateAddressRequest {
            label: "Home".to_owned(),
            postal: Some(PostalAddress {
                city: city.to_owned(),
                region: region.to_owned(),
                postal_code: postal_code.to_owned(),
                country: country.to_owned(),
                ..postal()
            }),
            ..CreateAddressRequest::default()
        };
        with_token(&token, request)
    };
    for valid in [
        address("HK", "", "Kowloon", ""),
        address("SG", "", "", "546080"),
        address("US", "New York", "NY", "10001"),
    ] {
        client.create_address(valid).await.unwrap();
    }
    for (invalid, field) in [
        (address("US", "New York", "", "10001"), "postal.region"),
        (address("DE", "Berlin", "", "."), "postal.postal_code"),
        (address("HK", "", "Kowloon", "999077"), "postal.postal_code"),
    ] {
        let refused = client.create_address(invalid).await;
        assert_eq!(named_fields(refused), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_adds_an_address_once() {
    let database = database().await;
    let client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let repeated = join_all((0..5).map(|_| create_once(&client, &token, "Home", "key-1"))).await;
    let first = repeated[0].clone().unwrap();
    for answer in repeated {
        assert_eq!(answer.unwrap(), first);
    }
    assert_eq!(list(&client, &token).await, [first]);

    let other = create_once(&client, &token, "Work", "key-1").await;
    let reused = "IDEMPOTENCY_KEY_REUSED".to_owned();
    assert_eq!(refusal(other), (Code::FailedPrecondition, reused));
    let bad = create_once(&client, &token, "Home", "no key").await;
    assert_eq!(named_fields(bad), ["idempotency_key"]);
    assert_eq!(database.count("addresses").await, 1);

    let stranger = access_token_of(&client, "grace@example.com").await;
    create_once(&client, &stranger, "Home", "key-1")
        .await
        .unwrap();
    assert_eq!(database.count("addresses").await, 2);
}
