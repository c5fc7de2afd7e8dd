//! The program `samsynk` that is being tested.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The program beside this test: both are built into the same folder.
pub(crate) fn path() -> PathBuf {
    if let Some(program) = std::env::var_os("SAMSYNK_BIN") {
        return program.into();
    }
    let test = std::env::current_exe().expect("a running test has a path");
    let built = test.ancestors().nth(2).expect("target/debug/deps/test");
    built.join("samsynk")
}

/// Runs a command of the program to its end, and gives what it prints.
pub(crate) async fn run(data: &Path, words: &[&str]) -> String {
    match try_run(data, words).await {
        Ok(said) => said,
        Err((said, errors)) => panic!("samsynk {words:?}: {said}\n{errors}"),
    }
}

/// The same; where it refuses, what it printed and what it said why.
pub(crate) async fn try_run(data: &Path, words: &[&str]) -> Result<String, (String, String)> {
    let command = Command::new(path()).arg("--data").arg(data).args(words).output().await;
    let output = command.expect("the program is built: cargo build --bins");
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.status.success() {
        true => Ok(said),
        false => Err((said, String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

/// Starts a server and waits until it listens; gives the process and the port.
pub(crate) async fn serve(mut command: Command) -> (Child, u16) {
    let mut server = command
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program is built: cargo build --bins");
    let stdout = server.stdout.take().expect("piped above");
    let mut lines = BufReader::new(stdout).lines();
    loop {
        let line = lines.next_line().await.expect("readable").expect("it says where it listens");
        let address = line.strip_prefix("listening on http");
        if let Some(port) = address.and_then(|address| address.rsplit(':').next()) {
            return (server, port.trim_end_matches('/').parse().expect("a port"));
        }
    }
}
