use std::path::PathBuf;

use super::About;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) file: Option<PathBuf>,
    /// What stands after the process's own command.
    pub(super) arguments: Vec<String>,
}

/// A command of the process's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
}

/// The commands that not every process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Can {
    pub(super) migrate: bool,
    pub(super) own: Option<Own>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Serve,
    Migrate,
    Own,
    Healthcheck,
    Config,
    Help,
    Version,
}

/// Reads the arguments after the program's name. The error is a sentence for people.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = String>,
    can: Can,
) -> Result<Command, String> {
    let mut task = None;
    let mut file = None;
    let mut of_own = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let found = match argument.as_str() {
            "--config" => {
                let path = arguments
                    .next()
                    .ok_or("--config needs the path of a file")?;
                file = Some(PathBuf::from(path));
                continue;
            }
            "serve" => Task::Serve,
            "migrate" if can.migrate => Task::Migrate,
            name if task.is_none() && can.own.is_some_and(|own| own.name == name) => Task::Own,
            "healthcheck" => Task::Healthcheck,
            "config" => Task::Config,
            "help" | "--help" | "-h" => Task::Help,
            "--version" | "-V" => Task::Version,
            other => match other.strip_prefix("--config=") {
                Some(path) => {
                    file = Some(PathBuf::from(path));
                    continue;
                }
                None if task == Some(Task::Own) => {
                    of_own.push(argument);
                    continue;
                }
                None => return Err(format!("`{other}` is not a command")),
            },
        };
        if task.replace(found).is_some() {
            return Err("one command at a time".to_owned());
        }
    }
    Ok(Command {
        task: task.unwrap_or(Task::Help),
        file,
        arguments: of_own,
    })
}

pub(super) fn help(about: &About, can: Can) -> String {
    let About { name, version, .. } = about;
    let prefix = name.to_uppercase();
    let migrate = if can.migrate {
        "  migrate      bring the database up to date, then end\n"
    } else {
        ""
    };
    let own = can.own.map_or_else(String::new, |Own { name, help }| {
        format!("  {name:<11}  {help}, then end\n")
    });
    format!(
        "{name} {version}\n\n\
         usage: {name} <command> [--config FILE]\n\n\
         commands:\n  \
         serve        run until SIGTERM or Ctrl-C\n\
         {migrate}{own}  \
         healthcheck  ask the running process whether it is ready; exit code 0 means yes\n  \
         config       print the configuration in force, secrets redacted\n\n\
         configuration: built-in defaults, then FILE (TOML), then the environment:\n  \
         {prefix}__GRPC__LISTEN=... sets grpc.listen; {prefix}__DATABASE__URL_FILE=... reads it from a file\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Can = Can {
        migrate: false,
        own: None,
    };
    const ALL: Can = Can {
        migrate: true,
        own: Some(Own {
            name: "seed",
            help: "put demo data into the database",
        }),
    };

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_file_may_stand_before_or_after_the_command() {
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
    fn what_is_not_understood_is_named() {
        let error = parse(words("sevre"), ALL).unwrap_err();
        assert_eq!(error, "`sevre` is not a command");
        assert!(parse(words("serve config"), ALL).is_err());
        assert!(parse(words("serve --config"), ALL).is_err());
    }

    #[test]
    fn the_processs_own_command_takes_arguments() {
        let command = parse(words("seed --products 5 --config a.toml"), ALL).unwrap();
        assert_eq!(command.task, Task::Own);
        assert_eq!(command.arguments, ["--products", "5"]);
        assert_eq!(command.file, Some(PathBuf::from("a.toml")));
        assert!(parse(words("seed"), NONE).is_err());
    }
}
