//! The real program in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

/// Lets this process have so many sockets.
pub(crate) fn more_files(count: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let enough = limit.current.is_none_or(|files| files >= count);
    assert!(enough, "the hard limit of open files (ulimit -Hn) must be {count} for this test");
}

/// A server with one account, which has a token. Ended with the test.
pub(crate) struct Server {
    child: Child,
    /// Kept open, so that it can go on printing.
    _stdout: BufReader<ChildStdout>,
    folder: TempDir,
    account: String,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) over_tls: bool,
}

impl Server {
    pub(crate) fn start(way: &str) -> Self {
        Self::start_for(way, 20_000)
    }

    /// The same with so many sessions for the account.
    pub(crate) fn start_for(way: &str, sessions: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = samsynk(&folder, &["account", "add"]);
        let token = samsynk(&folder, &["token", &account]);
        let mut command = program(&folder);
        command.args(["serve", "--account-sessions-max", &sessions.to_string()]);
        command.args(["--listen", "127.0.0.1:0", way]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit("//").next().unwrap().parse().expect(&line);
        let over_tls = line.contains("https");
        Self { child, _stdout: stdout, folder, account, address, token, over_tls }
    }

    /// What of it is in memory.
    pub(crate) fn resident_bytes(&self) -> usize {
        self.memory("VmRSS:")
    }

    /// The most of it that ever was in memory.
    pub(crate) fn most_resident_bytes(&self) -> usize {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Makes a document that the account may read.
    pub(crate) fn change_something(&self) {
        samsynk(&self.folder, &["account", "role", "add", &self.account, "staff@farsta"]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samsynk"));
    command.env("SAMSYNK_DATA", folder.path().join("data")).env("SAMSYNK_LOG", "error");
    command
}

/// Runs a command to its end and gives what it prints.
fn samsynk(folder: &TempDir, words: &[&str]) -> String {
    let output = program(folder).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
