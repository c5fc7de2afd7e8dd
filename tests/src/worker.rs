//! Devices in processes of their own, under load, which can be killed; and what they have promised.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use samsynk_core::ids::{AccountId, DocumentId};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{PATIENCE, Replica, Server};

/// How often devices are told that the network is back, while they say nothing.
const HINT_INTERVAL: Duration = Duration::from_millis(500);

/// One device, as a process that edits without pause.
#[derive(Debug)]
struct Worker {
    name: String,
    account: AccountId,
    token: String,
    folder: TempDir,
    /// How often it was started.
    runs: usize,
    running: Option<(Child, JoinHandle<Vec<String>>)>,
}

/// Several of them on the same notes.
#[derive(Debug)]
pub struct Workers {
    program: PathBuf,
    url: String,
    notes: Vec<DocumentId>,
    workers: Vec<Worker>,
    /// The edits that were said to be on the server's disk.
    promised: Vec<String>,
    said: mpsc::UnboundedSender<Said>,
    heard: mpsc::UnboundedReceiver<Said>,
}

/// What a device has printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Promise,
    Rested,
}

impl Workers {
    /// Nobody yet, for notes on a server. `program` is `busy-device`.
    #[must_use]
    pub fn new(program: &Path, server: &Server, notes: Vec<DocumentId>) -> Self {
        let (said, heard) = mpsc::unbounded_channel();
        let (program, url) = (program.to_owned(), server.url());
        Self { program, url, notes, workers: Vec::new(), promised: Vec::new(), said, heard }
    }

    /// Starts a new device of an account.
    ///
    /// # Panics
    ///
    /// It does not start.
    pub async fn add(&mut self, server: &Server, account: AccountId) {
        self.workers.push(Worker {
            name: format!("device {}", self.workers.len() + 1),
            account,
            token: server.samsynk(&["token", &account.to_string()]).await,
            folder: tempfile::tempdir().expect("a folder for temporary files"),
            runs: 0,
            running: None,
        });
        self.start(self.workers.len() - 1);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.workers.len()
    }

    /// Starts a device again.
    ///
    /// # Panics
    ///
    /// It does not start.
    pub fn start(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        worker.runs += 1;
        let notes: Vec<String> = self.notes.iter().map(ToString::to_string).collect();
        let mut process = Command::new(&self.program)
            .arg(worker.folder.path())
            .args([&self.url, &worker.account.to_string()])
            .arg(format!("{} run {} edit", worker.name, worker.runs))
            .arg(notes.join(","))
            .env("DEVICE_TOKEN", &worker.token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program is built");
        let mut lines = BufReader::new(process.stdout.take().expect("piped above")).lines();
        let said = self.said.clone();
        let reader = tokio::spawn(async move {
            let mut promised = Vec::new();
            // A line without an end was not said.
            while let Ok(Some(line)) = lines.next_line().await {
                let is_promise = line != "rested";
                // Nobody may be counting any more.
                let _ = said.send(if is_promise { Said::Promise } else { Said::Rested });
                promised.extend(is_promise.then_some(line));
            }
            promised
        });
        worker.running = Some((process, reader));
    }

    /// Kills a device. What it has promised until then stays promised.
    ///
    /// # Panics
    ///
    /// It does not run.
    pub async fn kill(&mut self, number: usize) {
        let (mut process, reader) = self.workers[number].running.take().expect("it runs");
        process.kill().await.expect("our own process");
        self.promised.extend(reader.await.expect("reading does not panic"));
    }

    /// Tells all that the network seems to be back.
    ///
    /// # Panics
    ///
    /// One has ended.
    pub async fn online(&mut self) {
        self.tell("online\n").await;
    }

    async fn tell(&mut self, line: &str) {
        for worker in &mut self.workers {
            let (process, _) = worker.running.as_mut().expect("it runs");
            let stdin = process.stdin.as_mut().expect("piped at the start");
            stdin.write_all(line.as_bytes()).await.expect("it lives");
        }
    }

    /// Waits until all together have promised as many more edits.
    ///
    /// # Panics
    ///
    /// They do not.
    pub async fn promise(&mut self, count: usize) {
        while self.heard.try_recv().is_ok() {}
        self.hear(Said::Promise, count).await;
    }

    async fn hear(&mut self, what: Said, count: usize) {
        let since = Instant::now();
        let mut heard = 0;
        while heard < count {
            match tokio::time::timeout(HINT_INTERVAL, self.heard.recv()).await {
                Ok(said) => heard += usize::from(said == Some(what)),
                // They may all be waiting for a minute before they try to connect again.
                Err(_) => self.online().await,
            }
            assert!(since.elapsed() < PATIENCE, "{heard} of {count} {what:?}, then silence");
        }
    }

    /// Lets all stop editing and come to rest. Gives what they and the server have in the end, and how many edits
    /// were promised.
    ///
    /// # Panics
    ///
    /// They do not come to rest, a promise is broken, or they do not have the same.
    pub async fn settle(mut self, server: &Server) -> usize {
        self.tell("online\nrest\n").await;
        self.hear(Said::Rested, self.workers.len()).await;
        let mut replicas = Vec::new();
        for worker in &mut self.workers {
            let (mut process, reader) = worker.running.take().expect("it runs");
            drop(process.stdin.take());
            let ended = tokio::time::timeout(PATIENCE, process.wait()).await;
            let ended = ended.unwrap_or_else(|_| panic!("{} does not settle", worker.name));
            assert!(ended.expect("our own process").success(), "{}", worker.name);
            self.promised.extend(reader.await.expect("reading does not panic"));
            replicas.push((worker.name.clone(), Replica::read(worker.folder.path())));
        }
        for account in [self.workers.first(), self.workers.last()].into_iter().flatten() {
            let fresh = Replica::fetch(server, account.account).await;
            replicas.push(("a new device".to_owned(), fresh));
        }
        let (_, first) = replicas.last().expect("a new device");
        let texts = first.texts(&self.notes);
        let lost: Vec<_> = self.promised.iter().filter(|text| !texts.contains(*text)).collect();
        assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), self.promised.len());
        for (name, replica) in &replicas {
            assert_eq!(replica.heads(&self.notes), first.heads(&self.notes), "{name}");
            assert_eq!(replica.pending(), 0, "{name}");
        }
        self.promised.len()
    }
}
