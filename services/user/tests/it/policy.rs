use contracts::user::v1::{
    CreateAddressRequest, DeleteAddressRequest, FindAccountRequest, GetMeRequest,
    ListAddressesRequest, RevokeSigningKeyRequest, RotateSigningKeyRequest, UpdateAddressRequest,
};
use testkit::with_token;
use tonic::Code;

use crate::support::{access_token_of, database, refusal, start};

#[tokio::test(flavor = "multi_thread")]
async fn personal_rpcs_need_a_token() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let answers = [
        refusal(client.get_me(GetMeRequest {}).await),
        refusal(client.list_addresses(ListAddressesRequest {}).await),
        refusal(client.find_account(FindAccountRequest::default()).await),
        refusal(client.create_address(CreateAddressRequest::default()).await),
        refusal(client.update_address(UpdateAddressRequest::default()).await),
        refusal(client.delete_address(DeleteAddressRequest::default()).await),
        refusal(client.rotate_signing_key(RotateSigningKeyRequest {}).await),
        refusal(
            client
                .revoke_signing_key(RevokeSigningKeyRequest::default())
                .await,
        ),
    ];
    for answer in answers {
        assert_eq!(answer, (Code::Unauthenticated, "TOKEN_MISSING".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_cannot_rotate_keys() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let token = access_token_of(&client, "ada@example.com").await;
    let answer = client
        .rotate_signing_key(with_token(&token, RotateSigningKeyRequest {}))
        .await;
    assert_eq!(
        refusal(answer),
        (Code::PermissionDenied, "FORBIDDEN".to_owned())
    );
}
