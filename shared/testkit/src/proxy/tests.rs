#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::*;

const FREE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An echo server that begins each connection with its letter.
async fn echo(letter: u8) -> Arc<Backend> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                write.write_all(&[letter]).await?;
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    Backend::new(address)
}

async fn call(proxy: &Proxy) -> io::Result<(TcpStream, u8)> {
    let mut stream = TcpStream::connect(proxy.address).await?;
    let letter = stream.read_u8().await?;
    Ok((stream, letter))
}

async fn echo_byte(stream: &mut TcpStream, word: u8) -> io::Result<u8> {
    stream.write_all(&[word]).await?;
    stream.read_u8().await
}

#[tokio::test]
async fn connections_alternate_between_ready_backends() {
    let (one, two) = (echo(b'1').await, echo(b'2').await);
    let proxy = Proxy::listen(FREE, vec![one, Arc::clone(&two)])
        .await
        .unwrap();
    let mut letters = Vec::new();
    for _ in 0..4 {
        letters.push(call(&proxy).await.unwrap().1);
    }
    assert_eq!(letters, b"1212");
    two.ready.store(false, Ordering::Relaxed);
    for _ in 0..4 {
        assert_eq!(call(&proxy).await.unwrap().1, b'1');
    }
}

#[tokio::test]
async fn an_unreachable_backend_is_skipped() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Backend::new(listener.local_addr().unwrap())
    };
    let proxy = Proxy::listen(FREE, vec![closed, echo(b'2').await])
        .await
        .unwrap();
    assert_eq!(call(&proxy).await.unwrap().1, b'2');
}

#[tokio::test]
async fn a_delay_applies_in_both_directions() {
    let proxy = Proxy::listen(FREE, vec![echo(b'1').await]).await.unwrap();
    let (mut stream, _) = call(&proxy).await.unwrap();
    proxy.set(Faults {
        delay: Duration::from_millis(100),
        ..Faults::default()
    });
    let begin = Instant::now();
    assert_eq!(echo_byte(&mut stream, b'x').await.unwrap(), b'x');
    assert!(begin.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_cut_closes_open_connections_and_refuses_new_ones() {
    let proxy = Proxy::listen(FREE, vec![echo(b'1').await]).await.unwrap();
    let (mut stream, _) = call(&proxy).await.unwrap();
    proxy.set(Faults {
        refuses: true,
        ..Faults::default()
    });
    assert_eq!(echo_byte(&mut stream, b'x').await.unwrap(), b'x');
    proxy.end_connections();
    assert!(stream.read_u8().await.is_err());
    assert!(call(&proxy).await.is_err());
    proxy.set(Faults::default());
    assert!(call(&proxy).await.is_ok());
}

#[tokio::test]
async fn data_sent_during_a_stall_arrives_after_it() {
    let proxy = Proxy::listen(FREE, vec![echo(b'1').await]).await.unwrap();
    let (mut stream, _) = call(&proxy).await.unwrap();
    proxy.set(Faults {
        stalls: true,
        ..Faults::default()
    });
    stream.write_all(b"x").await.unwrap();
    let early = timeout(Duration::from_millis(100), stream.read_u8()).await;
    assert!(early.is_err());
    proxy.set(Faults::default());
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
}
