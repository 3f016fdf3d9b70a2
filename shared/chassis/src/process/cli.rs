use std::path::PathBuf;

use super::About;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) task: Task,
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Serve,
    Migrate,
    Healthcheck,
    Config,
    Help,
    Version,
}

/// Reads the arguments after the program's name. The error is a sentence for people.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = String>,
    can_migrate: bool,
) -> Result<Command, String> {
    let mut task = None;
    let mut file = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let found = match argument.as_str() {
            "--config" => {
                let path = arguments.next().ok_or("--config needs the path of a file")?;
                file = Some(PathBuf::from(path));
                continue;
            }
            "serve" => Task::Serve,
            "migrate" if can_migrate => Task::Migrate,
            "healthcheck" => Task::Healthcheck,
            "config" => Task::Config,
            "help" | "--help" | "-h" => Task::Help,
            "--version" | "-V" => Task::Version,
            other => match other.strip_prefix("--config=") {
                Some(path) => {
                    file = Some(PathBuf::from(path));
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
    })
}

pub(super) fn help(about: &About, can_migrate: bool) -> String {
    let About { name, version, .. } = about;
    let prefix = name.to_uppercase();
    let migrate = if can_migrate {
        "  migrate      bring the database up to date, then end\n"
    } else {
        ""
    };
    format!(
        "{name} {version}\n\n\
         usage: {name} <command> [--config FILE]\n\n\
         commands:\n  \
         serve        run until SIGTERM or Ctrl-C\n\
         {migrate}  \
         healthcheck  ask the running process whether it is ready; exit code 0 means yes\n  \
         config       print the configuration in force, secrets redacted\n\n\
         configuration: built-in defaults, then FILE (TOML), then the environment:\n  \
         {prefix}__GRPC__LISTEN=... sets grpc.listen; {prefix}__DATABASE__URL_FILE=... reads it from a file\n"
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_file_may_stand_before_or_after_the_command() {
        for line in ["serve --config a.toml", "--config=a.toml serve"] {
            let command = parse(words(line), true).unwrap();
            assert_eq!(command.task, Task::Serve);
            assert_eq!(command.file, Some(PathBuf::from("a.toml")));
        }
    }

    #[test]
    fn a_process_without_a_database_has_no_migrate() {
        assert!(parse(words("migrate"), true).is_ok());
        assert!(parse(words("migrate"), false).is_err());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = parse(words("sevre"), true).unwrap_err();
        assert_eq!(error, "`sevre` is not a command");
        assert!(parse(words("serve config"), true).is_err());
        assert!(parse(words("serve --config"), true).is_err());
    }
}
