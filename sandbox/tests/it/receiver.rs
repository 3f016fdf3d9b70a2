//! A webhook endpoint that records deliveries.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Arc<Shared>,
    server: ServerHandle,
}

#[derive(Default)]
struct Shared {
    /// Deliveries still to be rejected.
    to_reject: AtomicU32,
    received: Mutex<Vec<Received>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// On a given listener, for an address that the sandbox was configured with before.
    pub(crate) fn listen(listener: TcpListener) -> Self {
        let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let data = web::Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/webhooks", web::post().to(accept))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            url,
            shared,
            server: handle,
        }
    }

    /// Rejects the next deliveries with a 500.
    pub(crate) fn reject(&self, next: u32) {
        self.shared.to_reject.store(next, Ordering::SeqCst);
    }

    /// The accepted deliveries.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The kinds of the accepted events, in order of arrival.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |received: Received| received.event()["type"].as_str().unwrap().to_owned();
        self.received().into_iter().map(kind).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn accept(shared: web::Data<Shared>, request: HttpRequest, body: String) -> HttpResponse {
    let left = shared
        .to_reject
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
    if left.is_ok() {
        return HttpResponse::InternalServerError().finish();
    }
    let signature = request.headers().get("Stripe-Signature").unwrap();
    let signature = signature.to_str().unwrap();
    let received = Received {
        signature: signature.to_owned(),
        body,
    };
    shared.received.lock().unwrap().push(received);
    HttpResponse::Ok().finish()
}
