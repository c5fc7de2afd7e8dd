//! `samsynk allocate` and `samsynk verify-allocation`: files in, an answer or what is wrong out.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use samsynk_core::matching::verify::{self, Unreadable};
use samsynk_core::matching::{self, Explain, Fault, INSTANCE_BYTES_MAX, Instance, Rule};
use samsynk_core::refusal::Refusal;

use super::failure::Failure;
use super::messages::sentence;
use super::output;

/// The most faults of a result that are printed; the rest usually follow from the first.
const FAULTS_SHOWN_MAX: usize = 50;

#[derive(Debug, Args)]
pub(super) struct AllocateArgs {
    /// The instance, a JSON file; `-` is stdin
    #[arg(value_name = "INSTANCE.json")]
    instance: PathBuf,
    /// student-optimal, supervisor-optimal, largest-stable, greedy, generous or least-cost
    #[arg(long, value_name = "RULE", default_value_t)]
    rule: Rule,
    /// Say why this team did not get what it would rather have, and nothing about others; may be given several times
    #[arg(long, value_name = "TEAM")]
    explain: Vec<String>,
    #[command(flatten)]
    limit: Limit,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The instance, a JSON file
    #[arg(value_name = "INSTANCE.json")]
    instance: PathBuf,
    /// What `samsynk allocate` printed for it; `-` is stdin
    #[arg(value_name = "RESULT.json")]
    result: PathBuf,
    #[command(flatten)]
    limit: Limit,
}

#[derive(Debug, Clone, Copy, Args)]
struct Limit {
    /// The longest file that is read
    #[arg(long, value_name = "MIB", default_value_t = INSTANCE_BYTES_MAX >> 20, value_parser = mebibytes)]
    mib_max: usize,
}

impl Limit {
    fn bytes(self) -> usize {
        self.mib_max << 20
    }
}

fn mebibytes(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "expected mebibytes, from 1 to 1024".to_owned())
}

pub(super) fn allocate(args: &AllocateArgs) -> Result<(), Failure> {
    let (name, bytes) = read(&args.instance, args.limit)?;
    let faults =
        |faults: Vec<Fault>| invalid(faults.iter().map(|f| line(&name, &f.at, &f.refusal)));
    let instance = Instance::read(&bytes, args.limit.bytes()).map_err(faults)?;
    let explain = match &*args.explain {
        [] => Explain::Missed,
        teams => Explain::Teams(teams.to_vec()),
    };
    let answer = matching::allocate(&instance, args.rule, &explain).map_err(|refusal| {
        let text = line(&name, "", &refusal);
        if refusal.code == "unknown-team" { Failure::Usage(text) } else { Failure::Refused(text) }
    })?;
    output::text(&answer.to_json())?;
    Ok(())
}

/// A file's name as messages have it, and its bytes.
fn read(file: &Path, limit: Limit) -> Result<(String, Vec<u8>), Failure> {
    let (name, from): (_, Box<dyn Read>) = if file == Path::new("-") {
        ("stdin".to_owned(), Box::new(std::io::stdin().lock()))
    } else {
        let open = std::fs::File::open(file);
        let name = file.display().to_string();
        let open = open.with_context(|| format!("cannot read {name}"))?;
        (name, Box::new(open))
    };
    let mut bytes = Vec::new();
    // One more than is allowed, so that too much is seen as such.
    let most = limit.bytes() as u64 + 1;
    from.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() > limit.bytes() {
        let refusal = Refusal::new("file-too-large").with("max", limit.bytes());
        return Err(Failure::Usage(line(&name, "", &refusal)));
    }
    Ok((name, bytes))
}

fn invalid(lines: impl Iterator<Item = String>) -> Failure {
    let mut text = "nothing was allocated:".to_owned();
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    Failure::Usage(text)
}

/// `FILE: place: code: what is wrong`.
fn line(name: &str, at: &str, refusal: &Refusal) -> String {
    place(name, at, &refusal.code, &sentence(refusal))
}

pub(super) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let (instance_name, instance) = read(&args.instance, args.limit)?;
    let (result_name, result) = read(&args.result, args.limit)?;
    let verdict = verify::verify(&instance, &result).map_err(|unreadable| {
        let Unreadable { file, code, at, expected } = unreadable;
        let name = if file == "result" { &result_name } else { &instance_name };
        Failure::Usage(format!(
            "nothing was verified:\n{}",
            place(name, &at, code, &format!("expected {expected}"))
        ))
    })?;
    if !verdict.faults.is_empty() {
        let shown = verdict.faults.iter().take(FAULTS_SHOWN_MAX).map(|fault| {
            let params: Vec<_> =
                fault.params.iter().map(|(name, value)| format!("{name} {value}")).collect();
            place(&result_name, &fault.at, fault.code, &params.join(", "))
        });
        let mut lines = vec!["the result is wrong:".to_owned()];
        lines.extend(shown);
        let rest = verdict.faults.len().saturating_sub(FAULTS_SHOWN_MAX);
        if rest > 0 {
            lines.push(format!("and {rest} more"));
        }
        return Err(Failure::Refused(lines.join("\n")));
    }
    let checked: Vec<_> = verdict.checked.iter().map(|check| check.name()).collect();
    output::line(format_args!("right: {}", checked.join(", ")))?;
    for unproved in &verdict.unproved {
        output::line(place(
            "unproved",
            &unproved.at,
            unproved.code,
            sentence(&Refusal::new(unproved.code)).as_str(),
        ))?;
    }
    Ok(())
}

/// `FILE: place: code: words`.
fn place(name: &str, at: &str, code: &str, words: &str) -> String {
    let parts = [name, at, code, words].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(": ")
}
