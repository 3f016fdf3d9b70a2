//! The end of a connection that the gateway closes: a last response, then what the client still sends is discarded for a
//! moment. Without that, the kernel resets the connection and the client may lose the response.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    http::StatusCode,
    web::{Buf, Bytes},
};
use kernel::Clock;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use crate::edge::problem::{
    MEDIA_TYPE, Problem,
    reasons::{self, Kind},
};

/// Time for the last response and for what the client still sends.
const LINGER: Duration = Duration::from_secs(1);
/// Bytes that are discarded at most.
const DISCARDED_MAX: usize = 262_144;

pub(super) struct Closing {
    response: Bytes,
    is_shut_down: bool,
    discarded: usize,
    deadline: Pin<Box<Sleep>>,
}

impl Closing {
    pub(super) fn with(response: Bytes) -> Self {
        Self {
            response,
            is_shut_down: false,
            discarded: 0,
            deadline: Box::pin(sleep(LINGER)),
        }
    }

    pub(super) fn without_response() -> Self {
        Self::with(Bytes::new())
    }

    /// Ready when the stream can be dropped.
    pub(super) fn poll(&mut self, stream: &mut TcpStream, context: &mut Context<'_>) -> Poll<()> {
        if Future::poll(self.deadline.as_mut(), context).is_ready() {
            return Poll::Ready(());
        }
        while !self.response.is_empty() {
            match ready!(Pin::new(&mut *stream).poll_write(context, &self.response)) {
                Ok(count @ 1..) => self.response.advance(count),
                Ok(0) | Err(_) => return Poll::Ready(()),
            }
        }
        if !self.is_shut_down {
            if ready!(Pin::new(&mut *stream).poll_shutdown(context)).is_err() {
                return Poll::Ready(());
            }
            self.is_shut_down = true;
        }
        let mut space = [0; 4_096];
        while self.discarded < DISCARDED_MAX {
            let mut buffer = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.discarded += buffer.filled().len(),
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}

/// The library's response without a body, as a problem. Anything else is passed on.
pub(super) fn as_problem(response: &[u8]) -> Bytes {
    let status = response
        .get(..12)
        .and_then(|line| str::from_utf8(line).ok())
        .and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok());
    match status {
        Some(status @ 400..) => refusal(reasons::of_status(status)),
        _ => Bytes::copy_from_slice(response),
    }
}

/// A response to a request whose head could not be read, and with it the URL.
pub(super) fn refusal(kind: &'static Kind) -> Bytes {
    let document = Problem::new(kind).document("/", None);
    let body = serde_json::to_string(&document).unwrap_or_default();
    let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::BAD_REQUEST);
    let reason = status.canonical_reason().unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\ndate: {}\r\n\r\n",
        status.as_u16(),
        body.len(),
        Clock::system().now().format("%a, %d %b %Y %H:%M:%S GMT"),
    );
    Bytes::from(head + &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_library_becomes_a_problem() {
        let library = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
        let bytes = as_problem(library);
        let text = str::from_utf8(&bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        let document: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(document["type"], "/problems/head-too-large");
        assert_eq!(
            as_problem(b"HTTP/1.1 400 Bad Request\r\n\r\n").len(),
            refusal(&reasons::BAD_REQUEST).len()
        );
    }
}
