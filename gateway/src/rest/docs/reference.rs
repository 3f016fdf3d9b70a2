//! The files of Swagger UI, which are in the binary.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use actix_web::web::Bytes;
use utoipa_swagger_ui::Config;

use super::File;

/// The name under which the index is served.
const NAME: &str = "reference";

/// The file of this name. A file is compressed when it is first asked for; there are about a dozen.
pub(super) fn file(name: &str) -> Option<Arc<File>> {
    static FILES: LazyLock<Mutex<HashMap<String, Arc<File>>>> = LazyLock::new(Mutex::default);
    let name = if name == NAME { "index.html" } else { name };
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = files.get(name) {
        return Some(Arc::clone(file));
    }
    let file = Arc::new(embedded(name)?);
    files.insert(name.to_owned(), Arc::clone(&file));
    Some(file)
}

fn embedded(name: &str) -> Option<File> {
    let config = Arc::new(Config::from("/openapi.json"));
    let file = utoipa_swagger_ui::serve(name, config)
        .inspect_err(|error| tracing::error!(%error, "cannot serve the API reference"))
        .ok()??;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Some(File::new(file.content_type, bytes))
}
