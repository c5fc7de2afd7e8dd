//! A running town: the real server process with TLS on loopback, holding the demo's data.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use samsynk_core::ids::AccountId;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A server process and its data folder. Dropping it ends the process.
#[derive(Debug)]
pub struct Town {
    folder: TempDir,
    server: Option<Child>,
    port: u16,
}

impl Town {
    /// Imports the demo's data and starts a server over it.
    ///
    /// # Panics
    ///
    /// The program is not built, or refuses.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let mut town = Self { folder, server: None, port: 0 };
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/demo/town.json");
        town.samsynk(&["import", &demo.to_string_lossy()]).await;
        town.serve().await;
        town
    }

    /// The folder of the server's data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process.
    ///
    /// # Panics
    ///
    /// It does not run.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.as_ref().and_then(Child::id).expect("a running server")
    }

    /// The server's certificate in PEM.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn certificate(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data().join("tls")).expect("the server keeps it");
        let certificate = files
            .map(|file| file.expect("a readable folder").path())
            .find(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().contains("cert"))
            })
            .expect("a file with the certificate");
        std::fs::read(certificate).expect("a readable file")
    }

    /// Runs the program on this town's data, and gives what it prints.
    ///
    /// # Panics
    ///
    /// It refuses.
    pub async fn samsynk(&self, words: &[&str]) -> String {
        let output = Command::new(program())
            .arg("--data")
            .arg(self.data())
            .args(words)
            .output()
            .await
            .expect("the program is built: cargo build --bins");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "samsynk {words:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Starts the server, on the port that it had before.
    ///
    /// # Panics
    ///
    /// It ends before it listens.
    pub async fn serve(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let mut server = Command::new(program())
            .arg("--data")
            .arg(self.data())
            .args(["serve", "--tls-self-signed", "--listen", &listen])
            .env("SAMSYNK_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program is built: cargo build --bins");
        let stdout = server.stdout.take().expect("piped above");
        let mut lines = BufReader::new(stdout).lines();
        let port = loop {
            let line =
                lines.next_line().await.expect("readable").expect("it says where it listens");
            let address = line.strip_prefix("listening on https://");
            if let Some(port) = address.and_then(|address| address.rsplit(':').next()) {
                break port.trim_end_matches('/').parse().expect("a port");
            }
        };
        self.port = port;
        self.server = Some(server);
    }

    /// Ends the server as a power cut would.
    ///
    /// # Panics
    ///
    /// It does not run.
    pub async fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        server.kill().await.expect("our own process");
    }

    /// The account that the import made of a person's name in its file.
    #[must_use]
    pub fn account(person: &str) -> AccountId {
        AccountId::from_name("account", person)
    }
}

/// The program beside this test: both are built into the same folder.
fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("SAMSYNK_BIN") {
        return program.into();
    }
    let test = std::env::current_exe().expect("a running test has a path");
    let built = test.ancestors().nth(2).expect("target/debug/deps/test");
    built.join("samsynk")
}
