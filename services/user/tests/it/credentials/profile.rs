//! The name of the owner.

use contracts::user::v1::UpdateProfileRequest;
use testkit::with_token;

use super::world::World;
use crate::support::{named_fields, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_changed_and_an_absent_one_stays() {
    let world = World::open().await;
    let update = async |name: Option<&str>| {
        let display_name = name.map(ToOwned::to_owned);
        let request = with_token(world.token(), UpdateProfileRequest { display_name });
        let answer = world.account().update_profile(request).await?;
        Ok::<_, tonic::Status>(answer.into_inner().user.unwrap().display_name)
    };
    assert_eq!(update(Some(" Zoe\u{308} ")).await.unwrap(), "Zo\u{eb}");
    assert_eq!(update(None).await.unwrap(), "Zo\u{eb}");
    for wrong in ["", " ", "Ada\nLovelace", &"x".repeat(101)] {
        let answer = update(Some(wrong)).await;
        assert_eq!(named_fields(answer), ["display_name"], "{wrong:?}");
    }
    assert_eq!(world.me().await.display_name, "Zo\u{eb}");
    let guest = world
        .account()
        .update_profile(UpdateProfileRequest::default())
        .await;
    assert_eq!(refusal(guest).1, "TOKEN_MISSING");
}
