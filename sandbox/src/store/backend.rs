use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::Path;

use anyhow::Context;
use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// A file without `fsync`. Committed data is with the operating system, so it survives a kill of the
/// process, but not a power cut. An `fsync` would take longer than the rest of a call (ADR 0057).
#[derive(Debug)]
struct UnsyncedFile(FileBackend);

/// Opens the file; creates it if it does not exist. redb locks it: one process at a time can open it.
pub(super) fn open(path: &Path) -> anyhow::Result<impl StorageBackend> {
    let file: File = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .with_context(|| format!("cannot open {} (state.path)", path.display()))?;
    Ok(UnsyncedFile(FileBackend::new(file)?))
}

impl StorageBackend for UnsyncedFile {
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
