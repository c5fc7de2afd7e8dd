//! Imports: JSON files that say which units, places, people, rounds and visits there are.
//!
//! ```text
//!   format     what a file may say
//!   named      objects whose names are ids, each once
//!   parse      text → file, or where it went wrong
//!   check      what files say together: references, dates, groups
//!   successors units that succeed each other
//!   build      files → accounts and documents with stable ids
//!   problem    what is wrong, and where
//! ```
//!
//! An import is all or nothing: [`read`] gives everything or every problem found.

mod build;
mod check;
pub mod format;
mod named;
mod parse;
mod problem;
mod successors;
#[cfg(test)]
mod tests;

pub use build::{Existing, Plan, pilot_id, visit_id};
pub use problem::{Place, Problem};

use crate::accounts::Random;

/// A file's text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// Reads files that belong together: they may refer to each other's people, rounds and groups, and to units,
/// universities and places of the directory that exists. Rounds and plans that exist stay as people have edited them.
///
/// # Errors
/// Every problem found, in the order of the files; nothing has then been imported.
pub fn read(
    sources: &[Source<'_>],
    existing: &Existing,
    random: &mut dyn Random,
) -> Result<Plan, Vec<Problem>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for source in sources {
        match parse::parse(source) {
            Ok(file) => files.push((source.name, file)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        problems = check::check(&files, &existing.directory);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let files = files.into_iter().map(|(_, file)| file).collect();
    Ok(build::build(files, existing, random))
}
