//! A running town: the real server process with TLS on loopback, holding the demo's data.

use std::path::{Path, PathBuf};

use automerge::AutoCommit;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_server::store::{database_in, documents, imported};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::program;

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
        Self::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/demo/town.json")).await
    }

    /// Imports a file and starts a server over what is in it.
    ///
    /// # Panics
    ///
    /// The program is not built, or refuses.
    pub async fn of(import: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let mut town = Self { folder, server: None, port: 0 };
        town.samsynk(&["import", &import.to_string_lossy()]).await;
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
        match self.try_samsynk(words).await {
            Ok(said) => said,
            Err((said, errors)) => panic!("samsynk {words:?}: {said}\n{errors}"),
        }
    }

    /// Runs the program on this town's data, and gives what it prints; if it refuses, also what it says then.
    ///
    /// # Errors
    ///
    /// What it printed, and what it said why it refused.
    ///
    /// # Panics
    ///
    /// The program is not built.
    pub async fn try_samsynk(&self, words: &[&str]) -> Result<String, (String, String)> {
        program::try_run(&self.data(), words).await
    }

    /// Starts the server, on the port that it had before.
    ///
    /// # Panics
    ///
    /// It ends before it listens.
    pub async fn serve(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let mut command = Command::new(program::path());
        command.arg("--data").arg(self.data());
        command.args(["serve", "--tls-self-signed", "--listen", &listen]);
        command.env("SAMSYNK_LOG", "error");
        let (server, port) = program::serve(command).await;
        (self.port, self.server) = (port, Some(server));
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

    /// A document as the server has it on disk now.
    ///
    /// # Panics
    ///
    /// There is none, or it does not load.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> AutoCommit {
        let database = samsynk_server::store::open_read_only(&database_in(&self.data()));
        let bytes = documents::load(&database.expect("the town has data"), id);
        let bytes = bytes.expect("it is readable").expect("a document with content");
        AutoCommit::load(&bytes).expect("the server has written it")
    }

    /// The account that the import made of a person's name in its file.
    ///
    /// # Panics
    ///
    /// The person was not imported.
    #[must_use]
    pub fn account(&self, person: &str) -> AccountId {
        let database = samsynk_server::store::open_read_only(&database_in(&self.data()));
        let database = database.expect("the town has data");
        let named = imported::account(&database, person).expect("it is readable");
        named.expect("the person was imported").0
    }
}
