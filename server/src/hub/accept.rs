//! Changes from outside go through the gate, into a document and to the store: all of them, or those before the first
//! that is wrong.

use std::collections::BTreeSet;

use automerge::sync::Message;
use automerge::{ActorId, ChangeHash};
use rusqlite::Connection;
use samsynk_core::domain::{Document, Subject};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::limits::DOCUMENT_BYTES_MAX;
use samsynk_core::refusal::Refusal;
use samsynk_core::wire::walk::Walked;

use super::Hub;
use super::apply::apply;
use super::batch::Batch;
use super::cost;
use super::loaded::Loaded;
use super::port::Identity;
use super::precise::{self, Stopped};
use crate::gate::apply::Brought;
use crate::gate::content::Content;
use crate::gate::meanwhile::Branches;
use crate::gate::order::Ordered;
use crate::gate::parts::{Facts, Parts};
use crate::gate::{author, content, order};
use crate::limits::TURN_OPS_COUNT_MAX;
use crate::store::documents::{self, Made, Stored};
use crate::store::{StoreError, accounts};

/// Who sends changes, to which document.
pub(super) struct Sending<'a> {
    pub identity: Identity,
    pub subject: &'a Subject,
    pub id: DocumentId,
    pub stored: Option<&'a Stored>,
    /// What the message brings.
    pub walked: Walked,
}

/// Changes that were refused.
pub(super) struct Refused {
    pub refusal: Refusal,
    /// Those that are wrong for this reason themselves; what builds on them cannot be accepted either.
    pub hashes: Vec<ChangeHash>,
    /// What they build on that is on disk.
    pub saved: Vec<ChangeHash>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, hashes: Vec::new(), saved: Vec::new() }
    }
}

/// A document after changes, and what they still lack.
pub(super) type Accepted = (Loaded, Vec<ChangeHash>);

/// Why a change is wrong, and all that are for the same reason.
type Wrong = (Refusal, Vec<ChangeHash>);

/// The changes of a message, looked at one by one.
struct Looked {
    parts: Parts,
    facts: Vec<Facts>,
    /// Those up to the first that is wrong.
    ordered: Ordered,
    wrong: Option<Wrong>,
}

impl Hub {
    /// Takes the changes of a message through the gate, into the document and to the store.
    pub(super) fn accept(
        &mut self,
        batch: &mut Batch<'_>,
        sending: &Sending<'_>,
        mut loaded: Loaded,
        message: &Message,
    ) -> Result<Result<Accepted, Refused>, StoreError> {
        let size = size_of(message) as u64;
        batch.charge(cost::of_look(&sending.walked, size));
        let looked = match look(batch.tx, sending, &mut loaded, message)? {
            Ok(Some(looked)) => looked,
            Ok(None) => return Ok(Ok((loaded, Vec::new()))),
            Err(refused) => return Ok(Err(refused)),
        };
        let Looked { parts, facts, ordered, wrong } = looked;
        if let Err(refusal) = self.admit(batch, sending, sending.more(size))? {
            let new = facts.iter().map(|fact| fact.hash).filter(|hash| !loaded.has(hash));
            let hashes = new.collect();
            let saved = saved_of(&facts, &mut loaded);
            return Ok(Err(Refused { refusal, hashes, saved }));
        }
        let (before, before_content) = (loaded.heads(), loaded.content.clone());
        let mut missing = ordered.missing.clone();
        let places = ordered.ready.clone();
        let ready: Vec<ChangeHash> = places.iter().map(|i| facts[*i].hash).collect();
        let bytes = size_of(message) + sending.walked.inflated_bytes;
        let fits = sending.has_room(size_of(message));
        let mut count = ready.len();
        let mut refused = wrong;
        let brought = Brought { parts, facts: &facts, ordered, bytes };
        let cost = match sending.stored {
            None if brought.parts.whole.is_some() => cost::of_whole(&sending.walked, size),
            _ => cost::of_changes(&sending.walked, size, &loaded.target(sending.stored_bytes())),
        };
        batch.charge(cost);
        let passes = refused.is_none()
            && fits
            && attempt(sending, &before_content, &mut loaded, brought).is_ok();
        if !passes && !ready.is_empty() {
            // Some of it is wrong, and in memory the document may be half changed.
            loaded = self.load(batch.tx, sending)?;
            let found = precise::longest(sending, loaded, message, &ready);
            // Each looks at half of what is left.
            batch.charge(cost / 2 * found.attempts_count);
            (loaded, count) = (found.loaded, found.count);
            match found.stopped {
                Stopped::Refused(refusal, hashes) => refused = Some((refusal, hashes)),
                Stopped::Bounded(next) => (refused, missing) = (None, vec![next]),
                Stopped::Not => {}
            }
        }
        if count > 0 && sending.stored.is_none() && documents::get(batch.tx, sending.id)?.is_some()
        {
            return Ok(Err(taken(&facts)));
        }
        let plans = u64::from(is_new_plan(&before_content, &loaded));
        let shared_bytes = if is_for_others(&loaded.content) { size } else { 0 };
        let more = Made { plans, shared_bytes, ..sending.more(size) };
        if (more.plans, more.shared_bytes) != (0, 0)
            && let Err(refusal) = self.admit(batch, sending, more)?
        {
            return Ok(Err(Refused { refusal, hashes: ready, saved: before.as_slice().to_vec() }));
        }
        metrics::counter!("samsynk_changes_accepted_total").increment(count as u64);
        let accepted = places[..count].iter().map(|i| &facts[*i].actor);
        bind_authors(batch.tx, sending, &mut loaded, accepted)?;
        let maker = sending.identity.account;
        self.save(batch, sending.id, &mut loaded, (&before, &before_content), maker)?;
        if count > 0 {
            self.quotas.add(sending.owner(), more);
        }
        let Some((refusal, hashes)) = refused else { return Ok(Ok((loaded, missing))) };
        let saved = saved_of(&facts, &mut loaded);
        if sending.stored.is_some() || count > 0 {
            self.cache.put(sending.id, loaded);
        }
        Ok(Err(Refused { refusal, hashes, saved }))
    }

