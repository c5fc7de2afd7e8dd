//! A bound on how much is logged: what happens a thousand times in a second is said some times only, and counted.
//! Clients can make the server say something with every message that they send.

use crate::limits::{LOG_LINE_INTERVAL, LOG_LINES_BURST_MAX};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::callsite::Identifier;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// Lets through what is not said too often. There are as many entries as places in the program that log.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// When each place may have its whole burst again.
    full_at: Mutex<HashMap<Identifier, Instant>>,
}

impl Quiet {
    fn admits(&self, place: Identifier, now: Instant) -> bool {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = full_at.entry(place).or_insert(now);
        let then = (*entry).max(now) + LOG_LINE_INTERVAL;
        let fits = then <= now + LOG_LINE_INTERVAL * LOG_LINES_BURST_MAX;
        if fits {
            *entry = then;
        }
        fits
    }
}

impl<S: Subscriber> Filter<S> for Quiet {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let admitted = self.admits(event.metadata().callsite(), Instant::now());
        if !admitted {
            metrics::counter!("samsynk_log_lines_suppressed_total").increment(1);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

    use super::*;

    /// Keeps what is written.
    #[derive(Debug, Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn what_is_said_all_the_time_is_said_some_times_and_other_things_are_still_heard() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
        let log = tracing_subscriber::registry().with(layer.with_filter(Quiet::default()));
        tracing::subscriber::with_default(log, || {
            for n in 0..10_000 {
                tracing::info!(n, "changes refused");
            }
            tracing::info!("something else");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let said = text.lines().filter(|line| line.contains("changes refused")).count();
        // A few more where the machine takes seconds over it.
        assert!((100..200).contains(&said), "{said}");
        assert!(text.contains("something else"));
    }
}
