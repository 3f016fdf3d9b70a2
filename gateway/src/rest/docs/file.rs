use std::io::Write;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, AcceptEncoding, Encoding, Header},
    web::Bytes,
};
use flate2::{Compression, write::GzEncoder};

use super::ONE_HOUR;

/// Smaller files are not worth a second copy.
const MIN_COMPRESSED: usize = 1_024;

/// A file in memory, compressed once. All responses share its bytes.
pub(super) struct File {
    content_type: String,
    plain: Bytes,
    gzip: Option<Bytes>,
}

impl File {
    pub(super) fn new(content_type: impl Into<String>, plain: Bytes) -> Self {
        Self {
            content_type: content_type.into(),
            gzip: compressed(&plain),
            plain,
        }
    }

    /// The file in the best encoding that the client accepts.
    pub(super) fn response(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response
            .insert_header(ONE_HOUR)
            .insert_header((header::VARY, "accept-encoding"))
            .content_type(self.content_type.as_str());
        match &self.gzip {
            Some(gzip) if accepts_gzip(request) => response
                .insert_header((header::CONTENT_ENCODING, "gzip"))
                .body(gzip.clone()),
            _ => response.body(self.plain.clone()),
        }
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    let supported = [Encoding::gzip(), Encoding::identity()];
    AcceptEncoding::parse(request)
        .is_ok_and(|accepted| accepted.negotiate(supported.iter()) == Some(Encoding::gzip()))
}

fn compressed(plain: &[u8]) -> Option<Bytes> {
    if plain.len() < MIN_COMPRESSED {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < plain.len()).then(|| gzip.into())
}

#[cfg(test)]
mod tests {
    use actix_web::{body::MessageBody, test::TestRequest};

    use super::*;

    fn served(file: &File, accepted: Option<&str>) -> (String, Bytes) {
        let request = accepted
            .into_iter()
            .fold(TestRequest::get(), |request, text| {
                request.insert_header((header::ACCEPT_ENCODING, text))
            });
        let response = file.response(&request.to_http_request());
        let encoding = response.headers().get(header::CONTENT_ENCODING);
        let encoding = encoding.map_or("", |value| value.to_str().unwrap());
        let encoding = encoding.to_owned();
        let body = response.into_body().try_into_bytes();
        (encoding, body.ok().unwrap())
    }

    #[test]
    fn a_file_is_compressed_once_and_its_bytes_are_shared() {
        let file = File::new("text/plain", vec![b'a'; 10_000].into());
        for accepted in [
            None,
            Some("identity"),
            Some("gzip;q=0"),
            Some("br"),
            Some("*"),
        ] {
            let (encoding, body) = served(&file, accepted);
            assert_eq!(
                (encoding.as_str(), body.len()),
                ("", 10_000),
                "{accepted:?}"
            );
            assert_eq!(body.as_ptr(), file.plain.as_ptr());
        }
        for accepted in ["gzip", "gzip, deflate, br, zstd"] {
            let (encoding, body) = served(&file, Some(accepted));
            assert_eq!(encoding, "gzip", "{accepted}");
            assert_eq!(body.as_ptr(), file.gzip.as_ref().unwrap().as_ptr());
        }
        assert!(
            File::new("text/plain", vec![b'a'; 100].into())
                .gzip
                .is_none()
        );
    }
}