    /// Whether the account that made the document, or is about to, may have so much more kept.
    fn admit(
        &mut self,
        batch: &mut Batch<'_>,
        sending: &Sending<'_>,
        more: Made,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let (admitted, counted) = self.quotas.admit(batch.tx, sending.owner(), more)?;
        batch.charge(cost::of_entries(counted as usize));
        Ok(admitted)
    }
}

impl Sending<'_> {
    /// Whose quota counts.
    fn owner(&self) -> AccountId {
        self.stored.map_or(self.identity.account, |stored| stored.creator)
    }

    /// What a message of so many bytes adds to it.
    fn more(&self, bytes: u64) -> Made {
        Made { documents: u64::from(self.stored.is_none()), bytes, ..Made::default() }
    }

    /// How large the document is on disk.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored.map_or(0, |stored| stored.bytes)
    }

    /// Whether the document may grow by so many bytes.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.stored_bytes() + bytes as u64 <= DOCUMENT_BYTES_MAX as u64
    }
}

/// Whether changes made a plan or a round, which others hear of, of what was none.
fn is_new_plan(before: &Content, loaded: &Loaded) -> bool {
    let is_plan =
        |content: &Content| matches!(content, Ok(Document::Visit(_) | Document::Pilot(_)));
    is_plan(&loaded.content) && !is_plan(before)
}

/// Whether others may have it on their devices, because of who made it.
fn is_for_others(content: &Content) -> bool {
    matches!(content, Ok(Document::Visit(_) | Document::Pilot(_) | Document::Note(_)))
}

/// How many bytes of changes a message has.
pub(super) fn size_of(message: &Message) -> usize {
    message.changes.iter().map(<[u8]>::len).sum()
}

/// The refusal of what a document has no room for.
pub(super) fn too_large() -> Refusal {
    Refusal::new("document-too-large").with("max", DOCUMENT_BYTES_MAX)
}

/// Applies changes and asks whether the document may be so. On a refusal it is to be dropped.
pub(super) fn attempt(
    sending: &Sending<'_>,
    before: &Content,
    loaded: &mut Loaded,
    brought: Brought<'_>,
) -> Result<(), Refusal> {
    if brought.ordered.ready.is_empty() {
        return Ok(());
    }
    let branches = Branches::of(loaded.heads(), brought.ready());
    apply(loaded, sending.id, brought)?;
    if loaded.content.is_ok() {
        branches.check(&loaded.doc)?;
    }
    let known = sending.stored.map(|stored| (before, stored.creator));
    content::may_end(sending.subject, sending.id, known, &loaded.content)
}

