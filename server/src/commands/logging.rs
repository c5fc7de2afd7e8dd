//! Logs: on stderr, `SAMSYNK_LOG` says which.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::quiet::Quiet;

/// The variable with the filter, as `info` or `samsynk_server=debug`.
const FILTER_VARIABLE: &str = "SAMSYNK_LOG";

/// Starts logging; `default` applies where the variable says nothing that can be understood.
pub(super) fn start(default: &str, json: bool) {
    let filter =
        EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = if json { lines.json().boxed() } else { lines.boxed() };
    let log = tracing_subscriber::registry().with(filter).with(lines.with_filter(Quiet::default()));
    // Only fails where logging has been started before, as in tests.
    let _ = log.try_init();
}
