//! What happened, line by line, and a digest of it: two runs of one seed must have the same.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The story of a run.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    digest: Sha256,
    line: String,
    /// The lines, if somebody wants to read them.
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its lines, or only their digest.
    #[must_use]
    pub fn new(keeps_lines: bool) -> Self {
        Self { lines: keeps_lines.then(Vec::new), ..Self::default() }
    }

    /// One more line.
    pub fn note(&mut self, line: std::fmt::Arguments<'_>) {
        self.line.clear();
        self.line.write_fmt(line).expect("writing to a String cannot fail");
        self.digest.update(self.line.as_bytes());
        self.digest.update(b"\n");
        if let Some(lines) = &mut self.lines {
            lines.push(self.line.clone());
        }
    }

    /// What stands for all lines.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// The lines that were kept.
    #[must_use]
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}

/// The first bytes of a hash, to tell messages apart in a trace.
#[must_use]
pub fn short(bytes: &[u8]) -> String {
    samsynk_core::ids::hex(&Sha256::digest(bytes)[..4])
}
