//! What an app holds: `open · view · watch · edit · command · status`.
//!
//! A [`Client`] is synchronous and knows no network: whoever holds it also executes the
//! [`Effects`] that its calls return (`transport::Device` does so natively, a worker in browsers).
//! Every screen is a [`View`], every user action an [`Edit`] or a [`Command`].

use std::collections::BTreeMap;

use crate::domain::view::{
    DeviceView, Held, HeldDocument, Library, Link, Missing, SetAside, SetAsideView, SyncStatus,
    Unsent, UnsentView, View, ViewData, WaitingCommand,
};
use crate::domain::{Command, Document, Edit, Moment, Subject};
use crate::engine::{Effects, Engine, Event, Identity, Row, Turn};
use crate::ids::{AccountId, CommandId, DocumentId, EditId};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::store::{Files, Store};

mod watch;

pub use watch::Watch;
use watch::Watches;

/// One device's documents, and everything that can be done with them.
pub struct Client {
    engine: Engine,
    store: Store,
    random: Box<dyn Random + Send>,
    library: Option<Library>,
    watches: Watches,
    damaged: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("account", &self.engine.account()).finish_non_exhaustive()
    }
}

impl Client {
    /// Opens the device's store, or makes one. What was on the screen can be there at once.
    ///
    /// # Errors
    ///
    /// `storage-full` or `storage-broken`; nothing was changed.
    pub fn open(files: &dyn Files, random: Box<dyn Random + Send>) -> Result<Self, Refusal> {
        let opened = Store::open(files).map_err(|error| error.refusal())?;
        let mut store = opened.store;
        let engine = Engine::open(&mut store).map_err(|error| error.refusal())?;
        let damaged = opened.damaged;
        Ok(Self { engine, store, random, library: None, watches: Watches::default(), damaged })
    }

