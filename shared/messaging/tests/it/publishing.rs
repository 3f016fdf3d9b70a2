use messaging::PublishError;

use crate::support::{Add, broker, broker_at, declare, outgoing, proxied, publish, sums};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_no_queue_is_bound_to_is_an_error() {
    let (_vhost, broker) = broker().await;
    let error = publish(&broker, &Add { number: 1 }).await.unwrap_err();
    assert!(
        matches!(error, PublishError::Unroutable { .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_batch_only_unroutable_messages_fail() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    let mut batch: Vec<_> = (0..64).map(|number| outgoing(&Add { number })).collect();
    for lost in [3, 40, 63] {
        batch[lost].envelope.message_type = "calculator.unknown.v1".into();
    }
    let results = broker.publish_batch(&batch).await;
    let failed: Vec<_> = (0..64).filter(|index| results[*index].is_err()).collect();
    assert_eq!(vec![3, 40, 63], failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_publishing_fails_at_once() {
    let (_vhost, proxy, url) = proxied().await;
    proxy.cut();
    let broker = broker_at(&url);
    let error = publish(&broker, &Add { number: 1 }).await.unwrap_err();
    assert!(matches!(error, PublishError::Unavailable(_)), "{error:?}");
    assert!(!broker.is_connected());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_larger_than_the_buffers_is_complete() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    let note = "x".repeat(3_000_000);
    let mut large = outgoing(&Add { number: 1 });
    large.envelope.data = format!(r#"{{"number":1,"note":"{note}"}}"#).into_bytes();
    let sent = large.envelope.data.clone();
    broker.publish_batch(&[large]).await.remove(0).unwrap();

    let batch = broker.consumer(sums()).next_batch(1).await;
    assert!(batch[0].envelope.as_ref().unwrap().data == sent);
}
