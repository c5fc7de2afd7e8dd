//! Each edit and each command, from the moment a device said that it has it, to what became of it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use automerge::transaction::Transactable as _;
use samsynk_core::domain::{Command, Edit};
use samsynk_core::engine::{SetAsideEdit, Stored};
use samsynk_core::ids::{CommandId, DocumentId, EditId};
use samsynk_core::refusal::Refusal;

use super::Committed;
use crate::tally::Tally;
use crate::violation::{Checked, Violation, ensure};

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditFate {
    /// It is in the outbox, as this change.
    Waiting(ChangeHash),
    /// The server has it, as this change; the device has said so.
    Saved(ChangeHash),
    /// It is set aside, where its author sees it, with a reason.
    Aside,
    /// After a refusal it was made again, and there was nothing left to change.
    Nothing,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandFate {
    /// It is in the queue.
    Waiting,
    /// The server has answered.
    Answered(Result<u64, Refusal>),
    /// The device took it back with edits that it relied on.
    TakenBack,
}

#[derive(Debug, Clone)]
struct EditRecord {
    device: usize,
    document: DocumentId,
    edit: Edit,
    fate: EditFate,
}

/// A command that a device has given.
#[derive(Debug, Clone)]
pub struct CommandRecord {
    /// Which device.
    pub device: usize,
    /// The command.
    pub command: Command,
    /// What became of it.
    pub fate: CommandFate,
}

/// What a device may have done in one call.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Edits and commands may be new: it was asked for one, or it came back after being asked for one when
    /// the power went.
    pub made: bool,
    /// Answers to commands that it heard.
    pub outcomes: Vec<(CommandId, Result<u64, Refusal>)>,
}

/// Everything that people have done, and what became of it.
#[derive(Debug, Default)]
pub struct Books {
    edits: BTreeMap<EditId, EditRecord>,
    /// Commands by their ids.
    pub commands: BTreeMap<CommandId, CommandRecord>,
    asides: BTreeMap<usize, BTreeSet<i64>>,
}

impl Books {
    /// Counts what became of everything.
    pub fn count(&self, tally: &mut Tally) {
        for record in self.edits.values() {
            tally.count(match record.fate {
                EditFate::Waiting(_) => "edits waiting",
                EditFate::Saved(_) => "edits saved",
                EditFate::Aside => "edits set aside",
                EditFate::Nothing => "edits that changed nothing",
            });
        }
        for record in self.commands.values() {
            tally.count(match record.fate {
                CommandFate::Waiting => "commands waiting",
                CommandFate::Answered(Ok(_)) => "commands accepted",
                CommandFate::Answered(Err(_)) => "commands refused",
                CommandFate::TakenBack => "commands taken back",
            });
        }
    }

    /// Compares what a device has with what it had.
    ///
    /// # Errors
    ///
    /// An edit or command that vanished, came from nowhere, or is called saved without being so.
    pub fn observe(
        &mut self,
        device: usize,
        stored: &Stored,
        seen: &Seen,
        server: &Committed,
    ) -> Checked {
        let mut fresh = self.new_asides(device, stored)?;
        self.observe_outbox(device, stored, seen)?;
        let waiting: BTreeSet<EditId> = stored.outbox.iter().map(|edit| edit.id).collect();
        for (id, record) in self.edits.iter_mut().filter(|(_, r)| r.device == device) {
            let EditFate::Waiting(hash) = record.fate else { continue };
            if !waiting.contains(id) {
                record.fate = left(record, hash, &mut fresh, server).ok_or_else(|| {
                    let EditRecord { document, edit, .. } = &record;
                    Violation(format!("device {device} lost an edit of {document}: {edit:?}"))
                })?;
            }
        }
        self.observe_commands(device, stored, seen)
    }

