//! The random passwords of a run. They are stored in its private folder (mode 600), as long as its data.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::project::{Project, write_private};

/// Named secrets. Each is generated at its first use.
pub(crate) struct Secrets {
    file: PathBuf,
    values: BTreeMap<String, String>,
}

impl Secrets {
    /// Reads the secrets in `home`, if there are any.
    pub(crate) fn load(home: &Path) -> Result<Self> {
        let file = home.join("secrets.json");
        let values = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is not valid", file.display()))?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { file, values })
    }

    /// Whether there are no secrets yet, so no data that needs them.
    pub(crate) fn are_new(&self) -> bool {
        self.values.is_empty()
    }

    /// The secret `name`: 32 hexadecimal digits (128 bits).
    pub(crate) fn get(&mut self, name: &str) -> Result<String> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let value = random_hex()?;
        self.values.insert(name.to_owned(), value.clone());
        write_private(&self.file, &serde_json::to_string_pretty(&self.values)?)?;
        Ok(value)
    }
}

/// Writes a new random key to a file that containers may mount and read, in a private folder, and returns its path.
///
/// # Errors
/// The file cannot be written.
pub fn key_file(project: &Project, name: &str) -> Result<PathBuf> {
    let file = project.home("keys")?.join(name);
    write_private(&file, &random_hex()?)?;
    // The user of a container is none of this machine's. The folder keeps others out.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
    Ok(file)
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::make_folder;

    #[test]
    fn secrets_are_stored_and_only_their_owner_may_read_them() -> Result<()> {
        let home = std::env::temp_dir().join(format!("mercantile-secrets-{}", std::process::id()));
        make_folder(&home)?;
        assert!(Secrets::load(&home)?.are_new());
        let first = Secrets::load(&home)?.get("postgres")?;
        assert!(!Secrets::load(&home)?.are_new());
        let mut again = Secrets::load(&home)?;
        assert_eq!(again.get("postgres")?, first);
        assert_ne!(again.get("redis")?, first);
        let mode = fs::metadata(home.join("secrets.json"))?
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(home)?;
        Ok(())
    }
}
