//! What a process uses: time on processors, and memory.

use std::fs;
use std::time::Duration;

/// A process under watch.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    process: u32,
    cpu: Duration,
    memory_bytes: u64,
}

/// What it has used since the watch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Time on processors, of all threads.
    pub cpu: Duration,
    /// How far its memory rose above what it was, at the most.
    pub growth_bytes: u64,
}

impl Meter {
    /// Begins to watch a process.
    ///
    /// # Panics
    ///
    /// It is not there.
    #[must_use]
    pub fn start(process: u32) -> Self {
        // See proc(5): 5 sets the peak back to what is in use now.
        fs::write(format!("/proc/{process}/clear_refs"), "5").expect("our own process");
        let memory_bytes = memory(process, "VmRSS:");
        Self { process, cpu: cpu(process), memory_bytes }
    }

    /// What has been used since.
    ///
    /// # Panics
    ///
    /// The process is not there any more.
    #[must_use]
    pub fn used(&self) -> Used {
        let peak = memory(self.process, "VmHWM:");
        Used {
            cpu: cpu(self.process).saturating_sub(self.cpu),
            growth_bytes: peak.saturating_sub(self.memory_bytes),
        }
    }
}

/// The time that the threads of a process have run. Those that have ended are not counted; a server's do not.
fn cpu(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("a running process");
    let nanos = threads.filter_map(|thread| {
        let thread = thread.ok()?.path();
        let stat = fs::read_to_string(thread.join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn memory(process: u32, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let kilobytes = status.lines().find_map(|found| {
        found.strip_prefix(line)?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
    });
    kilobytes.expect("Linux says so") * 1024
}
