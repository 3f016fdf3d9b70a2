//! Decides whether a run may install packages, which changes the machine for all its users: only after a person said
//! so, with `--install` or on the terminal.

use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustix::process::geteuid;

use crate::interrupt;
use crate::terminal;

static GIVEN: AtomicBool = AtomicBool::new(false);

/// Records `--install`.
pub(crate) fn give() {
    GIVEN.store(true, Ordering::Relaxed);
}

/// Whether the command has `--install`.
pub(crate) fn is_given() -> bool {
    GIVEN.load(Ordering::Relaxed)
}

/// What decides whether packages can be installed, and who is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    /// Debian or a relative, with `apt-get`.
    pub(super) has_apt: bool,
    pub(super) is_root: bool,
    /// `sudo` is installed. Whether it lets this user do anything is unknown: to try it is to use it.
    pub(super) has_sudo: bool,
    /// A person can read a question and answer it.
    pub(super) has_terminal: bool,
    /// `--install`
    pub(super) has_consent: bool,
}

/// The rights with which packages are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    Root,
    /// `sudo`, which may ask for a password.
    Sudo,
    /// `sudo --non-interactive`: nobody could type a password.
    SilentSudo,
}

/// What to do about missing packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Install(Rights),
    /// Ask, and install after a yes.
    Ask(Rights),
    /// Install nothing, for this reason, and say what to run.
    Explain(&'static str),
}

impl Situation {
    /// The one of this process.
    pub(super) fn of_this_process() -> Self {
        let exists = |path: &str| PathBuf::from(path).exists();
        Self {
            has_apt: exists("/etc/debian_version") && exists("/usr/bin/apt-get"),
            is_root: geteuid().is_root(),
            has_sudo: exists("/usr/bin/sudo"),
            has_terminal: stdin().is_terminal() && stdout().is_terminal(),
            has_consent: is_given(),
        }
    }

    pub(super) fn decide(self) -> Decision {
        if !self.has_apt {
            return Decision::Explain("only packages of Debian and Ubuntu can be installed here");
        }
        let rights = match (self.is_root, self.has_sudo, self.has_terminal) {
            (true, ..) => Rights::Root,
            (false, true, true) => Rights::Sudo,
            (false, true, false) => Rights::SilentSudo,
            (false, false, _) => {
                return Decision::Explain("to install packages takes root or sudo");
            }
        };
        match (self.has_consent, self.has_terminal) {
            (true, _) => Decision::Install(rights),
            (false, true) => Decision::Ask(rights),
            (false, false) => Decision::Explain(
                "packages are installed only with --install, or after a yes on a terminal",
            ),
        }
    }
}

/// Asks on the terminal. Anything but a yes means no.
///
/// # Errors
/// The run was interrupted.
pub(super) fn ask(question: &str) -> Result<bool> {
    terminal::prompt(&format!("{question} [y/N] "));
    let (answered, answer) = channel();
    // A thread, because an interrupt does not end the reading.
    thread::spawn(move || {
        let mut line = String::new();
        // The end of the input is no answer, which means no.
        let _no_answer = stdin().read_line(&mut line);
        let _interrupted = answered.send(line);
    });
    loop {
        match answer.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => return Ok(is_yes(&line)),
            Err(RecvTimeoutError::Timeout) => interrupt::check()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
    }
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Situation = Situation {
        has_apt: true,
        is_root: false,
        has_sudo: true,
        has_terminal: true,
        has_consent: false,
    };
    const SCRIPT: Situation = Situation {
        has_terminal: false,
        ..PERSON
    };

    #[test]
    fn nothing_is_installed_unasked() {
        for has_terminal in [true, false] {
            for is_root in [true, false] {
                for has_sudo in [true, false] {
                    let unasked = Situation {
                        is_root,
                        has_sudo,
                        has_terminal,
                        ..PERSON
                    };
                    let decision = unasked.decide();
                    assert!(
                        !matches!(decision, Decision::Install(_)),
                        "{unasked:?}: {decision:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_person_at_a_terminal_is_asked() {
        assert_eq!(PERSON.decide(), Decision::Ask(Rights::Sudo));
        let root = Situation {
            is_root: true,
            ..PERSON
        };
        assert_eq!(root.decide(), Decision::Ask(Rights::Root));
    }

    #[test]
    fn without_a_terminal_the_command_is_printed() {
        assert!(matches!(SCRIPT.decide(), Decision::Explain(_)));
        let root = Situation {
            is_root: true,
            ..SCRIPT
        };
        assert!(matches!(root.decide(), Decision::Explain(_)));
    }

    #[test]
    fn the_flag_is_consent() {
        for (situation, rights) in [
            (PERSON, Rights::Sudo),
            (SCRIPT, Rights::SilentSudo),
            (
                Situation {
                    is_root: true,
                    ..SCRIPT
                },
                Rights::Root,
            ),
        ] {
            let situation = Situation {
                has_consent: true,
                ..situation
            };
            assert_eq!(situation.decide(), Decision::Install(rights));
        }
    }

    #[test]
    fn consent_does_not_help_where_nothing_can_be_installed() {
        for impossible in [
            Situation {
                has_apt: false,
                has_consent: true,
                ..PERSON
            },
            Situation {
                has_sudo: false,
                has_consent: true,
                ..PERSON
            },
        ] {
            let decision = impossible.decide();
            assert!(matches!(decision, Decision::Explain(_)), "{impossible:?}");
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y\n", "Y\n", " yes \r\n", "YES"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no\n", "yep\n", "yes please\n", "1\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
