//! An HTTP server with prepared answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use reqwest::Url;
use serde_json::Value;

use crate::config::ProviderConfig;
use crate::provider::Provider;

/// A server that gives the answers in order, one connection each.
pub(super) struct Stripe {
    pub(super) provider: Provider,
    requests: Receiver<String>,
}

impl Stripe {
    pub(super) fn answering(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                sender.send(request(&mut stream)).unwrap();
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        let provider = Provider::new(&ProviderConfig {
            url,
            secret_key: "sk_test_1".into(),
            timeout_ms: 5_000,
            connect_timeout_ms: 5_000,
            return_url: "https://shop.example/orders/{order_id}".to_owned(),
            currencies: "EUR, ISK".to_owned(),
        });
        Self {
            provider: provider.unwrap(),
            requests,
        }
    }

    /// The first line of the next request, its headers in lower case, and its decoded parameters.
    pub(super) fn request(&self) -> (String, String, Vec<(String, String)>) {
        let text = self.requests.recv().unwrap();
        let (head, form) = text.split_once("\r\n\r\n").unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        let url = Url::parse(&format!("http://x/?{form}")).unwrap();
        let form = url.query_pairs().into_owned().collect();
        (line.to_owned(), headers.to_ascii_lowercase(), form)
    }
}

/// One request with its body.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..count]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| {
            let length = line.strip_prefix("content-length:")?;
            length.trim().parse::<usize>().ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return so_far;
        }
    }
}
