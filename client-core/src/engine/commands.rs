//! Decisions that wait for the server.

use super::{CommandOutcome, Effects, Engine, QueuedCommand, Turn, Write};
use crate::domain::view::{RefusedCommand, SaveState};
use crate::domain::{Command, Moment};
use crate::ids::{CommandId, DocumentId};
use crate::limits::{COMMANDS_WAITING_MAX, OUTCOMES_COUNT_MAX};
use crate::policy;
use crate::refusal::Refusal;
use crate::wire::Frame;

impl Engine {
    /// Queues a command: when this returns, it is on this device's disk. It is sent once the edits
    /// of its document are saved, as often as it takes, and executed once.
    ///
    /// # Errors
    ///
    /// `not-enrolled`, `not-on-this-device`, `already-waiting`, what policy says, what [`Command::tidied`] says of its words, or
    /// the store's.
    pub fn command(
        &mut self,
        turn: &mut Turn<'_>,
        command: Command,
    ) -> Result<(CommandId, Effects), Refusal> {
        self.reload(turn)?;
        let subject = self.subject().ok_or_else(|| Refusal::new("not-enrolled"))?;
        let row = self.stored.rows.get(&command.document());
        let document =
            row.and_then(|row| row.document()).ok_or_else(|| Refusal::new("not-on-this-device"))?;
        policy::may_command(&subject, &command, document)?;
        let command = command.tidied()?;
        if self.stored.commands.iter().any(|queued| queued.command == command) {
            return Err(Refusal::new("already-waiting"));
        }
        if self.stored.commands.len() >= COMMANDS_WAITING_MAX {
            return Err(Refusal::new("too-many-items").with("max", COMMANDS_WAITING_MAX));
        }
        self.supersede_outcomes(command.document());
        let queued = QueuedCommand { id: CommandId(turn.random.sixteen()), command, sent: false };
        let id = queued.id;
        self.stored.commands.push(queued.clone());
        self.writes.push(Write::Queue(queued));
        let done = self.finish(turn);
        if done.is_err() && self.stale {
            // Not even reading works: what is shown is what is on disk.
            self.stored.commands.retain(|queued| queued.id != id);
        }
        done.map(|effects| (id, effects))
    }

    /// Sends the commands whose documents are all saved, each document's oldest first.
    pub(super) fn send_commands(&mut self) {
        if !self.link.is_exchanging() {
            return;
        }
        for queued in self.stored.commands.clone() {
            let document = queued.command.document();
            let earlier = self.stored.commands.iter().find(|q| q.command.document() == document);
            let is_next = earlier.is_some_and(|first| first.id == queued.id);
            let saved = self.save_state(document) == SaveState::Saved;
            let exchanging = self.link.exchanging.contains(&document);
            if is_next && saved && !exchanging && self.link.sent_commands.insert(queued.id) {
                let json =
                    serde_json::to_string(&queued.command).expect("a command has only texts in it");
                self.note_sent(queued.id);
                self.link.liveness.want_ping();
                self.send(&Frame::Command { id: queued.id, command: json });
            }
        }
    }

    /// Notes, before it leaves, that the server may know of a command.
    fn note_sent(&mut self, id: CommandId) {
        let unsent = self.stored.commands.iter_mut().find(|q| q.id == id && !q.sent);
        if let Some(queued) = unsent {
            queued.sent = true;
            self.writes.push(Write::Sent(id));
        }
    }

    /// Keeps the server's answer to a command.
    pub(super) fn outcome(&mut self, now: Moment, id: CommandId, result: Result<u64, Refusal>) {
        let Some(place) = self.stored.commands.iter().position(|queued| queued.id == id) else {
            return;
        };
        let result = result.map_err(Refusal::bounded);
        let QueuedCommand { command, .. } = self.stored.commands.remove(place);
        self.link.sent_commands.remove(&id);
        let outcome = CommandOutcome { id, command, result, at: now, acknowledged: false };
        self.stored.outcomes.push(outcome.clone());
        let superfluous = self.stored.outcomes.len().saturating_sub(OUTCOMES_COUNT_MAX);
        self.stored.outcomes.drain(..superfluous);
        self.writes.push(Write::Answered(outcome));
        self.effects.changed = true;
    }

    /// Takes back a command because its giver wants to. Nothing of it has left this device.
    ///
    /// # Errors
    ///
    /// `already-sent` where the server may have executed it, or has answered; the store's.
    pub fn take_back_command(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
    ) -> Result<Effects, Refusal> {
        self.reload(turn)?;
        if !self.stored.commands.iter().any(|queued| queued.id == id && !queued.sent) {
            return Err(Refusal::new("already-sent"));
        }
        self.outcome(turn.now, id, Err(Refusal::new("taken-back")));
        self.acknowledge_where(|outcome| outcome.id == id);
        self.finish(turn)
    }

    /// Notes that a person has seen what became of a command. One that is not known is passed over.
    ///
    /// # Errors
    ///
    /// The store's.
    pub fn acknowledge(&mut self, turn: &mut Turn<'_>, id: CommandId) -> Result<Effects, Refusal> {
        self.reload(turn)?;
        self.acknowledge_where(|outcome| outcome.id == id);
        self.finish(turn)
    }

    /// A new decision on a document stands in place of those before it.
    fn supersede_outcomes(&mut self, document: DocumentId) {
        self.acknowledge_where(|outcome| outcome.command.document() == document);
    }

    fn acknowledge_where(&mut self, seen: impl Fn(&CommandOutcome) -> bool) {
        let unseen = self.stored.outcomes.iter_mut().filter(|o| !o.acknowledged && seen(o));
        for outcome in unseen {
            outcome.acknowledged = true;
            self.writes.push(Write::Acknowledged(outcome.id));
        }
    }

    /// The commands that were not executed and that no person has acknowledged, the newest first.
    pub(super) fn refused_commands(&self) -> Vec<RefusedCommand> {
        let unseen = self.stored.outcomes.iter().rev().filter(|outcome| !outcome.acknowledged);
        let refused = unseen.filter_map(|outcome| {
            let refusal = outcome.result.as_ref().err()?.clone();
            let (name, document) = (outcome.command.name(), outcome.command.document());
            Some(RefusedCommand { id: outcome.id, command: name.to_owned(), document, refusal })
        });
        refused.collect()
    }

    /// Takes back the commands on a document whose edits came to nothing: they meant it with those. One that has
    /// been sent was given before those edits, and only the server knows what came of it.
    pub(super) fn take_back_commands(&mut self, now: Moment, document: DocumentId) {
        let relied = |q: &&QueuedCommand| q.command.document() == document && !q.sent;
        let relied: Vec<CommandId> =
            self.stored.commands.iter().filter(relied).map(|queued| queued.id).collect();
        for id in relied {
            self.outcome(now, id, Err(Refusal::new("edits-refused")));
        }
    }
}
