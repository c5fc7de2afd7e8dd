//! The client's verbs over JSON and bytes.

use samsynk_core::client::Client;
use samsynk_core::domain::Moment;
use samsynk_core::engine::{self, EndReason, Event, Identity};
use samsynk_core::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a call was refused, as JSON with `code` and `params`.
pub type FacadeError = String;

/// What happened outside; messages come through [`Facade::receive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Happening {
    /// The device woke up.
    Start,
    /// The transport is connected.
    Connected,
    /// The transport is gone.
    Disconnected,
    /// The server did not accept this device.
    Unauthorised,
    /// This device was revoked.
    Revoked,
    /// Its account was erased.
    Erased,
    /// The moment asked for has come.
    Wake,
    /// The network seems to be back, or a person asks for it.
    Online,
    /// The system says that there is no network.
    Offline,
    /// Somebody looks at the screen.
    Foreground,
}

/// What to do outside. The messages to send wait in [`Facade::take_frames`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Effects {
    disconnect: bool,
    connect: bool,
    /// Milliseconds since 1970.
    wake_at: Option<i64>,
    changed: bool,
}

#[derive(Debug, Serialize)]
struct Made {
    id: String,
    effects: Effects,
}

/// A client as a bridge sees it.
#[derive(Debug)]
pub struct Facade {
    client: Client,
    frames: Vec<Vec<u8>>,
}

impl Facade {
    /// Wraps a client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, frames: Vec::new() }
    }

    /// The account of this device as 32 hexadecimal digits, once enrolled.
    #[must_use]
    pub fn account(&self) -> Option<String> {
        self.client.account().map(|account| account.to_string())
    }

    /// Enrols this device; gives effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn enrol(&mut self, now: i64, account: &str, device: &str) -> Result<String, FacadeError> {
        let identity = Identity { account: id(account)?, device: id(device)? };
        let effects = self.client.enrol(Moment::from_millis(now), identity).map_err(refused)?;
        Ok(json(&self.effects(effects)))
    }

    /// What a screen shows: a `View` in, a `ViewData` out.
    ///
    /// # Errors
    ///
    /// `malformed-call`.
    pub fn view(&mut self, view: &str) -> Result<String, FacadeError> {
        Ok(json(&self.client.view(&read(view)?)))
    }

    /// Makes an edit; gives its id and effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn edit(&mut self, now: i64, document: &str, edit: &str) -> Result<String, FacadeError> {
        let (document, edit) = (id(document)?, read(edit)?);
        let made = self.client.edit(Moment::from_millis(now), document, edit);
        let (id, effects) = made.map_err(refused)?;
        Ok(json(&Made { id: id.to_string(), effects: self.effects(effects) }))
    }

    /// Gives a command; gives its id and effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn command(&mut self, now: i64, command: &str) -> Result<String, FacadeError> {
        let given = self.client.command(Moment::from_millis(now), read(command)?);
        let (id, effects) = given.map_err(refused)?;
        Ok(json(&Made { id: id.to_string(), effects: self.effects(effects) }))
    }

    /// How the device stands with its server: a `SyncStatus`.
    #[must_use]
    pub fn status(&self) -> String {
        json(&self.client.status())
    }

    /// Takes in what happened; gives effects.
    ///
    /// # Errors
    ///
    /// `malformed-call`.
    pub fn handle(&mut self, now: i64, happening: &str) -> Result<String, FacadeError> {
        let event = match read(happening)? {
            Happening::Start => Event::Start,
            Happening::Connected => Event::Connected,
            Happening::Disconnected => Event::Disconnected,
            Happening::Unauthorised => Event::Unauthorised,
            Happening::Revoked => Event::Ended(EndReason::Revoked),
            Happening::Erased => Event::Ended(EndReason::Erased),
            Happening::Wake => Event::Wake,
            Happening::Online => Event::Online,
            Happening::Offline => Event::Offline,
            Happening::Foreground => Event::Foreground,
        };
        let effects = self.client.handle(Moment::from_millis(now), event);
        Ok(json(&self.effects(effects)))
    }

    /// Takes in messages that arrived, in their order; gives effects.
    #[must_use]
    pub fn receive(&mut self, now: i64, messages: Vec<Vec<u8>>) -> String {
        let effects = self.client.handle(Moment::from_millis(now), Event::Received(messages));
        json(&self.effects(effects))
    }

    /// The messages to send now, in their order.
    #[must_use]
    pub fn take_frames(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.frames)
    }

    /// Somebody has dealt with an edit that was put aside; gives effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn dismiss(&mut self, now: i64, number: i64) -> Result<String, FacadeError> {
        let effects = self.client.dismiss(Moment::from_millis(now), number).map_err(refused)?;
        Ok(json(&self.effects(effects)))
    }

    /// Takes back a command that has not been sent; gives effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn take_back(&mut self, now: i64, command: &str) -> Result<String, FacadeError> {
        let taken = self.client.take_back(Moment::from_millis(now), id(command)?);
        let effects = taken.map_err(refused)?;
        Ok(json(&self.effects(effects)))
    }

    /// Somebody has seen what became of a command; gives effects.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn acknowledge(&mut self, now: i64, command: &str) -> Result<String, FacadeError> {
        let seen = self.client.acknowledge(Moment::from_millis(now), id(command)?);
        let effects = seen.map_err(refused)?;
        Ok(json(&self.effects(effects)))
    }

    /// A fresh id for a document that is to be created.
    #[must_use]
    pub fn new_id(&mut self) -> String {
        self.client.new_document_id().to_string()
    }

    /// Forgets everything on this device.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn forget(&mut self) -> Result<(), FacadeError> {
        self.frames.clear();
        self.client.forget().map_err(refused)
    }

    fn effects(&mut self, effects: engine::Effects) -> Effects {
        match effects.disconnect {
            // The next connection begins with a `join`.
            true => self.frames.clear(),
            false => self.frames.extend(effects.frames),
        }
        Effects {
            disconnect: effects.disconnect,
            connect: effects.connect,
            wake_at: effects.wake_at.map(Moment::millis),
            changed: effects.changed,
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, FacadeError> {
    serde_json::from_str(text).map_err(|_| refused(Refusal::new("malformed-call")))
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, FacadeError> {
    text.parse().map_err(|_| refused(Refusal::new("malformed-call")))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("views and effects hold only texts, numbers and lists")
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(refusal: Refusal) -> FacadeError {
    json(&refusal)
}
