//! Copies bytes between two streams, with the current faults.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Faults;

/// Bytes that are copied at a time; with a delay this also limits the bandwidth.
const CHUNK: usize = 16 * 1024;

/// Copies until both sides have closed, or one side fails.
pub(super) async fn both_ways(
    client: TcpStream,
    server: TcpStream,
    faults: &watch::Sender<Faults>,
) {
    let _only_slower = client.set_nodelay(true);
    let _only_slower = server.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = one_way(from_client, to_server, faults.subscribe());
    let back = one_way(from_server, to_client, faults.subscribe());
    // Either side may close its half and continue to read; an error ends both.
    let _ended = tokio::try_join!(there, back);
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut faults: watch::Receiver<Faults>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        let now = faults.wait_for(|faults| !faults.stalls).await;
        let now = *now.map_err(io::Error::other)?;
        let mut wait = now.delay + now.jitter.mul_f64(rand::random_range(0.0..1.0));
        if now.bandwidth > 0 {
            let bytes = u32::try_from(length).unwrap_or(u32::MAX);
            wait += Duration::from_secs_f64(f64::from(bytes) / f64::from(now.bandwidth));
        }
        if !wait.is_zero() {
            sleep(wait).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&chunk[..length]).await?;
    }
}
