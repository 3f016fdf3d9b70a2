use std::path::PathBuf;

use super::About;

/// A parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) file: Option<PathBuf>,
    /// The arguments of the program's own command.
    pub(super) arguments: Vec<String>,
}

/// One of the program's own commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CommandSpec {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Serve,
    /// The program's own command with this index.
    Own(usize),
    Healthcheck,
    Config,
    Help,
    Version,
}

/// Parses the arguments after the program's name. The error is a message for the user.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = String>,
    own: &[CommandSpec],
) -> Result<Command, String> {
    let position = |name: &str| own.iter().position(|spec| spec.name == name);
    let mut task = None;
    let mut file = None;
    let mut own_arguments = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let found = match argument.as_str() {
            "--config" => {
                let path = arguments
                    .next()
                    .ok_or("--config requires the path of a file")?;
                file = Some(PathBuf::from(path));
                continue;
            }
            "serve" => Task::Serve,
            "healthcheck" => Task::Healthcheck,
            "config" => Task::Config,
            "help" | "--help" | "-h" => Task::Help,
            "--version" | "-V" => Task::Version,
            other => {
                if let Some(path) = other.strip_prefix("--config=") {
                    file = Some(PathBuf::from(path));
                    continue;
                }
                if matches!(task, Some(Task::Own(_))) {
                    own_arguments.push(argument);
                    continue;
                }
                let position = position(other);
                Task::Own(position.ok_or_else(|| format!("`{other}` is not a command"))?)
            }
        };
        if task.replace(found).is_some() {
            return Err("more than one command; give exactly one".to_owned());
        }
    }
    Ok(Command {
        task: task.unwrap_or(Task::Help),
        file,
        arguments: own_arguments,
    })
}

pub(super) fn help(about: &About, own: &[CommandSpec]) -> String {
    let About { name, version, .. } = about;
    let prefix = name.to_uppercase();
    let own: String = own
        .iter()
        .map(|CommandSpec { name, help }| format!("  {name:<11}  {help}, then end\n"))
        .collect();
    format!(
        "{name} {version}\n\n\
         usage: {name} <command> [--config FILE]\n\n\
         commands:\n  \
         serve        run until SIGTERM or Ctrl-C\n\
         {own}  \
         healthcheck  check that the running process is ready; exit code 0 if it is\n  \
         config       print the effective configuration, secrets redacted\n\n\
         configuration: built-in defaults, then FILE (TOML), then the environment:\n  \
         {prefix}__GRPC__LISTEN=... sets grpc.listen; {prefix}__DATABASE__URL_FILE=... reads the value from a file\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &[CommandSpec] = &[];
    const ALL: &[CommandSpec] = &[
        CommandSpec {
            name: "migrate",
            help: "apply pending migrations to the database",
        },
        CommandSpec {
            name: "seed",
            help: "insert demo data into the database",
        },
    ];

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn config_may_come_before_or_after_the_command() {
        for line in ["serve --config a.toml", "--config=a.toml serve"] {
            let command = parse(words(line), ALL).unwrap();
            assert_eq!(command.task, Task::Serve);
            assert_eq!(command.file, Some(PathBuf::from("a.toml")));
        }
    }

    #[test]
    fn a_process_without_a_database_has_no_migrate() {
        assert!(parse(words("migrate"), ALL).is_ok());
        assert!(parse(words("migrate"), NONE).is_err());
    }

    #[test]
    fn an_unknown_command_is_named() {
        let error = parse(words("sevre"), ALL).unwrap_err();
        assert_eq!(error, "`sevre` is not a command");
        assert!(parse(words("serve config"), ALL).is_err());
        assert!(parse(words("serve --config"), ALL).is_err());
    }

    #[test]
    fn a_programs_own_command_takes_arguments() {
        let command = parse(words("seed --products 5 --config a.toml"), ALL).unwrap();
        assert_eq!(command.task, Task::Own(1));
        assert_eq!(command.arguments, ["--products", "5"]);
        assert_eq!(command.file, Some(PathBuf::from("a.toml")));
        assert!(parse(words("seed"), NONE).is_err());
    }
}
