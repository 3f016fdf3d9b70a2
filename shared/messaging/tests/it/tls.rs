//! A broker that is reached with TLS.

use messaging::{Broker, BrokerConfig};

use crate::support::{Add, declare, publish, sums};

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_published_with_tls() {
    let vhost = testkit::vhost().await;
    let mut config = BrokerConfig::at(vhost.url_with_tls().into());
    config.ca_path = testkit::server_ca();
    let broker = Broker::new(&config).unwrap();
    broker.connected().await;
    declare(&broker, sums()).await;
    publish(&broker, &Add { number: 1 }).await.unwrap();
}
