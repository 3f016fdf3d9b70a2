//! Finds or builds diesel's command line, which needs libpq.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::project::Project;
use crate::servers::install_packages;
use crate::terminal::warning;
use crate::tools::{self, Tool};

const VERSION: &str = "2.3.14";

/// `diesel` of this version. It links the system's libpq, or builds its own if there is none.
pub(super) fn find_or_build(project: &Project) -> Result<PathBuf> {
    let with = |features| Tool {
        package: "diesel_cli",
        version: VERSION,
        binary: "diesel",
        features,
    };
    let installed = if links("pq") {
        Ok(())
    } else {
        install_packages(&["libpq-dev"])
    };
    if let Err(error) = installed {
        warning(format!(
            "libpq-dev is not installed ({error:#}); building libpq, which needs perl and make"
        ));
        return tools::find_or_build(project, &with(&["postgres-bundled"]));
    }
    tools::find_or_build(project, &with(&["postgres"]))
}

/// Whether the compiler finds a library.
fn links(library: &str) -> bool {
    let compiler = Command::new("cc")
        .args(["-x", "c", "-", &format!("-l{library}"), "-o", "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut compiler) = compiler else {
        return false;
    };
    if let Some(mut source) = compiler.stdin.take() {
        let _shows_in_the_status = source.write_all(b"int main(void) { return 0; }\n");
    }
    compiler.wait().is_ok_and(|status| status.success())
}
