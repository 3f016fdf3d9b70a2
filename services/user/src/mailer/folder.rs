//! Writes e-mails into a folder instead of sending them, for development: nothing but this process is needed to read them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Mail;
use super::send_error::SendError;

/// E-mails that are kept; older ones are deleted, so that a load test does not fill the disk.
const KEPT: usize = 500;

/// A folder of e-mails: each as `<time>-<id>.eml` for a mail program, and its HTML part as `<time>-<id>.html` for a browser.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: &str) -> Self {
        Self(path.into())
    }

    /// Writes an e-mail. Once more replaces its files.
    ///
    /// # Errors
    /// `Unwritable`.
    pub(super) async fn write(&self, mail: &Mail<'_>, message: Vec<u8>) -> Result<(), SendError> {
        let folder = self.0.clone();
        let name = format!("{}-{}", mail.date.format("%Y%m%dT%H%M%S%3fZ"), mail.id);
        let html = mail.content.html.clone();
        let write = move || {
            fs::create_dir_all(&folder)?;
            replace(&folder, &format!("{name}.html"), html.as_bytes())?;
            replace(&folder, &format!("{name}.eml"), &message)?;
            delete_old(&folder)
        };
        let written = tokio::task::spawn_blocking(write).await;
        let written = written.map_err(|_| SendError::Unwritable(io::ErrorKind::Interrupted))?;
        written.map_err(|error| SendError::Unwritable(error.kind()))
    }
}

/// A reader never sees half of a file.
fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    fs::write(&part, content)?;
    fs::rename(&part, folder.join(name))
}

/// The names begin with the time, so the oldest come first.
fn delete_old(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("eml" | "html")) {
            files.push(path);
        }
    }
    files.sort_unstable();
    let too_many = files.len().saturating_sub(2 * KEPT);
    for file in files.iter().take(too_many) {
        match fs::remove_file(file) {
            // Another replica deleted it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_mails_are_kept_and_other_files_stay() {
        let folder = std::env::temp_dir().join(format!("mails-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        replace(&folder, "notes.txt", b"mine").unwrap();
        for number in 0..KEPT + 2 {
            for kind in ["eml", "html"] {
                replace(&folder, &format!("{number:06}.{kind}"), b"mail").unwrap();
            }
        }
        delete_old(&folder).unwrap();
        let left = fs::read_dir(&folder).unwrap().count();
        assert_eq!(left, 2 * KEPT + 1);
        assert!(!folder.join("000001.eml").exists() && folder.join("000002.eml").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
