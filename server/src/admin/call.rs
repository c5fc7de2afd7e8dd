//! The program's commands: through the socket while a server runs, else on the data itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use samsynk_core::refusal::Refusal;

use super::{AdminReply, AdminRequest, beside};
use crate::accounts::SystemRandom;
use crate::hub::{Event, Hub, Ticket, now};
use crate::limits::{COMMAND_REQUEST_BYTES_MAX, DATA_IN_USE_INTERVAL, DATA_IN_USE_WAIT};
use crate::store::{DataDir, Store, StoreError, at_socket};

/// A request could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The data cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The running server does not answer.
    #[error("the running server does not answer: {0}")]
    Server(#[from] std::io::Error),
    /// The running server is of another version.
    #[error("the running server answers in another language: {0}")]
    Answer(#[from] serde_json::Error),
}

/// Makes a request on the data in a folder, whether or not a server runs on it. Waits for other commands.
///
/// # Errors
///
/// [`CallError`]; a refusal is an answer.
pub fn call(folder: &Path, request: AdminRequest) -> Result<AdminReply, CallError> {
    call_within(folder, request, DATA_IN_USE_WAIT)
}

/// Makes a request as [`call`] does, waiting for others no longer than this.
///
/// # Errors
///
/// As [`call`].
pub fn call_within(
    folder: &Path,
    request: AdminRequest,
    wait: Duration,
) -> Result<AdminReply, CallError> {
    match reach(folder, wait)? {
        Reached::Data(data) => alone(&data, request),
        Reached::Server(stream) => through(stream, &request),
    }
}

/// What a command finds.
enum Reached {
    /// The data, which is now its own.
    Data(DataDir),
    /// A server that has it.
    Server(UnixStream),
}

/// Opens the data or the server that has it; waits while another command has it, or a server that is just starting or
/// stopping.
fn reach(folder: &Path, wait: Duration) -> Result<Reached, StoreError> {
    let deadline = Instant::now() + wait;
    loop {
        let in_use = match DataDir::open(folder) {
            Ok(data) => return Ok(Reached::Data(data)),
            Err(error @ StoreError::InUse { .. }) => error,
            Err(error) => return Err(error),
        };
        if let Ok(stream) = at_socket(folder, |path| UnixStream::connect(path)) {
            return Ok(Reached::Server(stream));
        }
        if Instant::now() >= deadline {
            return Err(in_use);
        }
        std::thread::sleep(DATA_IN_USE_INTERVAL);
    }
}

fn through(mut stream: UnixStream, request: &AdminRequest) -> Result<AdminReply, CallError> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    if line.len() as u64 > COMMAND_REQUEST_BYTES_MAX {
        return Ok(AdminReply::Refused(
            Refusal::new("request-too-large").with("max", COMMAND_REQUEST_BYTES_MAX),
        ));
    }
    stream.write_all(&line)?;
    let mut answer = Vec::new();
    BufReader::new(stream).take(COMMAND_REQUEST_BYTES_MAX).read_until(b'\n', &mut answer)?;
    Ok(serde_json::from_slice(&answer)?)
}

fn alone(data: &DataDir, request: AdminRequest) -> Result<AdminReply, CallError> {
    let mut store = Store::open(data)?;
    // It holds the data to what is final, whatever is asked for.
    let mut hub = Hub::new(&mut store, &mut SystemRandom)?;
    if let Some(work) = beside::work(&request) {
        return Ok(work(store.file()));
    }
    let event = Event::Admin { ticket: Ticket(0), request };
    let effects = hub.handle(&mut store, now(), &mut SystemRandom, vec![event]);
    if let Some(error) = effects.failed {
        return Err(error.into());
    }
    let reply = effects.replies.into_iter().next();
    Ok(reply.expect("every request has an answer").1)
}
