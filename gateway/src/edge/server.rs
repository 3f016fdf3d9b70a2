//! The listening socket, and the HTTP server on it.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_http::{
    HttpService, KeepAlive, Request, Response,
    body::{BoxBody, MessageBody},
    error::DispatchError,
};
use actix_server::Server;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::{
    Error,
    dev::{AppConfig, ServiceResponse},
};
use anyhow::Context;
use tokio::net::{TcpSocket, TcpStream};

use crate::{
    edge::{
        config::HttpConfig,
        connection::{Connection, Connections, Limits},
    },
    metrics::{Cause, HTTP_SERVER_CONNECTIONS_CLOSED},
};

/// Bytes of a response that the kernel keeps for a client that does not read; Linux doubles it. The kernel would
/// otherwise take up to 4 MiB a connection.
const SEND_BUFFER: u32 = 32_768;
/// Bytes of a response that the HTTP library collects before it writes them.
pub(crate) const WRITE_BUFFER: usize = 8_192;

/// Binds the public port.
///
/// # Errors
/// The address cannot be bound.
pub(crate) fn listen(http: &HttpConfig) -> anyhow::Result<TcpListener> {
    let bind = || {
        let socket = if http.listen.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        socket.set_reuseaddr(true)?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(http.listen)?;
        socket.listen(http.listen_backlog)?.into_std()
    };
    bind().with_context(|| format!("cannot listen on {} (http.listen)", http.listen))
}

/// Serves the application on every worker. Heads, idle connections and writes are timed by [`Connection`].
///
/// # Errors
/// The socket cannot be used.
pub(crate) fn serve<F, I, S, B>(
    http: &HttpConfig,
    drain_s: u64,
    listener: TcpListener,
    connections: &Arc<Connections>,
    application: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error>
        + 'static,
    S::InitError: fmt::Debug,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let workers = match http.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let limits = Limits::new(http);
    let connections = Arc::clone(connections);
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(http.max_connections.div_ceil(workers))
        .shutdown_timeout(drain_s)
        .disable_signals();
    let draining = server.graceful_shutdown_signal();
    let factory = move || {
        let application = application()
            .into_factory()
            .map_err(|error: Error| Response::<BoxBody>::from(error.error_response()));
        let draining = draining.clone();
        let http = HttpService::<Connection, _, _>::build()
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(Duration::from_secs(1))
            .h1_write_buffer_size(WRITE_BUFFER)
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .on_connect_ext(|connection: &Connection, extensions| {
                extensions.insert(connection.exchange());
            })
            .h1(map_config(application, |()| AppConfig::default()));
        let connections = Arc::clone(&connections);
        fn_service(move |stream: TcpStream| {
            let admitted = admit(stream, limits, &connections);
            async { admitted }
        })
        .and_then(http)
    };
    Ok(server.listen("http", listener, factory)?.run())
}

fn admit(
    stream: TcpStream,
    limits: Limits,
    connections: &Arc<Connections>,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().map_err(DispatchError::Io)?;
    // A response in several parts must not wait for the client's acknowledgment of the first one.
    stream.set_nodelay(true).map_err(DispatchError::Io)?;
    let Some(permit) = connections.admit(peer.ip()) else {
        HTTP_SERVER_CONNECTIONS_CLOSED.of(Cause::AddressLimit).inc();
        return Err(DispatchError::Io(io::ErrorKind::ConnectionRefused.into()));
    };
    Ok((Connection::new(stream, limits, permit), Some(peer)))
}
