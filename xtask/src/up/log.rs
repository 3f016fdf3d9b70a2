//! One log of all processes. Each line begins with the name of its process.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::terminal::{line, name_color};

/// Most lines that are held back until the shop is ready or its start fails.
const HELD: usize = 2_000;

/// Collects the lines of all processes.
#[derive(Clone, Default)]
pub(super) struct Log {
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    lines: Vec<String>,
    shown: bool,
}

impl Log {
    /// Reads the output of a process to its end, on a new thread.
    pub(super) fn read(&self, index: usize, name: &str, output: impl Read + Send + 'static) {
        let log = self.clone();
        let prefix = name_color(index, &format!("{name:>8}"));
        thread::spawn(move || {
            let mut reader = BufReader::new(output);
            let mut bytes = Vec::new();
            while reader
                .read_until(b'\n', &mut bytes)
                .is_ok_and(|length| length > 0)
            {
                let text = String::from_utf8_lossy(&bytes);
                log.add(format!("{prefix} {}", text.trim_end()));
                bytes.clear();
            }
        });
    }

    /// Prints the lines that were held back and all later ones.
    pub(super) fn show(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.shown = true;
        for text in std::mem::take(&mut held.lines) {
            line(text);
        }
    }

    fn add(&self, text: String) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.shown {
            line(text);
        } else if held.lines.len() < HELD {
            held.lines.push(text);
        }
    }
}
