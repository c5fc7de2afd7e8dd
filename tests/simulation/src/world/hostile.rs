//! A person who means harm for a whole story: they speak `samsynk-1` with Automerge and nothing of ours, write what
//! no app would write into whatever they may open, and ask for what is not theirs.
//!
//! Nothing here says which of it is to be refused. All that must hold for honest people must hold beside it.

use automerge::sync::State;
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, AutomergeError, ObjId, ObjType, ROOT, ReadDoc as _};
use samsynk_core::domain::{Itinerary, actor_of};
use samsynk_core::ids::{CommandId, DocumentId};
use samsynk_core::wire::{CatalogueEntry, Frame, PeerId, Seal};

use super::World;
use super::peer::Peer;
use crate::dice::Dice;
use crate::town::{FARSTA_VISIT, KISTA_VISIT, PEOPLE, PILOT, account};

/// How deep maps are put into each other: around the bound, and far beyond what a stack holds.
const DEPTHS: [usize; 4] = [30, 33, 300, 3_000];

/// How many things are put where a few belong.
const CROWD_COUNT: usize = 300;

/// How long a text is that is too long, in characters.
const LONG_TEXT_CHARS: usize = 20_000;

/// Fields that kinds have, some of which decide who may open a document.
const FIELDS: [&str; 12] = [
    "kind",
    "schema",
    "title",
    "unit",
    "owner",
    "account",
    "pilot",
    "group",
    "slots",
    "shared",
    "groups",
    "cancelled",
];

impl Peer {
    /// Does one thing that is not meant well; gives the frames that go with it.
    pub(super) fn misbehaves(&mut self, dice: &mut Dice) -> Vec<Frame> {
        if !self.joined {
            return Vec::new();
        }
        if dice.percent(35) {
            return vec![self.forged(dice)];
        }
        let known: Vec<DocumentId> = self.documents.keys().copied().collect();
        let id = match dice.pick(&known) {
            Some(id) if dice.percent(80) => *id,
            _ => self.begins(dice),
        };
        if let Some((doc, _)) = self.documents.get_mut(&id) {
            damage(doc, dice);
        }
        self.says()
    }

    /// A document of its own that says it is of some kind.
    fn begins(&mut self, dice: &mut Dice) -> DocumentId {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        let id = DocumentId::from_random(id);
        let mut doc = self.blank();
        let kinds =
            ["note", "home", "itinerary", "visit", "pilot", "profile", "card", "directory", "x"];
        if let Some(kind) = dice.pick(&kinds) {
            put(&mut doc, "kind", *kind);
            put(&mut doc, "schema", 1_u64);
            // In the name of whoever.
            let (owner, _) = *dice.pick(&PEOPLE).expect("there are some");
            put(&mut doc, "owner", account(owner).to_string());
        }
        doc.commit();
        self.documents.insert(id, (doc, State::new()));
        id
    }

    /// An empty document in which it writes under a name that it may use.
    pub(super) fn blank(&mut self) -> AutoCommit {
        let mut random = [0; 16];
        self.random.fill(&mut random);
        AutoCommit::new().with_actor(actor_of(self.account, random))
    }

    /// A frame that claims or asks something that it may not.
    fn forged(&mut self, dice: &mut Dice) -> Frame {
        let (sender, target) = (self.label(), PeerId::new("server").expect("short"));
        let document = somewhere(dice);
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        match dice.below(6) {
            0 => Frame::GiveBack { document, epoch: 0, seal: Seal(bytes), data: nothing() },
            1 => {
                let entry = |number: u8| CatalogueEntry {
                    document: DocumentId([number; 16]),
                    epoch: u32::from(number),
                    digest: [number; 8],
                };
                Frame::CatalogueDigest { entries: (0..200).map(entry).collect() }
            }
            2 => Frame::Request { document, sender, target, data: nothing() },
            3 => {
                // Now and then one that was used before, for another.
                let own = bytes[..16].try_into().expect("half of it");
                let id = CommandId(if dice.percent(30) { [0xab; 16] } else { own });
                // Nobody's plan: whether it was executed is then the server's business alone.
                let commands = [
                    r#"{"command":"publish-visit","visit":"ID"}"#,
                    r#"{"command":"cancel-visit","visit":"ID"}"#,
                    r#"{"command":"move-to-remote","visit":"ID","link":"javascript:alert(1)"}"#,
                ];
                let command = *dice.pick(&commands).expect("there are some");
                let command = command.replace("ID", &DocumentId([1; 16]).to_string());
                Frame::Command { id, command }
            }
            4 => {
                let (session, count) = ("s".to_owned(), dice.number());
                Frame::Ephemeral { document, sender, target, session, count, data: vec![0; 5_000] }
            }
            _ => Frame::Sync { document, sender, target, data: vec![0x42; 64], seal: None },
        }
    }
}

impl World {
    /// Somebody who means harm does something.
    pub(super) fn somebody_misbehaves(&mut self, dice: &mut Dice) {
        let hostile: Vec<usize> =
            (0..self.peers.len()).filter(|i| self.peers[*i].hostile).collect();
        let Some(&index) = dice.pick(&hostile) else { return };
        let name = self.peers[index].name;
        self.note(format_args!("{name} misbehaves"));
        for _ in 0..=dice.below(4) {
            let frames = self.peers[index].misbehaves(dice);
            let what = if frames.is_empty() { "hostile acts in vain" } else { "hostile acts" };
            self.tally.count(what);
            self.peer_sends(index, &frames);
        }
    }
}

