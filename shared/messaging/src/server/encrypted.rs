//! Connections with TLS. lapin is built without its own, so it gets sockets that are already encrypted.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use async_compat::Compat;
use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_io::{AsyncRead, AsyncWrite};
use futures_util::Stream;
use lapin::uri::AMQPUri;
use lapin::{AsyncTcpStream, ConnectionProperties};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

type Socket = Compat<TlsStream<TcpStream>>;
type Kit = RuntimeParts<Tokio, Encrypted>;

/// Connects, and verifies that the server's certificate is valid for the host of the URL.
pub(super) async fn connect(
    uri: AMQPUri,
    tls: TlsConnector,
    properties: ConnectionProperties,
) -> lapin::Result<lapin::Connection> {
    let tokio = Tokio::current();
    let runtime = Runtime::new(RuntimeParts::new(tokio.clone(), Encrypted(tokio)));
    let open = async move |uri: AMQPUri, _: Runtime<Kit>| -> lapin::Result<_> {
        // `Plain` is what lapin calls a socket that it does not encrypt itself.
        Ok(AsyncTcpStream::Plain(open(&uri, &tls).await?))
    };
    lapin::Connection::connector(uri, runtime, open, properties).await
}

async fn open(uri: &AMQPUri, tls: &TlsConnector) -> io::Result<Socket> {
    // The brackets of an IPv6 address belong to the URL.
    let host = uri.authority.host.trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, uri.authority.port)).await?;
    stream.set_nodelay(true)?;
    Ok(Compat::new(tls.connect(name, stream).await?))
}

/// Tokio, with encrypted sockets as the type of socket.
#[derive(Clone, Debug)]
struct Encrypted(Tokio);

impl Reactor for Encrypted {
    type TcpStream = Socket;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        self.0.register(socket)
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(duration)
    }

    /// Not used: `connect` opens the sockets, because here the name in the certificate is unknown.
    fn tcp_connect_addr(
        &self,
        _address: SocketAddr,
    ) -> impl Future<Output = io::Result<Socket>> + Send + 'static {
        std::future::ready(Err(io::ErrorKind::Unsupported.into()))
    }
}
