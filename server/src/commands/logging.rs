//! Logs: on stderr, `SAMSYNK_LOG` says which.

use tracing_subscriber::EnvFilter;

/// The variable with the filter, as `info` or `samsynk_server=debug`.
const FILTER_VARIABLE: &str = "SAMSYNK_LOG";

/// Starts logging; `default` applies where the variable says nothing that can be understood.
pub(super) fn start(default: &str, json: bool) {
    let filter =
        EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only fails where logging has been started before, as in tests.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}