/// Writes what no app would.
fn damage(doc: &mut AutoCommit, dice: &mut Dice) {
    let field = *dice.pick(&FIELDS).expect("there are some");
    match dice.below(10) {
        0 => nest(doc, dice.pick(&DEPTHS).copied().unwrap_or(1)),
        1 => (0..CROWD_COUNT).for_each(|n| put(doc, &format!("unknown-{n}"), "x".repeat(1_000))),
        2 => mistype(doc, field, dice),
        3 => hide(doc, field, dice),
        4 => crowd(doc),
        5 => put(doc, field, "å".repeat(LONG_TEXT_CHARS)),
        6 => share_on_and_on(doc, dice),
        7 => {
            let link =
                *dice.pick(&["javascript:alert(1)", "teams.example/abc", " "]).expect("some");
            in_a_slot(doc, dice, |doc, slot| doc.put(slot, "link", link));
        }
        8 => {
            let (name, _) = *dice.pick(&PEOPLE).expect("there are some");
            let card = samsynk_core::domain::Card::id_of(account(name)).to_string();
            in_a_slot(doc, dice, |doc, slot| {
                let hosts = doc.get(slot, "hosts")?.map(|(_, hosts)| hosts);
                hosts.map_or(Ok(()), |hosts| doc.put(hosts, card, true))
            });
        }
        _ => {
            for number in 0..20 {
                put(doc, "title", format!("  \u{202e}t{number}\u{200b} 811218-9876"));
                doc.commit();
            }
        }
    }
    doc.commit();
}

/// Maps within maps.
fn nest(doc: &mut AutoCommit, depth: usize) {
    let mut object = ROOT;
    for _ in 0..depth {
        object = doc.put_object(&object, "in", ObjType::Map).expect("a map takes a map");
    }
}

/// Another type of value than belongs there.
fn mistype(doc: &mut AutoCommit, field: &str, dice: &mut Dice) {
    match dice.below(4) {
        0 => drop(doc.put_object(ROOT, field, ObjType::Map)),
        1 => drop(doc.put_object(ROOT, field, ObjType::List)),
        2 => put(doc, field, i64::MIN),
        _ => drop(doc.delete(ROOT, field)),
    }
}

/// Two values at once, of which one does not show.
fn hide(doc: &mut AutoCommit, field: &str, dice: &mut Dice) {
    doc.commit();
    let mut twin = doc.fork();
    let mut random = [0; 16];
    dice.fill(&mut random);
    let author = doc.get_actor().to_bytes()[..16].try_into().expect("an actor of ours");
    twin.set_actor(actor_of(samsynk_core::ids::AccountId(author), random));
    put(doc, field, "kista");
    put(&mut twin, field, "farsta");
    twin.commit();
    doc.merge(&mut twin).expect("a fork of it");
}

/// Gives a key and takes it, again and again: each time somebody's home may change.
fn share_on_and_on(doc: &mut AutoCommit, dice: &mut Dice) {
    let Some(shared) = child(doc, &ROOT, "shared") else { return };
    let (name, _) = *dice.pick(&PEOPLE).expect("there are some");
    let victim = account(name).to_string();
    for _ in 0..30 {
        drop(doc.put(&shared, &victim, true));
        doc.commit();
        drop(doc.delete(&shared, &victim));
        doc.commit();
    }
}

/// Does something to a slot of a plan, or takes it out while others may be editing it.
fn in_a_slot(
    doc: &mut AutoCommit,
    dice: &mut Dice,
    act: impl FnOnce(&mut AutoCommit, &ObjId) -> Result<(), AutomergeError>,
) {
    let Some(slots) = child(doc, &ROOT, "slots") else { return };
    let ids: Vec<String> = doc.keys(&slots).collect();
    let Some(id) = dice.pick(&ids) else { return };
    if dice.percent(20) {
        drop(doc.delete(&slots, id.as_str()));
    } else if let Some(slot) = child(doc, &slots, id) {
        drop(act(doc, &slot));
    }
}

fn child(doc: &AutoCommit, object: &ObjId, key: &str) -> Option<ObjId> {
    doc.get(object, key).ok().flatten().map(|(_, id)| id)
}

/// A crowd where a few people belong, some of them there and not there.
fn crowd(doc: &mut AutoCommit) {
    let set = match doc.get(ROOT, "shared") {
        Ok(Some((_, set))) => Some(set),
        _ => {
            let group = doc.get(ROOT, "groups").ok().flatten();
            let group = group.and_then(|(_, groups)| doc.get(groups, "g1").ok().flatten());
            group.and_then(|(_, group)| doc.get(group, "members").ok().flatten()).map(|(_, m)| m)
        }
    };
    let Some(set) = set else { return };
    for number in 0..CROWD_COUNT {
        let stranger = samsynk_core::ids::AccountId::from_name("nobody", &number.to_string());
        drop(doc.put(&set, stranger.to_string(), number % 2 == 0));
    }
}

fn put(doc: &mut AutoCommit, field: &str, value: impl Into<automerge::ScalarValue>) {
    doc.put(ROOT, field, value).expect("the root is a map");
}

/// A document that is there, mostly one that is not theirs.
fn somewhere(dice: &mut Dice) -> DocumentId {
    let (person, _) = PEOPLE[dice.below(PEOPLE.len())];
    let person = account(person);
    let places = [
        PILOT,
        FARSTA_VISIT,
        KISTA_VISIT,
        Itinerary::id_of(FARSTA_VISIT),
        samsynk_core::domain::Home::id_of(person),
        samsynk_core::domain::Diary::id_of(person),
        samsynk_core::domain::Profile::id_of(person),
        samsynk_core::domain::Card::id_of(person),
    ];
    *dice.pick(&places).expect("there are some")
}

/// A sync message of somebody who has nothing.
fn nothing() -> Vec<u8> {
    use automerge::sync::SyncDoc as _;
    let message = AutoCommit::new().sync().generate_sync_message(&mut State::new());
    message.expect("the first message of an exchange").encode()
}
