//! A data folder of one's own and the real program on it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

/// The demo's town, which is also the largest example of an import.
pub(crate) const TOWN: &str = include_str!("../../demo/town.json");

/// A data folder.
pub(crate) struct Data {
    folder: tempfile::TempDir,
    /// Where in it.
    path: PathBuf,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Stdout of a command that must have succeeded.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// Stderr of a command that must have failed with this code and printed nothing else.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "a failure says nothing on stdout");
        self.stderr
    }
}

impl Data {
    pub(crate) fn new() -> Self {
        Self::at("data")
    }

    /// The same in a folder of this name.
    pub(crate) fn at(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        Self { folder, path }
    }

    /// A path in the same temporary folder, beside the data.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with this text, beside the data.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.beside(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = samsynk(&self.path());
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs a command with this on stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        run(self.command(arguments), stdin)
    }

    /// Runs a command whose stdout is this file.
    pub(crate) fn run_into(&self, file: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.stdout(std::fs::OpenOptions::new().write(true).open(file).unwrap());
        run(command, "")
    }

    /// Runs a command whose stdout is a pipe that nobody reads.
    pub(crate) fn run_to_nobody(&self, arguments: &[&str]) -> Ran {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(arguments);
        command.stdout(writer);
        run(command, "")
    }

    /// Runs a command that the system kills when a file that it writes is longer than 64 KiB.
    pub(crate) fn run_killed_by_a_large_file(&self, arguments: &[&str]) {
        let mut command = Command::new("sh");
        let script = "ulimit -f 128; \"$0\" \"$@\"; exit $?";
        command.args(["-c", script, env!("CARGO_BIN_EXE_samsynk")]);
        set_up(&mut command, &self.path());
        command.args(arguments);
        let ran = run(command, "");
        assert_eq!(ran.code, 128 + 25, "SIGXFSZ: {ran:?}");
    }

    /// The same by somebody whose files are open to everybody unless a program says otherwise.
    pub(crate) fn run_open(&self, arguments: &[&str], stdin: &str) -> Ran {
        run(self.command_open(arguments), stdin)
    }

    /// The same by somebody for whom permissions hold, also where the tests are run by root.
    pub(crate) fn run_as_anybody(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-all", "--inh-caps=-all", env!("CARGO_BIN_EXE_samsynk")]);
        set_up(&mut command, &self.path());
        command.args(arguments);
        run(command, "")
    }

    fn command_open(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "umask 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_samsynk")]);
        set_up(&mut command, &self.path());
        command.args(arguments);
        command
    }

    /// Starts a server; it is ready once it has printed a line.
    pub(crate) fn start(&self, arguments: &[&str]) -> Server {
        start(self.command(arguments))
    }

    /// Starts a server in clear text on a free port.
    pub(crate) fn serve(&self) -> (Server, u16) {
        let mut server = self.start(&SERVE);
        let port = server.port();
        (server, port)
    }

    /// The same by somebody whose files are open to everybody.
    pub(crate) fn serve_open(&self) -> (Server, u16) {
        let mut server = start(self.command_open(&SERVE));
        let port = server.port();
        (server, port)
    }
}

const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--plaintext"];

fn start(mut command: Command) -> Server {
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let stderr = BufReader::new(child.stderr.take().unwrap());
    Server { child, stdout, stderr }
}

fn run(mut command: Command, stdin: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().expect("no signal ended it"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn samsynk(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samsynk"));
    set_up(&mut command, data);
    command
}

fn set_up(command: &mut Command, data: &Path) {
    command.env("SAMSYNK_DATA", data).env_remove("SAMSYNK_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// A server in a process of its own, ended with the test.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Server {
    /// The next line that it prints; waits for it.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut stderr = String::new();
            self.stderr.read_to_string(&mut stderr).unwrap();
            panic!("the server has ended: {stderr}");
        }
        line.trim_end().to_owned()
    }

    /// The port that it says it listens on.
    pub(crate) fn port(&mut self) -> u16 {
        let line = self.line();
        let address = line.split_once("://127.0.0.1:").expect(&line).1;
        address.parse().unwrap()
    }

    /// Waits until a line of its log has these words.
    pub(crate) fn logs(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "it never says {words:?}");
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, pid) = (format!("-{name}"), self.child.id().to_string());
        assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as a service manager does; it must end well.
    pub(crate) fn end(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body of a request.
pub(crate) fn http(
    port: u16,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Redeems an invitation as a program does: status and body.
pub(crate) fn enrol(port: u16, invitation: &str) -> (u16, String) {
    let body = format!("{{\"invitation\": \"{invitation}\"}}");
    http(port, "POST", "/enrol", "content-type: application/json\r\n", &body)
}

/// Whether the server lets a token in: a session's upgrade is answered with 101, or else refused.
pub(crate) fn lets_in(port: u16, token: &str) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!(
        "GET /sync HTTP/1.1\r\nhost: localhost:{port}\r\nauthorization: Bearer {token}\r\n\
         connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    match &status {
        b"HTTP/1.1 101" => true,
        b"HTTP/1.1 401" => false,
        other => panic!("{}", String::from_utf8_lossy(other)),
    }
}