    fn new_asides(&mut self, device: usize, stored: &Stored) -> Checked<Vec<SetAsideEdit>> {
        let known = self.asides.entry(device).or_default();
        let lost = known.iter().find(|number| !stored.set_aside.contains_key(number));
        ensure!(lost.is_none(), "device {device} lost edit {lost:?} that was set aside");
        let fresh = stored.set_aside.iter().filter(|(number, _)| !known.contains(number));
        let fresh = fresh.map(|(_, aside)| aside.clone()).collect();
        known.extend(stored.set_aside.keys());
        Ok(fresh)
    }

    fn observe_outbox(&mut self, device: usize, stored: &Stored, seen: &Seen) -> Checked {
        for unsaved in &stored.outbox {
            let fate = EditFate::Waiting(unsaved.hash);
            match self.edits.get_mut(&unsaved.id) {
                Some(record) => {
                    let waits = matches!(record.fate, EditFate::Waiting(_));
                    ensure!(waits, "device {device}: an edit is back in the outbox: {record:?}");
                    record.fate = fate;
                }
                None => {
                    ensure!(seen.made, "device {device}: an edit from nowhere: {unsaved:?}");
                    let (document, edit) = (unsaved.document, unsaved.edit.clone());
                    self.edits.insert(unsaved.id, EditRecord { device, document, edit, fate });
                }
            }
        }
        Ok(())
    }

    fn observe_commands(&mut self, device: usize, stored: &Stored, seen: &Seen) -> Checked {
        for queued in &stored.commands {
            match self.commands.get(&queued.id) {
                Some(record) => {
                    let waits = record.fate == CommandFate::Waiting;
                    ensure!(waits, "device {device}: a command is back in the queue: {record:?}");
                }
                None => {
                    ensure!(seen.made, "device {device}: a command from nowhere: {queued:?}");
                    let (command, fate) = (queued.command.clone(), CommandFate::Waiting);
                    self.commands.insert(queued.id, CommandRecord { device, command, fate });
                }
            }
        }
        for (id, record) in self.commands.iter_mut().filter(|(_, r)| r.device == device) {
            if stored.commands.iter().any(|queued| queued.id == *id) {
                continue;
            }
            // What became of a command is known for good, also after the power went while it was being told.
            let Some(outcome) = stored.outcomes.iter().find(|outcome| outcome.id == *id) else {
                return Err(Violation(format!("device {device} lost a command: {record:?}")));
            };
            let fate = match &outcome.result {
                Err(refusal)
                    if ["edits-refused", "taken-back"].contains(&refusal.code.as_str()) =>
                {
                    CommandFate::TakenBack
                }
                result => CommandFate::Answered(result.clone()),
            };
            let same = record.fate == CommandFate::Waiting || record.fate == fate;
            ensure!(same, "device {device} tells a command differently now: {record:?}, {fate:?}");
            record.fate = fate;
            if let Some((_, heard)) = seen.outcomes.iter().find(|(answered, _)| answered == id) {
                let told = matches!(&record.fate, CommandFate::Answered(kept) if kept == heard)
                    || record.fate == CommandFate::TakenBack;
                ensure!(told, "device {device} keeps another answer than {heard:?}: {record:?}");
            }
        }
        Ok(())
    }
}

/// What became of an edit that is no longer in the outbox; `None` if it has vanished.
fn left(
    record: &EditRecord,
    hash: ChangeHash,
    asides: &mut Vec<SetAsideEdit>,
    server: &Committed,
) -> Option<EditFate> {
    let is_this =
        |aside: &SetAsideEdit| aside.document == record.document && aside.edit == record.edit;
    if let Some(place) = asides.iter().position(is_this) {
        asides.remove(place);
        return Some(EditFate::Aside);
    }
    let known = server.documents.get(&record.document)?;
    // What was in a document that has been erased, or in its history, nobody can tell any more.
    if known.erased || known.epoch > 0 || known.hashes.contains(&hash) {
        return Some(EditFate::Saved(hash));
    }
    let mut doc = known.load();
    let applied = record.edit.apply(record.document, &mut doc);
    (applied.is_ok() && doc.pending_ops() == 0).then_some(EditFate::Nothing)
}
