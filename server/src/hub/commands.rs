//! Decisions: executed once, in the transaction that also keeps their outcome and a line of audit.

use samsynk_core::domain::{Command, Subject};
use samsynk_core::ids::{CommandId, DocumentId};
use samsynk_core::limits::COMMAND_BYTES_MAX;
use samsynk_core::policy;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::Frame;

use super::Hub;
use super::batch::Batch;
use super::documents::Staged;
use super::port::{Identity, SessionId};
use crate::store::journal::{self, Given};
use crate::store::{StoreError, documents, undoable};

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
        let result = match journal::outcome(batch.tx, id)? {
            Some((account, outcome)) if account == identity.account => outcome,
            Some(_) => Err(Refusal::new("command-id-used")),
            None => self.command_once(batch, identity, id, json)?,
        };
        batch.send(session, Frame::Outcome { id, result });
        Ok(())
    }

    fn command_once(
        &mut self,
        batch: &mut Batch<'_>,
        identity: Identity,
        id: CommandId,
        json: &str,
    ) -> Result<Result<u64, Refusal>, StoreError> {
        let parsed = if json.len() <= COMMAND_BYTES_MAX {
            serde_json::from_str::<Command>(json).ok()
        } else {
            None
        };
        let outcome = match &parsed {
            None => Err(Refusal::new("command-unreadable")),
            Some(command) => {
                let subject = self.subject(batch, identity.account)?;
                self.decide(batch, &subject, command)?.map(|()| command)
            }
        };
        let code = outcome.as_ref().map_or_else(|refusal| refusal.code.as_str(), |_| "executed");
        metrics::counter!("samsynk_commands_total", "outcome" => code.to_owned()).increment(1);
        // A refused one changes nothing, and is not kept: devices could fill the disk with them. Given once
        // more it is looked at once more.
        let command = match outcome {
            Ok(command) => command,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (name, document) = (command.name(), command.document());
        let Identity { account, device } = identity;
        let given = Given { id, account, device, name, document, at: batch.now };
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
        let stored = documents::get(batch.tx, command.document())?;
        let content = match stored.filter(|stored| stored.erased.is_none()) {
            Some(stored) => self.content(batch, &stored)?,
            None => None,
        };
        let allowed = match content {
            Some(Ok(document)) => policy::may_command(subject, command, &document),
            Some(Err(refusal)) => Err(refusal),
            None => Err(Refusal::new("no-such-document")),
        };
        match allowed {
            Ok(()) => self.execute(batch, command),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Executes a command, whoever gives it: all that it writes, or nothing.
    pub(super) fn execute(
        &mut self,
        batch: &mut Batch<'_>,
        command: &Command,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let mut staged = Staged::new(self, batch);
        let done = command.execute(batch.now, &mut staged);
        let writes = staged.finish()?;
        if let Err(refusal) = done {
            return Ok(Err(refusal));
        }
        let written: Vec<DocumentId> = writes.keys().copied().collect();
        let tx = batch.tx;
        let done = undoable(tx, || {
            for (id, content) in &writes {
                if let Err(refusal) = self.write(batch, *id, content)? {
                    return Ok(Err(refusal));
                }
            }
            Ok(Ok(()))
        })?;
        if done.is_err() {
            for id in written {
                self.cache.remove(id);
            }
        }
        Ok(done)
    }
}
