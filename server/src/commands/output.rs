//! What commands print. Scripts read stdout; a reader that has seen enough is no failure.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

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
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Returns a person's words as one field of a line: a tab would begin another, and control characters steer terminals.
pub(super) fn one_line(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
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
