//! A client with its connection: executes the engine's effects on tokio.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Connection, Endpoint, TransportError, connect};
use crate::client::{Client, Watch};
use crate::domain::view::{SyncStatus, View, ViewData};
use crate::domain::{Command, Edit, Moment};
use crate::engine::{Effects, Event, Identity};
use crate::ids::{CommandId, DocumentId, EditId};
use crate::refusal::Refusal;

/// The most messages that the engine takes in at once. They are one transaction, and so one wait for the disk; edits wait
/// for it.
const TURN_MESSAGES_MAX: usize = 256;

/// The most bytes that it takes in at once, but for the last message.
const TURN_BYTES_MAX: usize = 1024 * 1024;

/// A client that keeps itself in sync with a server. Dropping it closes the connection; what was
/// edited is on disk.
#[derive(Debug)]
pub struct Device {
    client: Arc<Mutex<Client>>,
    /// Effects in the order in which the client gave them: sent under the client's lock.
    effects: mpsc::UnboundedSender<Effects>,
    driver: JoinHandle<()>,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The time now, by the system's clock.
#[must_use]
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Device {
    /// Drives a client against a server, from within a tokio runtime.
    #[must_use]
    pub fn start(client: Client, endpoint: Endpoint) -> Self {
        let client = Arc::new(Mutex::new(client));
        let (effects, inbox) = mpsc::unbounded_channel();
        let driver = Driver { client: client.clone(), effects: effects.clone(), endpoint };
        let driver = tokio::spawn(driver.run(inbox));
        let device = Self { client, effects, driver };
        device.happened(Event::Start);
        device
    }

    /// Enrols this device.
    ///
    /// # Errors
    ///
    /// As [`Client::enrol`].
    pub fn enrol(&self, identity: Identity) -> Result<(), Refusal> {
        let mut client = self.lock();
        let effects = client.enrol(now(), identity)?;
        self.hand_over(effects);
        Ok(())
    }

    /// What one screen shows now.
    #[must_use]
    pub fn view(&self, view: &View) -> ViewData {
        self.lock().view(view)
    }

    /// As [`Client::watch`]; the listener must not call this device.
    pub fn watch(&self, view: View, listener: impl Fn(&ViewData) + Send + Sync + 'static) -> Watch {
        self.lock().watch(view, listener)
    }

    /// Makes an edit; when this returns, it is on disk.
    ///
    /// # Errors
    ///
    /// As [`Client::edit`].
    pub fn edit(&self, document: DocumentId, edit: Edit) -> Result<EditId, Refusal> {
        let mut client = self.lock();
        let made = client.edit(now(), document, edit);
        self.hand_over_made(&mut client, made)
    }

    /// Gives a command; when this returns, it is on disk.
    ///
    /// # Errors
    ///
    /// As [`Client::command`].
    pub fn command(&self, command: Command) -> Result<CommandId, Refusal> {
        let mut client = self.lock();
        let given = client.command(now(), command);
        self.hand_over_made(&mut client, given)
    }

    /// How this device stands with its server.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.lock().status()
    }

    /// Tells the client what happened: for hints from the system, as [`Event::Online`].
    pub fn happened(&self, event: Event) {
        let mut client = self.lock();
        let effects = client.handle(now(), event);
        self.hand_over(effects);
    }

    /// Closes the connection and the store, and returns when both are closed.
    pub async fn close(mut self) {
        self.driver.abort();
        // Aborting is how it ends.
        let _ = (&mut self.driver).await;
    }

    fn lock(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over_made<T>(
        &self,
        client: &mut Client,
        made: Result<(T, Effects), Refusal>,
    ) -> Result<T, Refusal> {
        // What is to be done about a failing store is among the effects of the next call.
        let flush = |client: &mut Client| client.handle(now(), Event::Wake);
        match made {
            Ok((value, effects)) => {
                self.hand_over(effects);
                Ok(value)
            }
            Err(refusal) => {
                self.hand_over(flush(client));
                Err(refusal)
            }
        }
    }

    fn hand_over(&self, effects: Effects) {
        // The driver lives as long as this device.
        let _ = self.effects.send(effects);
    }
}

struct Driver {
    client: Arc<Mutex<Client>>,
    effects: mpsc::UnboundedSender<Effects>,
    endpoint: Endpoint,
}

impl Driver {
    async fn run(self, mut inbox: mpsc::UnboundedReceiver<Effects>) {
        let mut connection: Option<Connection> = None;
        let mut wake_at: Option<Moment> = None;
        loop {
            tokio::select! {
                biased;
                effects = inbox.recv() => match effects {
                    Some(effects) => {
                        wake_at = effects.wake_at;
                        self.execute(effects, &mut connection).await;
                    }
                    None => return,
                },
                messages = receive(&mut connection) => {
                    if messages.is_empty() {
                        let ended = connection.take().and_then(|over| over.ended());
                        self.tell(ended.map_or(Event::Disconnected, Event::Ended));
                    } else {
                        self.tell(Event::Received(messages));
                    }
                }
                () = until(wake_at) => {
                    wake_at = None;
                    self.tell(Event::Wake);
                }
            }
        }
    }

    async fn execute(&self, effects: Effects, connection: &mut Option<Connection>) {
        if effects.disconnect
            && let Some(open) = connection.take()
        {
            open.close().await;
        }
        if effects.connect {
            match connect(&self.endpoint).await {
                Ok(open) => {
                    *connection = Some(open);
                    self.tell(Event::Connected);
                }
                Err(TransportError::Unauthorised) => self.tell(Event::Unauthorised),
                Err(TransportError::Ended(reason)) => self.tell(Event::Ended(reason)),
                Err(error) => {
                    tracing::info!(code = error.code(), "no connection");
                    self.tell(Event::Disconnected);
                }
            }
        }
        for frame in effects.frames {
            let Some(open) = connection else { return };
            if open.send(frame).await.is_err() {
                *connection = None;
                self.tell(Event::Disconnected);
            }
        }
    }

    fn tell(&self, event: Event) {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let effects = client.handle(now(), event);
        // The receiving half is in `run`, which is the caller.
        let _ = self.effects.send(effects);
    }
}

/// The next message and what waits behind it; nothing when the connection is over.
async fn receive(connection: &mut Option<Connection>) -> Vec<Vec<u8>> {
    let Some(open) = connection else { return std::future::pending().await };
    let mut messages = Vec::new();
    let mut next = open.receive().await;
    let mut bytes = 0;
    while let Ok(Some(message)) = next {
        bytes += message.len();
        messages.push(message);
        if messages.len() >= TURN_MESSAGES_MAX || bytes >= TURN_BYTES_MAX {
            break;
        }
        // Whether the connection is over is found out again by the next call.
        let Some(waiting) = open.receive().now_or_never() else { break };
        next = waiting;
    }
    messages
}

async fn until(moment: Option<Moment>) {
    match moment {
        Some(moment) => {
            let wait = moment.millis().saturating_sub(now().millis()).max(0);
            tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        }
        None => std::future::pending().await,
    }
}