/// Looks at what a message brings, before any of it is applied; none where nothing is new.
fn look(
    tx: &Connection,
    sending: &Sending<'_>,
    loaded: &mut Loaded,
    message: &Message,
) -> Result<Result<Option<Looked>, Refused>, StoreError> {
    let mut parts = match Parts::of(message) {
        Ok(parts) => parts,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let facts = parts.facts();
    let hashes: Vec<ChangeHash> =
        facts.iter().map(|fact| fact.hash).filter(|hash| !loaded.has(hash)).collect();
    if hashes.is_empty() {
        return Ok(Ok(None));
    }
    if let Err(refusal) = may_begin(sending, loaded, &facts) {
        let saved = saved_of(&facts, loaded);
        return Ok(Err(Refused { refusal, hashes, saved }));
    }
    let mut ordered = order::order(&facts, loaded);
    if parts.whole.is_none() {
        bound_work(&facts, &mut ordered);
    }
    let out_of_order = ordered.wrong.map(|i| (order::sequence_wrong(), vec![facts[i].hash]));
    let forged = check_authors(tx, sending, loaded, &facts, &mut ordered)?;
    let wrong = check_room(loaded, &facts, &mut ordered).or(forged).or(out_of_order);
    Ok(Ok(Some(Looked { parts, facts, ordered, wrong })))
}

/// Cuts the changes off, but for the first, where they become more work than one turn of the hub may be; the sender is asked for it.
fn bound_work(facts: &[Facts], ordered: &mut Ordered) {
    let mut ready = ordered.ready.iter();
    let mut ops = ready.next().map_or(0, |first| facts[*first].ops());
    let beyond = ready.position(|i| {
        ops = ops.saturating_add(facts[*i].ops());
        ops > TURN_OPS_COUNT_MAX
    });
    if let Some(place) = beyond.map(|place| place + 1) {
        ordered.missing = vec![facts[ordered.ready[place]].hash];
        ordered.wrong = None;
        ordered.ready.truncate(place);
    }
}

/// Cuts the changes off before the first that the document has no room for: why, with all from there.
fn check_room(loaded: &mut Loaded, facts: &[Facts], ordered: &mut Ordered) -> Option<Wrong> {
    let mut size = loaded.size();
    for (place, i) in ordered.ready.iter().enumerate() {
        size = size.with(&facts[*i]);
        if let Err(refusal) = size.check() {
            let beyond = ordered.ready.split_off(place);
            return Some((refusal, beyond.into_iter().map(|i| facts[i].hash).collect()));
        }
    }
    None
}

/// A new document cannot have the id of one that its maker may not read.
fn taken(facts: &[Facts]) -> Refused {
    let hashes = facts.iter().map(|fact| fact.hash).collect();
    Refused { refusal: id_reserved(), hashes, saved: Vec::new() }
}

fn id_reserved() -> Refusal {
    Refusal::new("id-reserved")
}

/// What is asked of the document as it is: the answer is the same for each change.
fn may_begin(sending: &Sending<'_>, loaded: &mut Loaded, facts: &[Facts]) -> Result<(), Refusal> {
    let Sending { subject, id, .. } = sending;
    let Some(stored) = sending.stored else {
        if id.is_named() {
            return Err(id_reserved());
        }
        return Ok(());
    };
    if stored.epoch > 0
        && let Err(refusal) = order::same_epoch(facts, loaded)
    {
        return Err(refusal);
    }
    content::may_begin(subject, *id, &loaded.content, stored.creator)
}

/// Cuts the changes off before the first whose actor is not the sender's; why, with all of that actor's.
fn check_authors(
    tx: &Connection,
    sending: &Sending<'_>,
    loaded: &Loaded,
    facts: &[Facts],
    ordered: &mut Ordered,
) -> Result<Option<Wrong>, StoreError> {
    let device = sending.identity.device;
    let mut checked = BTreeSet::new();
    for (place, i) in ordered.ready.iter().enumerate() {
        let actor = &facts[*i].actor;
        if checked.contains(actor) || loaded.knows_author(device, actor) {
            continue;
        }
        if let Err(refusal) = author::check(tx, sending.identity, actor)? {
            let theirs = ordered.ready[place..].iter().map(|i| &facts[*i]);
            let theirs = theirs.filter(|fact| fact.actor == *actor).map(|fact| fact.hash);
            let wrong = (refusal, theirs.collect());
            ordered.ready.truncate(place);
            return Ok(Some(wrong));
        }
        checked.insert(actor);
    }
    Ok(None)
}

/// Binds the actors of accepted changes to the device that sent them.
fn bind_authors<'a>(
    tx: &Connection,
    sending: &Sending<'_>,
    loaded: &mut Loaded,
    actors: impl Iterator<Item = &'a ActorId>,
) -> Result<(), StoreError> {
    let device = sending.identity.device;
    for actor in actors {
        if !loaded.knows_author(device, actor) {
            accounts::bind_actor(tx, actor, device)?;
            loaded.note_author(device, actor);
        }
    }
    Ok(())
}

/// The heads of what is on disk of a message's changes and of what they build on.
fn saved_of(facts: &[Facts], loaded: &mut Loaded) -> Vec<ChangeHash> {
    let named = facts.iter().flat_map(|fact| fact.deps.iter().chain([&fact.hash]));
    let mut saved: BTreeSet<ChangeHash> = named.filter(|hash| loaded.has(hash)).copied().collect();
    for fact in facts {
        if loaded.has(&fact.hash) {
            fact.deps.iter().for_each(|dep| {
                saved.remove(dep);
            });
        }
    }
    saved.into_iter().collect()
}
