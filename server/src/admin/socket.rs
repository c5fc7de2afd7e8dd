//! A socket in the data folder for the program's commands: one line of JSON in, one out. Only the user
//! who runs the server can open it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use samsynk_core::refusal::Refusal;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::{AdminReply, AdminRequest};
use crate::hub::port::HubHandle;
use crate::limits::{COMMAND_REQUEST_BYTES_MAX, COMMAND_REQUEST_TIMEOUT, COMMANDS_COUNT_MAX};
use crate::store::{at_socket, socket_in};

/// How much of a request is read before it has a place.
const FIRST_BYTES: usize = 1024;

/// How long to wait when the system cannot accept, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Removes the socket when the server stops.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Opens the socket of a data folder that this process holds. Call within a tokio runtime.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        let path = socket_in(folder);
        // The folder's lock is ours, so a socket that is there is a dead server's.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = at_socket(folder, |path| UnixListener::bind(path))?;
        let only_owner =
            <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
        std::fs::set_permissions(&path, only_owner)?;
        Ok(Self { listener, path })
    }

    /// Forwards requests to the hub until it has stopped or this is dropped.
    pub async fn run(self, hub: HubHandle) {
        let places = Arc::new(Semaphore::new(COMMANDS_COUNT_MAX));
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (hub, places) = (hub.clone(), Arc::clone(&places));
                    tokio::spawn(async move { answer(stream, hub, &places).await });
                }
                Err(error) => {
                    tracing::error!(%error, "a command could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Left behind it is removed at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Answers one request. A place is taken only once something of it has come, and for no longer than a request may take: neither
/// who says nothing nor who says it byte by byte keeps others waiting.
async fn answer(mut stream: UnixStream, hub: HubHandle, places: &Semaphore) {
    let mut first = [0; FIRST_BYTES];
    let begins = tokio::time::timeout(COMMAND_REQUEST_TIMEOUT, stream.read(&mut first)).await;
    let Ok(Ok(count @ 1..)) = begins else { return };
    let Ok(_place) = places.acquire().await else { return };
    let whole = request(&first[..count], &mut stream);
    let reply = match tokio::time::timeout(COMMAND_REQUEST_TIMEOUT, whole).await {
        Err(_) | Ok(None) => return,
        Ok(Some(line)) => match serde_json::from_slice::<AdminRequest>(&line) {
            Ok(request) => match hub.admin(request).await {
                Ok(reply) => reply,
                Err(_) => AdminReply::Refused(Refusal::new("unavailable")),
            },
            Err(error) => {
                AdminReply::Refused(Refusal::new("request-unreadable").with("why", error))
            }
        },
    };
    let mut text = serde_json::to_vec(&reply).expect("replies are plain values");
    text.push(b'\n');
    if let Err(error) = stream.write_all(&text).await {
        tracing::debug!(%error, "whoever gave a command has gone");
    }
}

/// Reads a request: one line, of which some comes again and again. None where it does not end.
async fn request(first: &[u8], stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(first.chain(stream)).take(COMMAND_REQUEST_BYTES_MAX);
    loop {
        let more = reader.fill_buf().await.ok()?;
        let end = more.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(more.len(), |end| end + 1);
        line.extend_from_slice(&more[..count]);
        reader.consume(count);
        match (end, count) {
            (None, 0) if line.is_empty() => return None,
            (Some(_), _) | (None, 0) => return Some(line),
            (None, _) => {}
        }
    }
}
