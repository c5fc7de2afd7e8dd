//! `samsynk allocate` and `samsynk verify-allocation`: files in, an answer or what is wrong out.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use samsynk_core::matching::verify::{self, FILE_BYTES_MAX, Unreadable, Verdict};
use samsynk_core::matching::{
    self, Answer, Explain, Explanation, Fault, INSTANCE_BYTES_MAX, Instance, Rule,
};
use samsynk_core::refusal::Refusal;
use serde::Serialize;

use super::failure::Failure;
use super::messages::sentence;
use super::output;
use crate::text_file::decode;

/// The most faults that are printed; the rest usually follow from the first.
const FAULTS_SHOWN_MAX: usize = 50;

#[derive(Debug, Args)]
pub(super) struct AllocateArgs {
    /// The instance, a JSON file; `-` is stdin
    #[arg(value_name = "INSTANCE.json")]
    instance: PathBuf,
    /// student-optimal, supervisor-optimal, largest-stable, greedy, generous or least-cost
    #[arg(long, value_name = "RULE", default_value_t)]
    rule: Rule,
    /// Say why this team, and no other, did not get what it would rather have; may be given several times
    #[arg(long, value_name = "TEAM")]
    explain: Vec<String>,
    /// Print the reasons of the teams that are named and nothing else: fit to be sent to them
    #[arg(long, requires = "explain")]
    only_reasons: bool,
    /// Print how each rule would place the teams, as a table
    #[arg(long, conflicts_with_all = ["rule", "explain"])]
    compare: bool,
    /// The longest file that is read
    #[arg(long, value_name = "MIB", default_value_t = INSTANCE_BYTES_MAX >> 20, value_parser = mebibytes)]
    mib_max: usize,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The instance, a JSON file; `-` is stdin
    #[arg(value_name = "INSTANCE.json")]
    instance: PathBuf,
    /// What `samsynk allocate` printed for it; `-` is stdin
    #[arg(value_name = "RESULT.json")]
    result: PathBuf,
}

fn mebibytes(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "expected mebibytes, from 1 to 1024".to_owned())
}

/// What teams are told, without the rest of the answer.
#[derive(Serialize)]
struct Reasons {
    rule: Rule,
    input_digest: String,
    explanations: BTreeMap<String, Explanation>,
}

pub(super) fn allocate(args: &AllocateArgs) -> Result<(), Failure> {
    let bytes_max = args.mib_max << 20;
    let (name, bytes) = read(&args.instance, bytes_max)?;
    let instance = Instance::read(&bytes, bytes_max).map_err(|faults| invalid(&name, &faults))?;
    if args.compare {
        return compare(&name, &instance);
    }
    let explain = match &*args.explain {
        [] => Explain::Missed,
        teams => Explain::Teams(teams.to_vec()),
    };
    let answer = answer(&name, &instance, args.rule, &explain)?;
    if args.only_reasons {
        let Answer { rule, input_digest, explanations, .. } = answer;
        let reasons = Reasons { rule, input_digest, explanations };
        let text = serde_json::to_string_pretty(&reasons).context("cannot write reasons")?;
        output::line(text)?;
    } else {
        output::text(&answer.to_json())?;
    }
    Ok(())
}

fn answer(
    name: &str,
    instance: &Instance,
    rule: Rule,
    explain: &Explain,
) -> Result<Answer, Failure> {
    matching::allocate(instance, rule, explain).map_err(|refusal| {
        let text = line(name, "", &refusal);
        if refusal.code == "unknown-team" { Failure::Usage(text) } else { Failure::Refused(text) }
    })
}

/// A line for each rule: how many teams have a topic, how many pairs block, and how many have which choice.
fn compare(name: &str, instance: &Instance) -> Result<(), Failure> {
    let nobody = Explain::Teams(Vec::new());
    output::line(format_args!(
        "{:<20}{:>8}{:>10}{:>10}  1st, 2nd, … choice",
        "rule", "placed", "without", "blocking"
    ))?;
    for rule in Rule::ALL {
        match answer(name, instance, rule, &nobody) {
            Ok(answer) => {
                let profile: Vec<_> = answer.profile.iter().map(usize::to_string).collect();
                let (size, blocking) = (answer.size, answer.blocking_pairs.len());
                let without = instance.teams() - size;
                let profile = profile.join(", ");
                output::line(format_args!(
                    "{rule:<20}{size:>8}{without:>10}{blocking:>10}  {profile}"
                ))?;
            }
            Err(failure) => output::line(format_args!("{rule:<20}{}", failure.message()))?,
        }
    }
    Ok(())
}

