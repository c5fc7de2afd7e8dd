//! What must hold: of everything that is sent, and of everything when it has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use automerge::AutoCommit;
use automerge::sync::Message;
use samsynk_core::domain::{Document, Projection};
use samsynk_core::engine::Storage as _;
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::wire::{Frame, Heads};
use samsynk_server::hub::Effects;
use samsynk_server::hub::port::{SessionId, ToSession};

use super::World;
use super::device::Device;
use crate::bug::Bug;
use crate::model::{CommandFate, Model};
use crate::vfs::Machine;
use crate::violation::{Checked, Violation, ensure};

/// Whether a sync message says that its sender has nothing.
fn asks_for_all(data: &[u8]) -> bool {
    Message::decode(data).is_ok_and(|said| said.heads.is_empty() && said.changes.is_empty())
}

/// How long a device that has nothing to do may sleep, in milliseconds: then it asks whether its connection lives.
const IDLE_MILLIS_MAX: i64 = 5 * 60_000;

impl World {
    /// What is sent after a batch must be allowed, and true.
    pub(super) fn check_sends(&mut self, effects: &Effects) -> Checked {
        for (session, message) in &effects.sends {
            if let ToSession::Frame(frame) = message {
                self.check_frame(*session, frame)?;
            }
        }
        for (session, frame) in std::mem::take(&mut self.leaks) {
            self.check_frame(session, &frame)?;
        }
        Ok(())
    }

