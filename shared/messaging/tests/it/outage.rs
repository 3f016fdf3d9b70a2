use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use testkit::eventually;

use crate::support::{Add, broker, broker_at, declare, proxied, publish, sums};

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_starts_after_the_process_is_connected_to() {
    let (_vhost, proxy, url) = proxied().await;
    proxy.cut();
    let broker = broker_at(&url);
    let mut consumer = broker.consumer(sums());
    let receiving = tokio::spawn(async move { consumer.next_batch(1).await.len() });
    assert!(!broker.is_connected());
    proxy.restore();
    eventually("published", async || {
        publish(&broker, &Add { number: 1 }).await.ok()
    })
    .await;
    assert_eq!(1, receiving.await.unwrap());
    assert!(broker.is_connected());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_messages_arrive_although_connections_are_cut_repeatedly() {
    const MESSAGES: u32 = 300;
    let (vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    let done = Arc::new(AtomicBool::new(false));

    let (publisher, mut consumer) = (broker.clone(), broker.consumer(sums()));
    let publishing = tokio::spawn(async move {
        for number in 0..MESSAGES {
            while publish(&publisher, &Add { number }).await.is_err() {
                publisher.connected().await;
            }
        }
    });
    let stop = Arc::clone(&done);
    let cutting = tokio::spawn(async move {
        let mut cuts = 0;
        while !stop.load(Ordering::SeqCst) || cuts == 0 {
            cuts += vhost.cut_connections().await;
        }
        (vhost, cuts)
    });
    let mut seen = BTreeSet::new();
    while seen.len() < 300 {
        let batch = consumer.next_batch(16).await;
        for delivery in &batch {
            seen.insert(
                delivery
                    .envelope
                    .as_ref()
                    .unwrap()
                    .decode::<Add>()
                    .unwrap()
                    .number,
            );
        }
        // Fails if the connection was cut; the batch is then redelivered.
        let _ = consumer.ack_batch(&batch).await;
    }
    publishing.await.unwrap();
    done.store(true, Ordering::SeqCst);
    let (_vhost, cuts) = cutting.await.unwrap();
    assert!(cuts > 0);
    assert_eq!((0..MESSAGES).collect::<BTreeSet<_>>(), seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unresponsive_connection_is_replaced_after_the_timeout() {
    let (vhost, _) = broker().await;
    let (frozen, url) = freezing(&vhost.url).await;
    let mut config = messaging::BrokerConfig::at(url.as_str().into());
    config.publish_timeout_ms = 2_000;
    config.reconnect_max_ms = 100;
    let broker = messaging::Broker::new(&config).unwrap();
    broker.connected().await;
    declare(&broker, sums()).await;
    publish(&broker, &Add { number: 1 }).await.unwrap();
    frozen.store(true, Ordering::SeqCst);
    assert!(publish(&broker, &Add { number: 2 }).await.is_err());
    frozen.store(false, Ordering::SeqCst);
    eventually("published again", async || {
        publish(&broker, &Add { number: 3 }).await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_but_never_responds_costs_few_sockets() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("amqp://guest:guest@{}/x", listener.local_addr().unwrap());
    let (accepted, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, present) = (Arc::clone(&accepted), Arc::clone(&open));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            present.fetch_add(1, Ordering::SeqCst);
            let present = Arc::clone(&present);
            tokio::spawn(async move {
                let _ended = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                present.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let mut config = messaging::BrokerConfig::at(url.as_str().into());
    config.connect_timeout_ms = 50;
    config.reconnect_max_ms = 100;
    let broker = messaging::Broker::new(&config).unwrap();
    eventually("many attempts", async || {
        (accepted.load(Ordering::SeqCst) >= 40).then_some(())
    })
    .await;
    assert!(!broker.is_connected());
    let open = open.load(Ordering::SeqCst);
    assert!(open <= 8, "{open} sockets are open");
}

/// A proxy that keeps connections open. While frozen, it discards what the client sends.
async fn freezing(url: &str) -> (Arc<AtomicBool>, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (credentials, rest) = url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let (server, name) = (server.to_owned(), name.to_owned());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{credentials}@{}/{name}", listener.local_addr().unwrap());
    let frozen = Arc::new(AtomicBool::new(false));
    let freeze = Arc::clone(&frozen);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = tokio::net::TcpStream::connect(&server).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = upstream.into_split();
            let freeze = Arc::clone(&freeze);
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 8192];
                while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
                    if freeze.load(Ordering::SeqCst) {
                        continue;
                    }
                    if to_server.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (frozen, url)
}
