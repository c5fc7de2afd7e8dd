//! What is wrong with an import, and where.

use std::fmt;

use samsynk_core::refusal::Refusal;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub reason: Refusal,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The path to the value, as a JSON pointer (RFC 6901); empty for the whole file.
    pub pointer: String,
    /// Line and column from 1, where the text itself could not be read.
    pub line: Option<(usize, usize)>,
}

impl Place {
    /// At a path of keys.
    pub(super) fn at(path: &[&dyn fmt::Display]) -> Self {
        let mut pointer = String::new();
        for key in path {
            push(&mut pointer, &key.to_string());
        }
        Self { pointer, line: None }
    }
}

/// Adds a key to a JSON pointer.
pub(super) fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}
