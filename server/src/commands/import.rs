//! `samsynk import`: files → one request, or every problem with its place.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::Connection;
use samsynk_core::domain::{Directory, Document, Home};
use samsynk_core::ids::AccountId;
use samsynk_core::wire::untrusted;

use super::failure::Failure;
use super::messages::sentence;
use super::{ask, output};
use crate::accounts::SystemRandom;
use crate::admin::{AdminReply, AdminRequest};
use crate::import::{self, Existing, Plan, Problem, Source};
use crate::limits::IMPORT_BYTES_MAX;
use crate::store::{accounts, database_in, documents, imported, is_empty, open_read_only};
use crate::text_file::decode;

/// The most problems that are printed; the rest usually follow from the first.
const PROBLEMS_SHOWN_MAX: usize = 50;

pub(super) fn run(data: &Path, files: &[PathBuf]) -> Result<(), Failure> {
    let texts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let sources: Vec<_> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let existing = existing(data)?;
    let plan =
        import::read(&sources, &existing, &mut SystemRandom).map_err(|problems| told(&problems))?;
    let summary = summary(&plan);
    let reply = ask::ask(data, AdminRequest::Import(Box::new(plan.import)))?;
    let changed = match reply {
        AdminReply::Done => Vec::new(),
        AdminReply::Imported { changed } => changed,
        other => return Err(ask::unexpected(&other)),
    };
    output::line(summary).context("it is imported, but that cannot be printed")?;
    for person in changed {
        // The operator's own names, and never what is in the fields.
        output::line(format_args!("changed {}: {}", person.named, person.fields.join(", ")))?;
    }
    Ok(())
}

/// What is in the data, read beside a server that may run. Only imports write the directory.
pub(super) fn existing(data: &Path) -> anyhow::Result<Existing> {
    let database = database_in(data);
    if is_empty(&database)? {
        return Ok(Existing::default());
    }
    let connection = open_read_only(&database)?;
    let tx = connection.unchecked_transaction()?;
    let documents = documents::all(&tx)?.iter().map(|stored| stored.id).collect();
    let (names, accounts) = (imported::accounts(&tx)?, live_accounts(&tx)?);
    let directory = match documents::load(&tx, Directory::id())? {
        Some(bytes) => Document::of(&untrusted::document(&bytes)?.0),
        None => Ok(Document::Directory(Directory::default())),
    };
    match directory {
        Ok(Document::Directory(directory)) => {
            Ok(Existing { directory, documents, names, accounts })
        }
        Ok(_) => anyhow::bail!("the directory is of another kind"),
        Err(refusal) => Err(anyhow::Error::new(refusal).context("cannot read the directory")),
    }
}

/// The accounts that are not erased.
fn live_accounts(tx: &Connection) -> anyhow::Result<BTreeSet<AccountId>> {
    let mut live = BTreeSet::new();
    for account in accounts::all(tx)? {
        let home = documents::get(tx, Home::id_of(account))?;
        if home.is_some_and(|home| home.erased.is_none()) {
            live.insert(account);
        }
    }
    Ok(live)
}

fn summary(plan: &Plan) -> String {
    let Plan { people, pilots, visits, kept, .. } = plan;
    let published = plan.import.commands.len();
    let mut text = format!(
        "imported: {people} people, {pilots} new rounds, {visits} new plans, {published} of them published"
    );
    if *kept > 0 {
        text.push_str(&format!(
            "; {kept} rounds and plans were there already and stay as they are"
        ));
    }
    text
}

/// A file's name as messages have it, and its text.
fn read(file: &Path) -> Result<(String, String), Failure> {
    if file == Path::new("-") {
        return Ok(("stdin".to_owned(), limited("stdin", std::io::stdin().lock())?));
    }
    let name = file.display().to_string();
    let open = std::fs::File::open(file);
    let open = open.with_context(|| format!("cannot read {name}"))?;
    let text = limited(&name, open)?;
    Ok((name, text))
}

fn limited(name: &str, from: impl std::io::Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    // One more than is allowed, so that too much is seen as such.
    let limit = IMPORT_BYTES_MAX as u64 + 1;
    from.take(limit).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(decode(bytes))
        .map_err(|_| Failure::Refused(format!("{name}: is not UTF-8 text")))
}

/// All problems, a line each.
fn told(problems: &[Problem]) -> Failure {
    let mut lines = vec!["nothing was imported:".to_owned()];
    lines.extend(problems.iter().take(PROBLEMS_SHOWN_MAX).map(line));
    let rest = problems.len().saturating_sub(PROBLEMS_SHOWN_MAX);
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    Failure::Refused(lines.join("\n"))
}

/// `FILE:LINE:COLUMN: /path/to/value: what is wrong`.
fn line(problem: &Problem) -> String {
    let mut text = problem.file.clone();
    if let Some((line, column)) = problem.place.line {
        text.push_str(&format!(":{line}:{column}"));
    }
    if !problem.place.pointer.is_empty() {
        text.push_str(&format!(": {}", problem.place.pointer));
    }
    format!("{text}: {}", sentence(&problem.reason))
}
