//! A client that writes HTTP byte by byte.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::shop::Shop;

/// A connection to the gateway.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn connect(shop: &Shop) -> Self {
        Self(TcpStream::connect(shop.gateway.listen).await.unwrap())
    }

    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.0.write_all(text.as_ref()).await.unwrap();
    }

    /// Sends a request without a body that keeps the connection.
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(get(path)).await;
        self.reply().await
    }

    /// The next response; the connection stays open.
    pub(crate) async fn reply(&mut self) -> Reply {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        Reply {
            head,
            body: String::from_utf8(body).unwrap(),
        }
    }

    /// What arrives until the gateway closes the connection.
    pub(crate) async fn rest(mut self) -> String {
        let mut rest = Vec::new();
        // A reset is a close, too.
        let _ = self.0.read_to_end(&mut rest).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// A response; the head is in lower case.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    #[track_caller]
    pub(crate) fn problem(&self, status: u16, name: &str) {
        assert_eq!(self.status(), status, "{self:?}");
        assert!(
            self.head.contains("content-type: application/problem+json"),
            "{self:?}"
        );
        assert!(
            self.body.contains(&format!("\"/problems/{name}\"")),
            "{self:?}"
        );
    }
}

/// A request without a body.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n")
}
