//! A server with nothing but a few accounts, in clear text on loopback; for tests of what becomes of its disk.

use std::path::{Path, PathBuf};

use samsynk_core::ids::AccountId;
use samsynk_core::transport::Endpoint;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::program;

/// A server process and its data. Dropping it ends the process.
#[derive(Debug)]
pub struct Server {
    data: PathBuf,
    process: Option<Child>,
    port: u16,
    _folder: Option<TempDir>,
}

impl Server {
    /// A server in a temporary folder, not yet running.
    ///
    /// # Panics
    ///
    /// There is no such folder.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let data = folder.path().join("data");
        Self { data, process: None, port: 0, _folder: Some(folder) }
    }

    /// A server with its data in this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { data: folder.join("data"), process: None, port: 0, _folder: None }
    }

    /// Runs the program on this server's data, and gives what it prints.
    ///
    /// # Panics
    ///
    /// It refuses.
    pub async fn samsynk(&self, words: &[&str]) -> String {
        program::run(&self.data, words).await
    }

    /// A new account.
    ///
    /// # Panics
    ///
    /// The program refuses.
    pub async fn account(&self) -> AccountId {
        self.samsynk(&["account", "add"]).await.parse().expect("it prints the id alone")
    }

    /// Where it is, with a new token of an account.
    ///
    /// # Panics
    ///
    /// The program refuses.
    pub async fn endpoint(&self, account: AccountId) -> Endpoint {
        let token = self.samsynk(&["token", &account.to_string()]).await;
        Endpoint {
            url: self.url().parse().expect("a well-formed address"),
            token: token.parse().expect("the program prints the token alone"),
            roots: samsynk_core::transport::Roots::default(),
        }
    }

    /// The address of its WebSocket.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/sync", self.port)
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it, on the port that it had before.
    ///
    /// # Panics
    ///
    /// It ends before it listens.
    pub async fn serve(&mut self) {
        self.serve_under(&[]).await;
    }

    /// Starts it as the argument of another program, as one that makes its system calls fail.
    ///
    /// # Panics
    ///
    /// It ends before it listens.
    pub async fn serve_under(&mut self, wrapper: &[&str]) {
        let mut words: Vec<_> = wrapper.iter().map(|word| (*word).into()).collect();
        words.push(program::path().into_os_string());
        let mut command = Command::new(&words[0]);
        let listen = format!("127.0.0.1:{}", self.port);
        command.args(&words[1..]).arg("--data").arg(&self.data);
        command.args(["serve", "--plaintext", "--listen", &listen]).env("SAMSYNK_LOG", "off");
        let (process, port) = program::serve(command).await;
        (self.process, self.port) = (Some(process), port);
    }

    /// The process's id.
    ///
    /// # Panics
    ///
    /// It does not run.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.as_ref().and_then(Child::id).expect("it runs")
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    ///
    /// It does not run.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().await.expect("our own process");
    }

    /// Tells it to end, as a service manager does, and waits until it has.
    ///
    /// # Panics
    ///
    /// It does not run, or does not end well.
    pub async fn end(&mut self) {
        let id = self.id().to_string();
        let mut process = self.process.take().expect("it runs");
        let told =
            Command::new("kill").args(["-TERM", &id]).status().await.expect("a shell's kill");
        assert!(told.success(), "it was gone already");
        let ended = process.wait().await.expect("our own process");
        assert!(ended.success(), "{ended}");
    }

    /// One of its counters; 0 until it has counted something.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub async fn counted(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("it listens");
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a whole number"))
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}