    /// The account of this device, once enrolled.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.engine.account()
    }

    /// The name of the damaged store that was put aside when this one was opened, if one was.
    #[must_use]
    pub fn damaged_store(&self) -> Option<&str> {
        self.damaged.as_deref()
    }

    /// Enrols this device.
    ///
    /// # Errors
    ///
    /// `other-account`, `storage-full`, `storage-broken`.
    pub fn enrol(&mut self, now: Moment, identity: Identity) -> Result<Effects, Refusal> {
        let effects = self.turn(now, |engine, turn| engine.enrol(turn, identity))?;
        self.show(&effects);
        Ok(effects)
    }

    /// What one screen shows now.
    pub fn view(&mut self, view: &View) -> ViewData {
        match view {
            View::SetAside => ViewData::SetAside(self.set_aside()),
            View::Unsent => ViewData::Unsent(self.unsent()),
            View::Device => ViewData::Device(self.device()),
            View::Status => ViewData::Status(self.status()),
            document => match self.library() {
                Some(library) => library.view(document),
                None => ViewData::Missing(Missing::not_enrolled()),
            },
        }
    }

    /// Calls the listener with what a screen shows, now and whenever that changes, until the
    /// returned handle is dropped.
    pub fn watch(
        &mut self,
        view: View,
        listener: impl Fn(&ViewData) + Send + Sync + 'static,
    ) -> Watch {
        let first = self.view(&view);
        self.watches.add(view, first, Box::new(listener))
    }

    /// Makes an edit. When this returns, it is on this device's disk.
    ///
    /// # Errors
    ///
    /// Why not, as [`Engine::edit`] says; nothing was changed.
    #[expect(clippy::needless_pass_by_value, reason = "an edit is handed over")]
    pub fn edit(
        &mut self,
        now: Moment,
        document: DocumentId,
        edit: Edit,
    ) -> Result<(EditId, Effects), Refusal> {
        let done = self.turn(now, |engine, turn| engine.edit(turn, document, &edit));
        self.refresh_after(&done);
        done
    }

    /// Gives a command. When this returns, it is on this device's disk and waits for the server.
    ///
    /// # Errors
    ///
    /// Why not, as [`Engine::command`] says.
    pub fn command(
        &mut self,
        now: Moment,
        command: Command,
    ) -> Result<(CommandId, Effects), Refusal> {
        let done = self.turn(now, |engine, turn| engine.command(turn, command));
        self.refresh_after(&done);
        done
    }

    /// How this device stands with its server.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.engine.status()
    }

    /// Takes in what happened outside.
    pub fn handle(&mut self, now: Moment, event: Event) -> Effects {
        let effects = self.turn(now, |engine, turn| engine.handle(turn, event));
        self.show(&effects);
        effects
    }

    /// Somebody has dealt with an edit that was put aside.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn dismiss(&mut self, now: Moment, number: i64) -> Result<Effects, Refusal> {
        let effects = self.turn(now, |engine, turn| engine.dismiss(turn, number))?;
        self.show(&effects);
        Ok(effects)
    }

    /// Takes back a command that has not been sent.
    ///
    /// # Errors
    ///
    /// As [`Engine::take_back_command`].
    pub fn take_back(&mut self, now: Moment, command: CommandId) -> Result<Effects, Refusal> {
        let effects = self.turn(now, |engine, turn| engine.take_back_command(turn, command))?;
        self.show(&effects);
        Ok(effects)
    }

    /// Notes that a person has seen what became of a command.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn acknowledge(&mut self, now: Moment, command: CommandId) -> Result<Effects, Refusal> {
        let effects = self.turn(now, |engine, turn| engine.acknowledge(turn, command))?;
        self.show(&effects);
        Ok(effects)
    }

    /// Forgets everything on this device, also edits that are nowhere else.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn forget(&mut self) -> Result<(), Refusal> {
        self.store.forget().map_err(|error| error.refusal())?;
        self.engine = Engine::open(&mut self.store).map_err(|error| error.refusal())?;
        self.show(&Effects { changed: true, ..Effects::default() });
        Ok(())
    }

    /// A fresh id for a document that is to be created.
    pub fn new_document_id(&mut self) -> DocumentId {
        DocumentId::from_random(self.random.sixteen())
    }

    fn turn<T>(&mut self, now: Moment, act: impl FnOnce(&mut Engine, &mut Turn<'_>) -> T) -> T {
        let random = self.random.as_mut();
        act(&mut self.engine, &mut Turn { now, random, storage: &mut self.store })
    }

    fn refresh_after<T>(&mut self, done: &Result<(T, Effects), Refusal>) {
        match done {
            Ok((_, effects)) => self.show(effects),
            // A failing store shows in the status and may have thrown memory back.
            Err(_) => self.show(&Effects { changed: true, ..Effects::default() }),
        }
    }

    fn show(&mut self, effects: &Effects) {
        if !effects.changed {
            return;
        }
        self.library = None;
        for watched in self.watches.live() {
            let data = self.view(watched.view());
            watched.show(data);
        }
    }

    fn library(&mut self) -> Option<&Library> {
        if self.library.is_none() {
            let subject = self.engine.subject()?;
            self.library = Some(library(&self.engine, subject));
        }
        self.library.as_ref()
    }

    fn set_aside(&self) -> SetAsideView {
        let items = self.engine.stored().set_aside.iter().rev().map(|(number, aside)| SetAside {
            number: *number,
            document: aside.document,
            title: aside.title.clone(),
            edit: aside.edit.clone(),
            about: aside.about.clone(),
            hopeless: self.engine.try_edit(aside.document, &aside.edit).err(),
            refusal: aside.refusal.clone(),
            at: aside.at,
        });
        SetAsideView { items: items.collect() }
    }

    fn unsent(&self) -> UnsentView {
        let items = self.engine.stored().outbox.iter().map(|unsaved| Unsent {
            id: unsaved.id,
            title: self.engine.title_of(unsaved.document),
            edit: unsaved.edit.clone(),
            about: unsaved.about.clone(),
        });
        UnsentView { items: items.collect() }
    }

    fn device(&self) -> DeviceView {
        let stored = self.engine.stored();
        let documents = stored.rows.iter().map(|(id, row)| HeldDocument {
            document: *id,
            kind: row.document().map_or("", Document::kind).to_owned(),
            title: row.document().map(Document::title).unwrap_or_default(),
            saved: self.engine.save_state(*id),
            as_of: as_of(&self.engine, row),
            bytes: row.bytes,
        });
        DeviceView {
            device: self.engine.device(),
            account: self.engine.account(),
            documents: documents.collect(),
            bytes: self.store.bytes(),
        }
    }
}

fn library(engine: &Engine, subject: Subject) -> Library {
    let stored = engine.stored();
    let held = |(id, row): (&DocumentId, &Row)| {
        let projection = row.projection.clone()?;
        let held = Held { projection, saved: engine.save_state(*id), as_of: as_of(engine, row) };
        Some((*id, held))
    };
    let documents: BTreeMap<DocumentId, Held> = stored.rows.iter().filter_map(held).collect();
    let waiting = stored.commands.iter().map(|queued| WaitingCommand {
        id: queued.id,
        command: queued.command.clone(),
        sent: queued.sent,
    });
    let waiting = waiting.collect();
    let withdrawn = stored.withdrawn.clone();
    let is_coming = |id: &&DocumentId| !documents.contains_key(id);
    let coming = stored.rows.keys().filter(is_coming).copied().collect();
    Library { subject, documents, waiting, withdrawn, coming }
}

/// When a document was last known to be what the server has: at the least when it was exchanged,
/// and, unless its exchange is open, when the device last had everything.
fn as_of(engine: &Engine, row: &Row) -> Option<Moment> {
    let synced = row.synced?;
    let all = match engine.status().link {
        Link::Syncing => None,
        _ => engine.stored().as_of,
    };
    Some(all.map_or(synced, |all| all.max(synced)))
}
