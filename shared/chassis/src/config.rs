//! Configuration: embedded defaults, then an optional file, then the environment.
//!
//! The defaults name every key. `ORDER__DATABASE__URL` sets `database.url` of `order`;
//! `ORDER__DATABASE__URL_FILE` reads it from a file (so no key of ours ends in `_file`). Unknown
//! keys and bad values are errors that name the key and where it was set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::config::{Environment, File, FileFormat, Value};

use crate::about::About;

mod sections;
mod show;

pub use sections::{FromSections, Invalid, Sections};
pub use show::show;

const SEPARATOR: &str = "__";
const FILE_SUFFIX: &str = "_FILE";

/// Why a configuration was refused. Each message names the key and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The embedded defaults are broken: a bug.
    #[error("the built-in defaults are broken: {0}")]
    Defaults(String),
    /// The file of `--config` cannot be read or is not TOML.
    #[error("cannot use the configuration file {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A `.._FILE` variable names a file that cannot be read.
    #[error("{variable} points to {path}, which cannot be read: {cause}")]
    SecretFile {
        /// The environment variable.
        variable: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: std::io::Error,
    },
    /// A variable and its `.._FILE` sibling are both set.
    #[error("{0} and {0}_FILE are both set, keep one")]
    SetTwice(String),
    /// An unknown key or a value of the wrong kind.
    #[error("{0}")]
    Key(String),
}

/// Where the configuration of a process comes from.
#[derive(Debug, Clone)]
pub struct Source {
    about: About,
    file: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    overrides: Vec<(String, String)>,
}

impl Source {
    /// The defaults of a process alone: what tests start from.
    #[must_use]
    pub fn defaults(about: About) -> Self {
        Self {
            about,
            file: None,
            environment: BTreeMap::new(),
            overrides: Vec::new(),
        }
    }

    /// Adds a file over the defaults.
    #[must_use]
    pub fn file(mut self, path: Option<PathBuf>) -> Self {
        self.file = path;
        self
    }

    /// Adds the variables of the process's environment that carry its prefix.
    #[must_use]
    pub fn process_environment(self) -> Self {
        self.environment(
            std::env::vars_os().filter_map(|(key, value)| {
                Some((key.into_string().ok()?, value.into_string().ok()?))
            }),
        )
    }

    /// Adds variables; those without the prefix of the process are left out.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let prefix = self.prefix();
        let ours = variables
            .into_iter()
            .filter(|(key, _)| key.to_uppercase().starts_with(&prefix));
        self.environment.extend(ours);
        self
    }

    /// Sets one key over everything else (`grpc.listen`): for tests.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.overrides.push((key.to_owned(), value.to_string()));
        self
    }

    fn prefix(&self) -> String {
        format!("{}{SEPARATOR}", self.about.name.to_uppercase())
    }

    fn merged(&self) -> Result<::config::Config, ConfigError> {
        let broken = |error: ::config::ConfigError| ConfigError::Defaults(error.to_string());
        let mut builder = ::config::Config::builder()
            .add_source(File::from_str(self.about.defaults, FileFormat::Toml));
        builder.clone().build().map_err(broken)?;
        if let Some(path) = &self.file {
            builder = builder.add_source(file_source(path)?);
        }
        let environment = Environment::with_prefix(&self.about.name.to_uppercase())
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .source(Some(self.variables()?.into_iter().collect()));
        builder = builder.add_source(environment);
        for (key, value) in &self.overrides {
            builder = builder
                .set_override(key, value.as_str())
                .map_err(|error| ConfigError::Key(error.to_string()))?;
        }
        builder
            .build()
            .map_err(|error| ConfigError::Key(error.to_string()))
    }

    /// The variables, those that name a file replaced by what is in it.
    fn variables(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut variables = BTreeMap::new();
        for (variable, value) in &self.environment {
            let Some(plain) = variable.strip_suffix(FILE_SUFFIX) else {
                variables.insert(variable.clone(), value.clone());
                continue;
            };
            if self.environment.contains_key(plain) {
                return Err(ConfigError::SetTwice(plain.to_owned()));
            }
            let text = std::fs::read_to_string(value).map_err(|cause| ConfigError::SecretFile {
                variable: variable.clone(),
                path: PathBuf::from(value),
                cause,
            })?;
            let text = text.trim_end_matches(['\r', '\n']);
            variables.insert(plain.to_owned(), text.to_owned());
        }
        Ok(variables)
    }

    /// Says which variable set a key, if one did.
    fn variable_of(&self, key: &str) -> Option<&str> {
        let wanted = format!(
            "{}{}",
            self.prefix(),
            key.replace('.', SEPARATOR).to_uppercase()
        );
        self.environment
            .keys()
            .find(|variable| {
                let name = variable.to_uppercase();
                name == wanted || name.strip_suffix(FILE_SUFFIX) == Some(wanted.as_str())
            })
            .map(String::as_str)
    }
}

