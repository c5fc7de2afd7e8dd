//! Decisions: executed once, in the transaction that also keeps their outcome and a line of audit.

use samsynk_core::domain::{Command, Giver, Subject};
use samsynk_core::ids::CommandId;
use samsynk_core::limits::COMMAND_BYTES_MAX;
use samsynk_core::policy;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;
use sha2::{Digest as _, Sha256};

use super::Hub;
use super::batch::Batch;
use super::cost;
use super::documents::Staged;
use super::port::{Identity, SessionId};
use super::standing::{Standing, standing};
use crate::store::journal::{self, Earlier, Given};
use crate::store::{StoreError, undoable};

/// Close code and reason for a session of an unmodified client that took part in what is undone.
const UNDONE: (u16, &str) = (1012, "undone");

impl Hub {
    /// A device gives a command, perhaps once more because it did not hear the outcome.
    pub(super) fn command(
        &mut self,
        batch: &mut Batch<'_>,
        session: SessionId,
        id: CommandId,
        json: &str,
    ) -> Result<(), StoreError> {
        let Some(from) = self.sessions.get(session).filter(|s| s.is_samsynk()) else {
            return Ok(());
        };
        let identity = from.identity;
        batch.charge(cost::ASKED_UNITS + cost::of_json(json.len()));
        let result = match (read(json), journal::earlier(batch.tx, id)?) {
            (None, _) => Err(Refusal::new("command-unreadable")),
            // What came of one decision is no answer to another.
            (Some(command), Some(earlier)) => match is_same(identity, &command, &earlier) {
                true => earlier.outcome,
                false => Err(Refusal::new("command-id-used")),
            },
            (Some(command), None) => self.command_once(batch, identity, id, &command)?,
        };
        batch.send(session, Frame::Outcome { id, result });
        Ok(())
    }

    fn command_once(
        &mut self,
        batch: &mut Batch<'_>,
        identity: Identity,
        id: CommandId,
        command: &Command,
    ) -> Result<Result<u64, Refusal>, StoreError> {
        let subject = self.subject(batch, identity.account)?;
        let outcome = self.decide(batch, &subject, command)?;
        let code = outcome.as_ref().map_or_else(|refusal| refusal.code.as_str(), |()| "executed");
        metrics::counter!("samsynk_commands_total", "outcome" => code.to_owned()).increment(1);
        // A refused one changes nothing, and is not kept: devices could fill the disk with them. Given once
        // more it is looked at once more.
        if let Err(refusal) = outcome {
            return Ok(Err(refusal));
        }
        let (name, document, digest) = (command.name(), command.document(), digest(command));
        let Identity { account, device } = identity;
        let given = Given { id, account, device, name, document, digest, at: batch.now };
        let receipt = journal::record(batch.tx, &given)?;
        journal::audit(batch.tx, batch.now, account, name, &document.to_string())?;
        Ok(Ok(receipt))
    }

    /// Executes a command if this account may give it.
    fn decide(
        &mut self,
        batch: &mut Batch<'_>,
        subject: &Subject,
        command: &Command,
    ) -> Result<Result<(), Refusal>, StoreError> {
        // What one may not read is answered as what is not there, and not looked at.
        let id = command.document();
        let content = match standing(batch, subject, id)? {
            Standing::Readable(stored) => self.content(batch, &stored)?,
            Standing::Withdrawn(_) | Standing::Nothing => None,
        };
        if let Some(content) = &content {
            batch.charge(cost::of_copy(content));
        }
        let seen = content.filter(|content| match content {
            Ok(document) => policy::may_read(subject, id, document).is_ok(),
            Err(_) => false,
        });
        let allowed = match seen {
            Some(Ok(document)) => policy::may_command(subject, command, &document),
            _ => Err(Refusal::new("no-such-document")),
        };
        match allowed {
            Ok(()) => self.execute(batch, Giver::Account(subject), command),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Executes a command, whoever gives it: all that it writes, or nothing.
    pub(super) fn execute(
        &mut self,
        batch: &mut Batch<'_>,
        giver: Giver<'_>,
        command: &Command,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let is_alone = matches!(giver, Giver::Account(_));
        let mut staged = Staged::new(self, batch);
        let done = command.execute(giver, batch.now, &mut staged);
        let (writes, cost) = staged.finish()?;
        batch.charge(cost);
        if let Err(refusal) = done {
            return Ok(Err(refusal));
        }
        let write = |hub: &mut Self, batch: &mut Batch<'_>| {
            for (id, content) in &writes {
                granted!(hub.write(batch, *id, content)?);
            }
            Ok(Ok(()))
        };
        // An operator's is a part of something larger, which is undone as a whole.
        if is_alone { self.undoable(batch, write) } else { write(self, batch) }
    }

    /// Does work that is undone alone where it is refused: in the store, and in what is remembered of it.
    pub(super) fn undoable<T>(
        &mut self,
        batch: &mut Batch<'_>,
        work: impl FnOnce(&mut Self, &mut Batch<'_>) -> Result<Result<T, Refusal>, StoreError>,
    ) -> Result<Result<T, Refusal>, StoreError> {
        let mark = batch.mark();
        let done = undoable(batch.tx, || work(self, batch))?;
        if done.is_err() {
            for id in &batch.changed {
                self.cache.remove(*id);
            }
            self.subjects.clear();
            for session in batch.go_back(mark) {
                // Whoever was to hear of it begins its exchanges anew; unmodified clients do so with a new connection.
                if self.sessions.get(session).is_some_and(|session| !session.is_samsynk()) {
                    self.end(batch, session, None, UNDONE);
                }
            }
        }
        Ok(done)
    }
}

fn read(json: &str) -> Option<Command> {
    if json.len() > COMMAND_BYTES_MAX {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// Whether a command is the one that was given before with its id.
fn is_same(identity: Identity, command: &Command, earlier: &Earlier) -> bool {
    let same_words = earlier.digest.is_none_or(|before| before == digest(command));
    earlier.account == identity.account
        && earlier.name == command.name()
        && earlier.document == command.document()
        && same_words
}

/// The digest of all that a command says, in the one way in which this program writes it.
fn digest(command: &Command) -> [u8; 32] {
    let json = serde_json::to_vec(command).expect("a command has only texts in it");
    Sha256::digest(json).into()
}
