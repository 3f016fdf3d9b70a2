//! Configuration: embedded defaults, then an optional file, then the environment.
//!
//! The defaults contain every key, required ones as an empty text. `ORDER__DATABASE__URL` sets
//! `database.url` of `order`; `ORDER__DATABASE__URL_FILE` reads it from a file, so no key ends in
//! `_file`. All unknown keys and invalid values are reported at once, in a fixed order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::config::{Environment, File, FileFormat, Value};

use crate::about::About;

mod file;
mod problems;
pub mod rules;
mod sections;
mod show;
mod tree;

use tree::{Mismatch, join};

pub use problems::Problems;
pub use sections::{FromSections, InForce, Invalid, Sections};
pub use show::show;

const SEPARATOR: &str = "__";
const FILE_SUFFIX: &str = "_FILE";

/// Why a configuration was rejected. Each message names the key and what to do.
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
    /// Unknown keys and invalid values, all of them.
    #[error("{0}")]
    Keys(Problems),
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
        let prefix = format!("{}_", self.about.name.to_uppercase());
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

    /// Variables such as `ORDER_DATABASE__URL`, with what they should be called. Kubernetes sets
    /// variables with the prefix `ORDER_` as well, but none with two underscores.
    fn misspelt(&self) -> Vec<(String, String)> {
        let prefix = format!("{}_", self.about.name.to_uppercase());
        let meant = |variable: &String| {
            let rest = variable.strip_prefix(&prefix)?;
            let meant = format!("{}{rest}", self.prefix());
            (!rest.starts_with('_') && rest.contains(SEPARATOR)).then_some(meant)
        };
        let all = self.environment.keys();
        all.filter_map(|it| Some((it.clone(), meant(it)?)))
            .collect()
    }

    fn prefix(&self) -> String {
        format!("{}{SEPARATOR}", self.about.name.to_uppercase())
    }

    /// The embedded defaults. They contain every key that exists.
    fn defaults_only(&self) -> Result<Value, ConfigError> {
        build(self.builder())
    }

    fn merged(&self) -> Result<Value, ConfigError> {
        let mut builder = self.builder();
        if let Some(path) = &self.file {
            builder = builder.add_source(file::read(path)?);
        }
        let environment = Environment::with_prefix(&self.about.name.to_uppercase())
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .source(Some(self.variables()?.into_iter().collect()));
        builder = builder.add_source(environment);
        for (key, value) in &self.overrides {
            builder = builder.set_override(key, value.as_str()).map_err(broken)?;
        }
        build(builder)
    }

    fn builder(&self) -> Builder {
        let defaults = File::from_str(self.about.defaults, FileFormat::Toml);
        ::config::Config::builder().add_source(defaults)
    }

    /// The variables, those that name a file replaced by what is in it.
    fn variables(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut variables = BTreeMap::new();
        let prefix = self.prefix();
        let ours =
            |(variable, _): &(&String, &String)| variable.to_uppercase().starts_with(&prefix);
        for (variable, value) in self.environment.iter().filter(ours) {
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

    /// The variable that sets a key.
    fn variable_name(&self, key: &str) -> String {
        let key = key.replace('.', SEPARATOR).to_uppercase();
        format!("{}{key}", self.prefix())
    }

    /// The variable that has set a key, if one has.
    fn variable_of(&self, key: &str) -> Option<&str> {
        let wanted = self.variable_name(key);
        self.environment
            .keys()
            .find(|variable| {
                let name = variable.to_uppercase();
                name == wanted || name.strip_suffix(FILE_SUFFIX) == Some(wanted.as_str())
            })
            .map(String::as_str)
    }

    /// Where a key was set, or where it can be set.
    fn place(&self, key: &str) -> String {
        match self.variable_of(key) {
            Some(variable) => format!("(set by {variable})"),
            None => format!(
                "(`{key}` in the file, {} in the environment)",
                self.variable_name(key)
            ),
        }
    }
}

type Builder = ::config::ConfigBuilder<::config::builder::DefaultState>;

fn build(builder: Builder) -> Result<Value, ConfigError> {
    let built = builder.build();
    built
        .and_then(::config::Config::try_deserialize)
        .map_err(broken)
}

/// The file and the variables are checked before they are merged, so only the defaults are left.
fn broken(error: ::config::ConfigError) -> ConfigError {
    ConfigError::Defaults(error.to_string())
}

/// Reads and checks the configuration of a process.
///
/// # Errors
/// See [`ConfigError`]. All unknown keys and invalid values are reported together.
pub fn load<C: FromSections>(source: &Source) -> Result<C, ConfigError> {
    let defaults = source.defaults_only()?;
    let mut merged = source.merged()?;
    let mut problems = Problems::default();
    for (key, mismatch) in tree::fit(&mut merged, &defaults) {
        let place = source.place(&key);
        match mismatch {
            Mismatch::Unknown => {
                let known = tree::siblings(&defaults, &key).join(", ");
                let text = format!("unknown key; the keys here are {known} {place}");
                problems.unknown.insert(key, text);
            }
            // Without the value: it may be a URL with a password.
            Mismatch::NotATable => {
                let known = tree::keys(&defaults, &key).join(", ");
                let text = format!("is a table, set its keys: {known} {place}");
                problems.invalid.insert(key, text);
            }
        }
    }
    for (variable, meant) in source.misspelt() {
        problems
            .unknown
            .insert(variable, format!("unknown variable; did you mean {meant}?"));
    }
    let in_force = InForce {
        name: source.about.name,
        version: source.about.version,
        settings: show::lines(&merged).into(),
    };
    let config: C = loop {
        let error = match Sections::of(merged.clone(), &in_force).and_then(C::from_sections) {
            Ok(config) => break config,
            Err(Invalid(error)) => error,
        };
        let (message, key) = parts(&error);
        // The default takes the place of an invalid value, so that the next one is found, too.
        if problems.invalid.contains_key(&key) || !tree::restore(&mut merged, &defaults, &key) {
            return Err(ConfigError::Defaults(error.to_string()));
        }
        let text = format!("{message} {}", source.place(&key));
        problems.invalid.insert(key, text);
    };
    if let Err(report) = config.validate() {
        for (path, error) in report.iter() {
            let key = path.to_string();
            let message = error.message();
            // garde's own texts about numbers: "lower than 1", "greater than 9".
            let verb =
                match message.starts_with("lower than") || message.starts_with("greater than") {
                    true => "is ",
                    false => "",
                };
            let text = format!("{verb}{message} {}", source.place(&key));
            problems.invalid.entry(key).or_insert(text);
        }
    }
    match problems.is_empty() {
        true => Ok(config),
        false => Err(ConfigError::Keys(problems)),
    }
}

/// Everything in force, before it is given its types.
pub(crate) fn raw(source: &Source) -> Result<Value, ConfigError> {
    source.merged()
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
