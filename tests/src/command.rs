//! Runs of `samsynk` that need no data.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program;

/// What a command printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What scripts read.
    pub stdout: String,
    /// What people read beside it.
    pub stderr: String,
    /// The exit code; `None` if it was killed.
    pub code: Option<i32>,
}

impl Ran {
    /// Runs `samsynk` in a folder, with nothing on stdin.
    ///
    /// # Panics
    ///
    /// The program is not built.
    #[must_use]
    pub fn samsynk(folder: &Path, words: &[&str]) -> Self {
        Self::with_stdin(folder, words, "")
    }

    /// The same with a text on stdin.
    ///
    /// # Panics
    ///
    /// The program is not built.
    #[must_use]
    pub fn with_stdin(folder: &Path, words: &[&str], stdin: &str) -> Self {
        let mut command = Command::new(program::path());
        command.current_dir(folder).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program is built: cargo build --bins");
        // Taken, so that it is closed. A program that does not read it to its end is no failure of ours.
        let _ = process.stdin.take().expect("piped above").write_all(stdin.as_bytes());
        process.wait_with_output().expect("a child can be waited for").into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        }
    }
}
