use std::future::Future;
use std::process::ExitCode;

use super::{About, Settings};
use crate::running::Running;
use crate::shutdown::Shutdown;

pub(super) fn main<C, Start, Started, Migrate, Migrated>(
    about: About,
    start: Start,
    migrate: Option<Migrate>,
) -> ExitCode
where
    C: Settings,
    Start: FnOnce(C, Shutdown) -> Started,
    Started: Future<Output = anyhow::Result<Running>>,
    Migrate: FnOnce(C) -> Migrated,
    Migrated: Future<Output = anyhow::Result<()>>,
{
    let _ = (about, start, migrate);
    todo!()
}