pub(super) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let (instance_name, instance) = read(&args.instance, FILE_BYTES_MAX)?;
    let (result_name, result) = read(&args.result, FILE_BYTES_MAX)?;
    let verdict = verify::verify(&instance, &result).map_err(|unreadable| {
        let Unreadable { file, code, at, expected } = unreadable;
        let name = if file == "result" { &result_name } else { &instance_name };
        let expected = format!("expected {expected}");
        Failure::Usage(format!("nothing was verified:\n{}", place(name, &at, code, &expected)))
    })?;
    if !verdict.faults.is_empty() {
        return Err(Failure::Refused(wrong(&result_name, &verdict)));
    }
    if !verdict.unproved.is_empty() {
        return Err(Failure::Refused(unproved(&result_name, &verdict)));
    }
    let checked: Vec<_> = verdict.checked.iter().map(|check| check.name()).collect();
    output::line(format_args!("right: {}", checked.join(", ")))?;
    Ok(())
}

fn wrong(name: &str, verdict: &Verdict) -> String {
    let faults = &verdict.faults;
    let other = faults.iter().find(|fault| fault.at == "input_digest");
    if let Some(fault) = other {
        let words = "the result is of another instance, or of another version of this one";
        return place(name, &fault.at, fault.code, words);
    }
    let mut lines = vec!["the result is wrong:".to_owned()];
    lines.extend(faults.iter().take(FAULTS_SHOWN_MAX).map(|fault| {
        let params: Vec<_> =
            fault.params.iter().map(|(key, value)| format!("{key} {value}")).collect();
        place(name, &fault.at, fault.code, &params.join(", "))
    }));
    let rest = faults.len().saturating_sub(FAULTS_SHOWN_MAX);
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines.join("\n")
}

fn unproved(name: &str, verdict: &Verdict) -> String {
    let mut lines =
        vec!["nothing was found wrong, but not all could be shown to be right:".to_owned()];
    lines.extend(verdict.unproved.iter().map(|unproved| {
        place(name, &unproved.at, unproved.code, &sentence(&Refusal::new(unproved.code)))
    }));
    lines.join("\n")
}

/// A file's name as messages have it, and its bytes.
fn read(file: &Path, bytes_max: usize) -> Result<(String, Vec<u8>), Failure> {
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
    let most = bytes_max as u64 + 1;
    from.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() > bytes_max {
        let refusal = Refusal::new("file-too-large").with("max", bytes_max);
        return Err(Failure::Usage(line(&name, "", &refusal)));
    }
    Ok((name, decode(bytes)))
}

fn invalid(name: &str, faults: &[Fault]) -> Failure {
    let mut lines = vec!["nothing was allocated:".to_owned()];
    lines.extend(faults.iter().map(|fault| line(name, &fault.at, &fault.refusal)));
    if faults.len() >= FAULTS_SHOWN_MAX {
        lines.push("and maybe more".to_owned());
    }
    Failure::Usage(lines.join("\n"))
}

/// `FILE: place: code: what is wrong`.
fn line(name: &str, at: &str, refusal: &Refusal) -> String {
    place(name, at, &refusal.code, &sentence(refusal))
}

/// `FILE: place: code: words`, without what could steer a terminal or look like another line.
fn place(name: &str, at: &str, code: &str, words: &str) -> String {
    let parts = [name, at, code, words].into_iter().filter(|part| !part.is_empty());
    let mut text = String::new();
    for letter in parts.collect::<Vec<_>>().join(": ").chars() {
        if letter.is_control() {
            text.extend(letter.escape_default());
        } else {
            text.push(letter);
        }
    }
    text
}
