//! How a command fails, and what its exit code says.

use std::process::ExitCode;

use samsynk_core::refusal::Refusal;

use super::messages;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked for is refused, or a file says what cannot be: exit code 1.
    Refused(String),
    /// It was asked for in a way that makes no sense: exit code 2, as clap's.
    Usage(String),
    /// The machine stands in the way: data in use, damaged or unreadable, no such address: exit code 3.
    Environment(anyhow::Error),
}

impl Failure {
    /// The exit code.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Environment(_) => 3,
        })
    }

    /// What the person reads.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Refused(text) | Self::Usage(text) => text.clone(),
            Self::Environment(error) => with_causes(error),
        }
    }
}

/// An error and its causes, each once: many repeat theirs.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let text = messages::sentence(&refusal);
        match refusal.code.as_str() {
            "data-in-use" | "store-corrupt" | "ledger-corrupt" | "store-too-new"
            | "store-failed" => Self::Environment(anyhow::Error::msg(text)),
            _ => Self::Refused(text),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Environment(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Environment(error.into())
    }
}
