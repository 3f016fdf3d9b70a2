//! Staff list and find the accounts of customers.

use contracts::user::v1::customer_service_client::CustomerServiceClient;
use contracts::user::v1::{
    GetCustomerRequest, GetCustomerResponse, ListCustomersRequest, ListCustomersResponse,
};
use testkit::{TestDatabase, eventually, with_token};
use tonic::{Code, Status};

use crate::support::{
    EMAIL, Service, access_token_of, database, named_fields, refusal, register_and_sign_in,
    registration, sign_in, staff_token, start,
};

struct World {
    service: Service,
    staff: String,
    database: TestDatabase,
}

impl World {
    /// A shop with one staff member.
    async fn open() -> Self {
        let database = database().await;
        let service = start(&database).await;
        let staff = staff_token(&database, &service.client).await;
        Self {
            service,
            staff,
            database,
        }
    }

    async fn register(&self, email: &str) {
        let mut client = self.service.client.clone();
        client.register(registration(email)).await.unwrap();
    }

    fn client(&self) -> CustomerServiceClient<tonic::transport::Channel> {
        CustomerServiceClient::new(self.service.channel.clone())
    }

    async fn list(
        &self,
        token: &str,
        request: ListCustomersRequest,
    ) -> Result<ListCustomersResponse, Status> {
        let request = with_token(token, request);
        let answer = self.client().list_customers(request).await;
        answer.map(tonic::Response::into_inner)
    }

    /// The addresses on the first page of a search.
    async fn find(&self, email: &str) -> Vec<String> {
        let request = ListCustomersRequest {
            email: email.to_owned(),
            ..ListCustomersRequest::default()
        };
        let page = self.list(&self.staff, request).await.unwrap();
        assert_eq!(page.next_page_token, "");
        page.customers.into_iter().map(|one| one.email).collect()
    }

    async fn get(&self, token: &str, id: &str) -> Result<GetCustomerResponse, Status> {
        let request = with_token(token, GetCustomerRequest { id: id.to_owned() });
        let answer = self.client().get_customer(request).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn id_of(&self, email: &str) -> String {
        let query = format!("SELECT id::text AS value FROM users WHERE email = '{email}'");
        self.database.text(&query).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_the_beginning_of_their_address() {
    let world = World::open().await;
    for email in [
        EMAIL,
        "adam@example.org",
        "b_b@example.com",
        "bob@xn--bcher-kva.example",
    ] {
        world.register(email).await;
    }
    let all = [
        "bob@xn--bcher-kva.example",
        "b_b@example.com",
        "adam@example.org",
        EMAIL,
    ];
    for (text, expected) in [
        ("", all.as_slice()),
        ("ada", &["adam@example.org", EMAIL]),
        (" ADA@Example.COM ", &[EMAIL]),
        ("ada@example.co", &[EMAIL]),
        ("bob@bücher.example", &["bob@xn--bcher-kva.example"]),
        // No pattern.
        ("b_", &["b_b@example.com"]),
        ("%", &[]),
        ("da@example.com", &[]),
        // An account of staff.
        ("boss@example.com", &[]),
    ] {
        assert_eq!(world.find(text).await, expected, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_listed_page_by_page() {
    let world = World::open().await;
    for number in 1..=5 {
        world.register(&format!("ada{number}@example.com")).await;
    }
    world.register("bob@example.com").await;
    let request = |email: &str, page_token: &str| ListCustomersRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
        email: email.to_owned(),
    };
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let page = world
            .list(&world.staff, request("ada", &next))
            .await
            .unwrap();
        assert!(page.customers.len() <= 2);
        found.extend(page.customers.into_iter().map(|one| one.email));
        next = page.next_page_token;
        if next.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = (1..=5)
        .rev()
        .map(|number| format!("ada{number}@example.com"))
        .collect();
    assert_eq!(found, expected);

    let first = world.list(&world.staff, request("ada", "")).await.unwrap();
    let other_list = world
        .list(&world.staff, request("", &first.next_page_token))
        .await;
    let invalid = (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned());
    assert_eq!(refusal(other_list), invalid);
    let too_many = ListCustomersRequest {
        page_size: 101,
        ..request("", "")
    };
    let refused = world.list(&world.staff, too_many).await;
    assert_eq!(named_fields(refused), ["page_size"]);
    let refused = world.list(&world.staff, request("ä", "")).await;
    assert_eq!(named_fields(refused), ["email"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_read_with_the_number_of_open_sessions() {
    let world = World::open().await;
    register_and_sign_in(&world.service.client).await;
    sign_in(&world.service.client).await;
    sign_in(&world.service.client).await;
    let id = world.id_of(EMAIL).await;
    let end = "UPDATE sessions SET revoked_at = now() WHERE id = (SELECT max(id::text)::uuid FROM sessions)";
    world.database.execute(end).await.unwrap();
    let read = world.get(&world.staff, &id).await.unwrap();
    assert_eq!(read.open_sessions, 2);
    let customer = read.customer.unwrap();
    assert_eq!((customer.id, customer.email.as_str()), (id, EMAIL));
    assert_eq!(customer.display_name, "Ada Lovelace");
    assert!(customer.created_at.is_some() && !customer.email_verified);

    let staff_account = world.id_of("boss@example.com").await;
    for id in [
        staff_account.as_str(),
        "nonsense",
        "01990000-0000-7000-8000-000000000001",
    ] {
        let refused = refusal(world.get(&world.staff, id).await);
        let expected = (Code::NotFound, "CUSTOMER_NOT_FOUND".to_owned());
        assert_eq!(refused, expected, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_cannot_look_for_customers() {
    let world = World::open().await;
    let eve = access_token_of(&world.service.client, "eve@example.com").await;
    let id = world.id_of("eve@example.com").await;
    let forbidden = (Code::PermissionDenied, "FORBIDDEN".to_owned());
    let listed = world.list(&eve, ListCustomersRequest::default()).await;
    assert_eq!(refusal(listed), forbidden);
    assert_eq!(refusal(world.get(&eve, &id).await), forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_few_rows_of_many() {
    let world = World::open().await;
    world
        .database
        .execute(
            "INSERT INTO users (id, email, password_hash, display_name, role, created_at)
             SELECT md5(n::text)::uuid, md5(n::text) || '@example.com', '', 'Ada', 'customer', now()
             FROM generate_series(1, 20000) n",
        )
        .await
        .unwrap();
    world.database.execute("ANALYZE users").await.unwrap();
    assert_eq!(
        world.find("c4ca4238a0b923820dcc509a6f75849b@").await.len(),
        1
    );
    let all = world
        .list(&world.staff, ListCustomersRequest::default())
        .await;
    assert_eq!(all.unwrap().customers.len(), 20);
    // Connections report their statistics when they close, at the latest.
    world.service.running.stop().await;
    let reads = |index: &str| {
        format!(
            "pg_stat_user_indexes WHERE indexrelname = '{index}' AND idx_scan > 0 AND idx_tup_read < 500"
        )
    };
    eventually("the statistics are reported", async || {
        (world.database.count(&reads("users_email_prefix_idx")).await == 1).then_some(())
    })
    .await;
    assert_eq!(world.database.count(&reads("users_pkey")).await, 1);
}