    fn check_frame(&mut self, session: SessionId, frame: &Frame) -> Checked {
        let account = *self.server.accounts.get(&session).ok_or_else(|| {
            Violation(format!("{session} is sent something and was never connected"))
        })?;
        match frame {
            // A question for what somebody offers is the same whether there is such a document or not.
            Frame::Sync { data, .. } if asks_for_all(data) => Ok(()),
            Frame::Sync { document, .. } | Frame::Ephemeral { document, .. } => {
                self.check_allowed(account, *document, frame)
            }
            Frame::CatalogueAnswer { entries } => {
                // What a session has named itself, in the epoch that it named, tells it nothing.
                let named = self.server.named.get(&session);
                let mut news =
                    entries.iter().filter(|entry| named.is_none_or(|n| !n.contains(entry)));
                news.try_for_each(|(id, _)| self.check_allowed(account, *id, frame))
            }
            Frame::Receipt { document, heads } => {
                let known = self.model.now.documents.get(document);
                let saved = known.is_some_and(|known| {
                    // It may have been saved and erased, or begun anew, in one batch.
                    let gone = known.erased || known.epoch > 0;
                    gone || heads.as_slice().iter().all(|head| known.hashes.contains(head))
                });
                ensure!(saved, "a receipt for {document} tells of what is not on disk");
                let erased = known.is_some_and(|known| known.erased);
                if erased { Ok(()) } else { self.check_allowed(account, *document, frame) }
            }
            Frame::Outcome { id, result: Ok(receipt) } => {
                let recorded = self.recorded()?;
                let kept = recorded.get(id).filter(|r| r.accepted && r.receipt == *receipt);
                ensure!(kept.is_some(), "an outcome tells of command {id}, which is not on disk");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether an account may read a document now, or might when the batch began: what it asked for then may
    /// be answered, also of a document that it made in this batch before it lost the right to read it.
    fn check_allowed(&self, account: AccountId, id: DocumentId, frame: &Frame) -> Checked {
        let Model { now, before, .. } = &self.model;
        let unknown = !now.documents.contains_key(&id) || !before.documents.contains_key(&id);
        let may = unknown || now.may_read(account, id) || before.may_read(account, id);
        ensure!(may, "account {account} is sent {} of {id}, which it may not read", frame.kind());
        Ok(())
    }

    fn recorded(
        &mut self,
    ) -> Checked<BTreeMap<samsynk_core::ids::CommandId, crate::model::Recorded>> {
        let service = self.server.program.as_mut();
        let service = service.ok_or_else(|| Violation("the server is off".to_owned()))?;
        self.server.machine.calmly(|| Model::recorded(&mut service.store))
    }

    /// What must hold when nothing is pending.
    pub(super) fn check_rest(&mut self) -> Checked {
        self.refresh()?;
        for index in 0..self.devices.len() {
            self.check_device(index)?;
        }
        for peer in &self.peers {
            self.check_peer(peer)?;
        }
        self.check_homes()?;
        self.check_commands()?;
        self.check_hub()?;
        sound(&self.server.machine, "samsynk.db")
    }

    fn check_device(&mut self, index: usize) -> Checked {
        let device = &mut self.devices[index];
        let account = device.identity.account;
        check_disk(device)?;
        let engine = device.engine()?;
        if Self::is_signed_out(&engine.status()) {
            return Ok(());
        }
        let name = device.name;
        let idle = device.wake.map(|at| at - self.now);
        let dozes = idle.is_some_and(|idle| (1..=IDLE_MILLIS_MAX).contains(&idle));
        ensure!(dozes, "{name} is at rest and wakes in {idle:?} ms");
        let rows = &engine.stored().rows;
        let has: BTreeSet<DocumentId> = rows.keys().copied().collect();
        let may: BTreeSet<DocumentId> =
            self.model.now.readable(account).map(|(id, _)| id).collect();
        let more: Vec<_> = has.difference(&may).collect();
        ensure!(more.is_empty(), "{name} keeps what it may not read: {more:?}");
        let less: Vec<_> = may.difference(&has).collect();
        ensure!(less.is_empty(), "{name} lacks what it may read: {less:?}");
        for (id, known) in self.model.now.readable(account) {
            let row = &rows[&id];
            ensure!(row.heads == known.heads, "{name} has another state of {id}");
            ensure!(row.epoch == known.epoch, "{name} has another epoch of {id}");
            let projection = Some(Projection::of(&known.load()));
            ensure!(row.projection == projection, "{name} shows another content of {id}");
        }
        Ok(())
    }

    fn check_peer(&self, peer: &super::peer::Peer) -> Checked {
        for (id, (doc, _)) in &peer.documents {
            let renewed = self.model.now.documents.get(id).is_some_and(|known| known.epoch > 0);
            if peer.hostile
                || peer.refused
                || renewed
                || !self.model.now.may_read(peer.account, *id)
            {
                continue;
            }
            let heads = Heads::new(doc.clone().get_heads());
            let known = &self.model.now.documents[id];
            ensure!(heads == known.heads, "{} has another state of {id}", peer.name);
        }
        Ok(())
    }

    /// Each home lists what its account may read, and nothing else.
    fn check_homes(&self) -> Checked {
        for (id, known) in &self.model.now.documents {
            let Ok(Document::Home(home)) = known.content.as_ref() else { continue };
            let readable = self.model.now.readable(home.account);
            let readable = readable.filter(|(other, known)| other != id && known.content.is_ok());
            let readable: BTreeSet<DocumentId> = readable.map(|(id, _)| id).collect();
            let listed: BTreeSet<DocumentId> = home.documents.keys().copied().collect();
            ensure!(
                known.erased || listed == readable,
                "the home of {} lists other documents than it may read",
                home.account
            );
        }
        Ok(())
    }

    /// Each command has one outcome and, if it was accepted, one effect.
    fn check_commands(&mut self) -> Checked {
        let recorded = self.recorded()?;
        for (id, record) in &self.model.books.commands {
            let accepted = recorded.get(id).filter(|recorded| recorded.accepted);
            match &record.fate {
                CommandFate::Answered(Ok(receipt)) => {
                    let same = accepted.is_some_and(|accepted| accepted.receipt == *receipt);
                    ensure!(same, "command {id} was answered, and the server knows nothing of it");
                }
                CommandFate::Answered(Err(_)) | CommandFate::TakenBack => {
                    ensure!(accepted.is_none(), "command {id} was executed: {record:?}");
                }
                CommandFate::Waiting => {}
            }
        }
        let stranger = recorded.keys().find(|id| !self.model.books.commands.contains_key(id));
        ensure!(stranger.is_none(), "the server executed what nobody commanded: {stranger:?}");
        for (id, known) in &self.model.now.documents {
            let Ok(Document::Itinerary(itinerary)) = known.content.as_ref() else { continue };
            let of_visit =
                |r: &&crate::model::Recorded| r.accepted && r.document == itinerary.visit;
            let executed = recorded.values().filter(of_visit).count();
            let versions = itinerary.latest().map_or(0, |(number, _)| number as usize);
            ensure!(executed == versions, "{executed} commands made {versions} versions of {id}");
        }
        Ok(())
    }

    /// The hub remembers connections that are there, and no others.
    fn check_hub(&self) -> Checked {
        let Some(service) = &self.server.program else { return Ok(()) };
        let census = service.hub.census();
        let links = self.links.len();
        ensure!(census.sessions == links, "{links} connections, and the hub knows of {census:?}");
        ensure!(census.open == census.indexed, "the hub's index differs: {census:?}");
        ensure!(census.accounts <= links, "the hub knows of more accounts: {census:?}");
        ensure!(census.subjects <= census.accounts, "the hub keeps too many keys: {census:?}");
        ensure!(links > 0 || census.listening == 0, "nobody listens: {census:?}");
        Ok(())
    }
}

/// A device's disk: sound, and every document loads and is what its row says.
fn check_disk(device: &mut Device) -> Checked {
    let name = device.name;
    let program = device.program.as_mut();
    let program = program.ok_or_else(|| Violation(format!("{name} is off")))?;
    let on_disk = program.keeper.load();
    let on_disk = on_disk.map_err(|error| Violation(format!("{name}'s store: {error}")))?;
    // A device with that bug reads other actors than it wrote.
    let forgets = program.keeper.bug == Some(Bug::DeviceForgetsActor);
    ensure!(
        forgets || on_disk == *program.engine.stored(),
        "{name} has on its disk what it does not know of"
    );
    for (id, row) in &program.engine.stored().rows {
        let pieces = program.keeper.document(*id);
        let pieces = pieces.map_err(|error| Violation(format!("{name}: {id}: {error}")))?;
        let mut doc = AutoCommit::new();
        let loaded = doc.load_incremental(&pieces.concat());
        ensure!(loaded.is_ok(), "{name}'s {id} does not load: {loaded:?}");
        let heads = Heads::new(doc.get_heads());
        ensure!(heads == row.heads, "{name}'s {id} is not what its row says");
    }
    sound(&device.machine, "samsynk-1.db")
}

/// A database on a disk is whole.
fn sound(machine: &Machine, name: &str) -> Checked {
    let copy = machine.copy();
    let look = || -> rusqlite::Result<String> {
        let connection = rusqlite::Connection::open(copy.path(name))?;
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))
    };
    let verdict = look();
    ensure!(verdict.as_deref() == Ok("ok"), "a database is damaged: {verdict:?}");
    Ok(())
}