/// Reads the configuration of a process. `C` and everything in it must refuse unknown fields
/// (`#[serde(deny_unknown_fields)]`).
///
/// # Errors
/// See [`ConfigError`]; nothing is guessed or ignored.
pub fn load<C: FromSections>(source: &Source) -> Result<C, ConfigError> {
    Sections::of(source.merged()?)
        .and_then(C::from_sections)
        .map_err(|Invalid(error)| explain(source, &error))
}

/// What is in force, before it is given its types.
pub(crate) fn raw(source: &Source) -> Result<Value, ConfigError> {
    source
        .merged()?
        .try_deserialize()
        .map_err(|error| explain(source, &error))
}

fn file_source(path: &Path) -> Result<File<::config::FileSourceString, FileFormat>, ConfigError> {
    let refuse = |cause: String| ConfigError::File {
        path: path.to_owned(),
        cause,
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let source = File::from_str(&text, FileFormat::Toml);
    ::config::Config::builder()
        .add_source(source.clone())
        .build()
        .map_err(|error| refuse(error.to_string()))?;
    Ok(source)
}

/// `unknown field `listn`, expected ... for key `grpc`` becomes a sentence about `grpc.listn`.
fn explain(source: &Source, error: &::config::ConfigError) -> ConfigError {
    let (message, mut key) = parts(error);
    let unknown = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'));
    let problem = if let Some((field, rest)) = unknown {
        key = join(&key, field);
        format!("unknown key{rest}")
    } else if let ::config::ConfigError::NotFound(missing) = error {
        key.clone_from(missing);
        "is required and not set".to_owned()
    } else if let Some(field) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        key = join(&key, field);
        "is required and not set".to_owned()
    } else {
        message
    };
    let variable = format!(
        "{}{}",
        source.prefix(),
        key.replace('.', SEPARATOR).to_uppercase()
    );
    let place = match source.variable_of(&key) {
        Some(set_by) => format!("set by {set_by}"),
        None => format!("in the file it is `{key}`, in the environment {variable}"),
    };
    ConfigError::Key(format!("configuration key `{key}`: {problem} ({place})"))
}

fn parts(error: &::config::ConfigError) -> (String, String) {
    match error {
        ::config::ConfigError::At { error, key, .. } => {
            let (message, inner) = parts(error);
            let key = key.as_deref().unwrap_or_default();
            (message, join(key.trim_end_matches('.'), &inner))
        }
        ::config::ConfigError::Type {
            unexpected,
            expected,
            key,
            ..
        } => (
            format!("found {unexpected}, expected {expected}"),
            key.clone().unwrap_or_default(),
        ),
        ::config::ConfigError::NotFound(key) => ("is required and not set".to_owned(), key.clone()),
        other => (other.to_string(), String::new()),
    }
}

fn join(prefix: &str, field: &str) -> String {
    match (prefix.is_empty(), field.is_empty()) {
        (true, _) => field.to_owned(),
        (_, true) => prefix.to_owned(),
        _ => format!("{prefix}.{field}"),
    }
}
