//! What commands print. Scripts read stdout; a reader that has seen enough is no failure.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::failure::Failure;

/// Prints a line on stdout and makes sure that it is out.
///
/// # Errors
///
/// When it cannot be written; not when the reader has gone.
pub(super) fn line(text: impl Display) -> io::Result<()> {
    self::text(&format!("{text}\n"))
}

/// Prints whole lines on stdout and makes sure that they are out.
///
/// # Errors
///
/// As [`line`].
pub(super) fn text(text: &str) -> io::Result<()> {
    let written = write(text);
    written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Prints on a line what is kept nowhere else.
///
/// # Errors
///
/// When it cannot be written, also since the reader has gone: whoever made it takes it back.
pub(super) fn secret(text: &str) -> io::Result<()> {
    write(&format!("{text}\n"))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Refuses what is only there to be printed, where nobody could read it: a closed stdout is opened as `/dev/null`.
pub(super) fn check_is_read() -> Result<(), Failure> {
    let nowhere = std::fs::metadata("/dev/null")?;
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    if stdout.rdev() == nowhere.rdev() {
        let text = "it is shown once, and nobody would see it: stdout is closed, or /dev/null";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}

/// Returns a person's words as one field of a line: a tab would begin another, and control characters steer terminals.
pub(super) fn one_line(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Returns a path as a shell takes it for one word.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if text.starts_with('-') || !text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    text
}

/// Tells the person something on stderr that scripts need not read.
pub(super) fn remark(text: impl Display) {
    // There is nobody to tell when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person reads stdout.
pub(super) fn is_read_by_a_person() -> bool {
    io::stdout().is_terminal()
}
