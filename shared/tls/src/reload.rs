use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, read};

/// What is built from PEM files, and built again when a file has changed: certificates are renewed while the process runs.
///
/// The files are compared at each [`current`](Self::current), which is once per connection. Open connections keep the
/// certificates with which they began.
pub struct Reloaded<T> {
    paths: Vec<PathBuf>,
    build: Box<dyn Fn() -> Result<T, Error> + Send + Sync>,
    latest: Mutex<Latest<T>>,
}

struct Latest<T> {
    fingerprint: u64,
    value: Arc<T>,
}

impl<T> Reloaded<T> {
    /// Builds the value now. `build` reads the files of `paths`; an empty path is no file.
    ///
    /// # Errors
    /// A file cannot be read, or `build` fails.
    pub fn new(
        paths: impl IntoIterator<Item = PathBuf>,
        build: impl Fn() -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let paths: Vec<_> = paths
            .into_iter()
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        let latest = Latest {
            // Before the value: a file that changes in between is found at the next call.
            fingerprint: fingerprint(&paths)?,
            value: Arc::new(build()?),
        };
        Ok(Self {
            paths,
            build: Box::new(build),
            latest: Mutex::new(latest),
        })
    }

    /// The value of the files as they are now. If they cannot be used, the previous value: a certificate and its key may not
    /// be written at the same moment.
    pub fn current(&self) -> Arc<T> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = fingerprint(&self.paths).and_then(|fingerprint| {
            if fingerprint == latest.fingerprint {
                return Ok(None);
            }
            let value = Arc::new((self.build)()?);
            Ok(Some(Latest { fingerprint, value }))
        });
        match renewed {
            Ok(None) => {}
            Ok(Some(renewed)) => {
                tracing::info!(files = ?self.paths, "certificates changed, new connections use them");
                *latest = renewed;
            }
            Err(error) => {
                let cause: &dyn std::error::Error = &error;
                tracing::warn!(
                    cause,
                    "changed certificates cannot be used, the previous ones remain in use"
                );
            }
        }
        Arc::clone(&latest.value)
    }
}

fn fingerprint(paths: &[PathBuf]) -> Result<u64, Error> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        read(path)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;
