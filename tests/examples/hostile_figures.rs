//! Prints how long an honest client waits for its edits to be saved while another account does its worst, as one line of
//! JSON; `make bench` shows it. `SAMSYNK_BIN` names the program.
//!
//! The hostile account has as many sessions as one may have, and each sends as fast as the server takes it, from the
//! machine itself, where nobody is slowed down for what they use: what keeps the honest client going is turns alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use automerge::sync::{ChunkList, Message, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ChangeHash, ROOT};
use samsynk_core::domain::{
    Command, Day, Edit, NoteEdit, PilotEdit, SlotField, VisitEdit, actor_of,
};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::limits::FRAME_BYTES_MAX;
use samsynk_core::wire::{CatalogueEntry, Frame, PeerId, Seal, Version};
use samsynk_tests::{Raw, Town};
use tokio::task::JoinSet;

/// As many sessions as the server lets one account have.
const SESSIONS: usize = 20;

/// How many connections hold unfinished messages.
const UNFINISHED_CONNECTIONS: usize = 150;

/// For how long each sort of flood lasts.
const FLOOD: Duration = Duration::from_secs(6);

/// What a hostile account does.
const SORTS: [&str; 10] = [
    "nothing",
    "guesses",
    "titles of a note with 50 readers",
    "wrong seals",
    "syncs of what it may not read",
    "publications",
    "unfinished messages",
    "small edits",
    "refused commands",
    "large documents",
];

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

fn document() -> DocumentId {
    let mut id = random::<16>();
    id[6] = 0x40 | id[6] & 0xf;
    DocumentId(id)
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    getrandom::fill(&mut noise).expect("the system has randomness");
    noise
}

/// A document at its author's.
struct Draft {
    id: DocumentId,
    doc: AutoCommit,
    sent: Vec<ChangeHash>,
}

impl Draft {
    fn new(account: AccountId) -> Self {
        let doc = AutoCommit::new().with_actor(actor_of(account, random()));
        Self { id: document(), doc, sent: Vec::new() }
    }

    fn edit(&mut self, edit: &Edit) {
        edit.apply(self.id, &mut self.doc).expect("an edit that may be made");
        self.doc.commit();
    }

    fn put(&mut self, key: &str, value: impl Into<automerge::ScalarValue>) {
        self.doc.put(ROOT, key, value).expect("a root takes it");
        self.doc.commit();
    }

    /// A sync message with what was not sent yet.
    fn message(&mut self) -> Vec<u8> {
        let changes = ChunkList::from(self.doc.save_after(&self.sent));
        self.sent = self.doc.get_heads();
        let (need, have, version) = (Vec::new(), Vec::new(), MessageVersion::V1);
        Message { heads: self.sent.clone(), need, have, changes, flags: None, version }.encode()
    }

    fn frame(&mut self, sender: &PeerId) -> Frame {
        sync(sender, self.id, self.message())
    }
}

fn sync(sender: &PeerId, document: DocumentId, data: Vec<u8>) -> Frame {
    let (sender, target) = (sender.clone(), sender.clone());
    Frame::Sync { document, sender, target, data, seal: None }
}

fn command(command: &Command) -> Frame {
    let command = serde_json::to_string(command).expect("texts only");
    Frame::Command { id: CommandId(random()), command }
}

/// A running town with somebody who means harm, and somebody else.
struct Scene {
    town: Arc<Town>,
    hostile: AccountId,
    token: String,
    readers: Vec<AccountId>,
    /// A document of another's.
    unreadable: DocumentId,
    honest: Raw,
    note: Draft,
}

async fn account(town: &Town, words: &[&str]) -> AccountId {
    let said = town.samsynk(&[&["account", "add"], words].concat()).await;
    said.parse().expect("an account")
}

impl Scene {
    async fn start() -> Self {
        let town = Arc::new(Town::start().await);
        let hostile = account(&town, &["--role", "lead", "--role", "staff@farsta"]).await;
        let token = town.samsynk(&["token", &hostile.to_string()]).await;
        let mut readers = Vec::new();
        for _ in 0..50 {
            readers.push(account(&town, &["--role", "student"]).await);
        }
        let person = account(&town, &["--role", "student"]).await;
        let mut honest = Raw::join(&town, person, Version::Samsynk1).await;
        honest.send(&Frame::CatalogueDigest { entries: Vec::new() }).await;
        let mut note = Draft::new(person);
        let title = "Mine".to_owned();
        note.edit(&Edit::Note(NoteEdit::Create { owner: person, title }));
        let unreadable = note.id;
        let mut scene = Self { town, hostile, token, readers, unreadable, honest, note };
        scene.saved().await;
        scene
    }

    /// Sends what the honest client has written, and waits until it is saved.
    async fn saved(&mut self) {
        let frame = self.note.frame(&self.honest.peer);
        self.honest.send(&frame).await;
        let (id, heads) = (self.note.id, self.note.sent.clone());
        let is_saved = |frame: &Frame| match frame {
            Frame::Receipt { document, heads: saved } if *document == id => {
                heads.iter().all(|head| saved.as_slice().contains(head)).then_some(())
            }
            Frame::Rejected { refusal, .. } => panic!("{refusal:?}"),
            _ => None,
        };
        self.honest.until(is_saved).await;
    }

    /// How long each edit of the honest client took while the sessions did these sorts in turn, in milliseconds.
    async fn waits(&mut self, sorts: &[&'static str]) -> Vec<f64> {
        let mut floods = JoinSet::new();
        if sorts != ["nothing"] {
            for (n, sort) in (0..SESSIONS).zip(sorts.iter().cycle()) {
                if *sort == "unfinished messages" {
                    let (town, token) = (Arc::clone(&self.town), self.token.clone());
                    floods.spawn(async move {
                        loop {
                            Raw::begin(&town, &token, FRAME_BYTES_MAX - 1, || ()).await;
                        }
                    });
                    continue;
                }
                let mut session = Raw::join_with(&self.town, &self.token, Version::Samsynk1).await;
                session.send(&Frame::CatalogueDigest { entries: Vec::new() }).await;
                let frames = self.frames(sort, n, &mut session).await;
                floods.spawn(session.flood(frames));
            }
        }
        let (begun, mut waits, mut number) = (Instant::now(), Vec::new(), 0_i64);
        while begun.elapsed() < FLOOD {
            let text = format!("Line {number}");
            self.note.edit(&Edit::Note(NoteEdit::SetText { text }));
            let sent = Instant::now();
            self.saved().await;
            waits.push(sent.elapsed().as_secs_f64() * 1000.0);
            number += 1;
        }
        floods.shutdown().await;
        waits.sort_by(f64::total_cmp);
        waits
    }

    /// What a session says of a sort, frame by frame.
    async fn frames(
        &self,
        sort: &str,
        n: usize,
        session: &mut Raw,
    ) -> Box<dyn FnMut(&PeerId) -> Vec<u8> + Send> {
        let (hostile, unreadable) = (self.hostile, self.unreadable);
        match sort {
            "guesses" => {
                let entry = |_| CatalogueEntry { document: document(), epoch: 0, digest: [0; 8] };
                let entries: Vec<_> = (0..20_000).map(entry).collect();
                let frame = Frame::CatalogueDigest { entries }.encode();
                Box::new(move |_| frame.clone())
            }
            "titles of a note with 50 readers" => {
                let mut note = Draft::new(hostile);
                let title = "Note".to_owned();
                note.edit(&Edit::Note(NoteEdit::Create { owner: hostile, title }));
                for account in &self.readers {
                    note.edit(&Edit::Note(NoteEdit::Share { account: *account }));
                }
                let mut number = 0;
                Box::new(move |peer| {
                    number += 1;
                    let title = format!("Note {number}");
                    note.edit(&Edit::Note(NoteEdit::SetTitle { title }));
                    note.frame(peer).encode()
                })
            }
            "wrong seals" => {
                let mut large = Draft::new(hostile);
                large.put("noise", noise(1_000_000));
                let (document, epoch, seal) = (unreadable, 0, Seal([7; 32]));
                let data = large.message();
                let frame = Frame::GiveBack { document, epoch, seal, data }.encode();
                Box::new(move |_| frame.clone())
            }
            "syncs of what it may not read" => {
                let mut large = Draft::new(hostile);
                large.put("noise", noise(100_000));
                let data = large.message();
                Box::new(move |peer| sync(peer, unreadable, data.clone()).encode())
            }
            "publications" => {
                let (mut plan, mut number) = (self.plan(session).await, 0);
                Box::new(move |peer| {
                    number += 1;
                    if number % 2 == 0 {
                        return command(&Command::PublishVisit { visit: plan.id }).encode();
                    }
                    let title = format!("Visit {number} of {n}");
                    plan.edit(&Edit::Visit(VisitEdit::SetTitle { title }));
                    plan.frame(peer).encode()
                })
            }
            "small edits" => {
                let (mut draft, mut number) = (Draft::new(hostile), 0_i64);
                Box::new(move |peer| {
                    number += 1;
                    if number % 1_000 == 0 {
                        draft = Draft::new(hostile);
                    }
                    draft.put("count", number);
                    draft.frame(peer).encode()
                })
            }
            "refused commands" => {
                Box::new(move |_| command(&Command::PublishVisit { visit: unreadable }).encode())
            }
            "large documents" => Box::new(move |peer| {
                let mut draft = Draft::new(hostile);
                draft.put("noise", noise(1_000_000));
                draft.frame(peer).encode()
            }),
            _ => Box::new(move |_| Vec::new()),
        }
    }

    /// A plan of three full days in a round with a full group.
    async fn plan(&self, session: &mut Raw) -> Draft {
        let day: Day = "2021-12-13".parse().expect("a day");
        let (group, unit) = ("g1".parse().expect("an id"), "farsta".parse().expect("an id"));
        let mut round = Draft::new(self.hostile);
        round.edit(&Edit::Pilot(PilotEdit::Create {
            title: "Round".to_owned(),
            from: day,
            until: day,
            units: vec![unit],
            universities: vec!["su".parse().expect("an id")],
        }));
        let unit: samsynk_core::ids::UnitId = "farsta".parse().expect("an id");
        let add = |group: &samsynk_core::ids::GroupId| PilotEdit::AddGroup {
            group: group.clone(),
            title: "Group".to_owned(),
            unit: unit.clone(),
        };
        round.edit(&Edit::Pilot(add(&group)));
        for account in &self.readers[..10] {
            let (group, account) = (group.clone(), *account);
            round.edit(&Edit::Pilot(PilotEdit::AddMember { group, account }));
        }
        let frame = round.frame(&session.peer);
        session.send(&frame).await;
        let mut plan = Draft::new(self.hostile);
        let (pilot, title) = (round.id, "Visit".to_owned());
        let unit = unit.clone();
        plan.edit(&Edit::Visit(VisitEdit::Create { pilot, group, unit, title }));
        for n in 0..72 {
            let id: samsynk_core::ids::SlotId = format!("slot-{n}").parse().expect("an id");
            let slot = Box::new(slot(n));
            plan.edit(&Edit::Visit(VisitEdit::AddSlot { id: id.clone(), slot }));
            let set = SlotField::Room("A room with a name of usual length".to_owned());
            plan.edit(&Edit::Visit(VisitEdit::SetSlot { id, set }));
        }
        plan
    }
}

fn slot(n: usize) -> samsynk_core::domain::Slot {
    samsynk_core::domain::Slot {
        title: format!("Slot {n}"),
        date: "2021-12-13".parse().expect("a day"),
        start: "09:00".parse().expect("a time"),
        end: "10:00".parse().expect("a time"),
        mode: samsynk_core::domain::Mode::Person,
        place: None,
        room: String::new(),
        link: String::new(),
        hosts: std::collections::BTreeMap::new(),
        audience: "Everybody who comes".to_owned(),
        preparation: "Read what was handed out the day before.".to_owned(),
        bring: "Something to write with".to_owned(),
        cancelled: false,
    }
}

/// How many MiB more the server takes at most while so many connections hold unfinished messages.
async fn unfinished(connections: usize) -> usize {
    let Scene { town, token, .. } = Scene::start().await;
    let memory = |name: &str| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", town.process()));
        let status = status.expect("a running server");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells it");
        let kib = line.trim().strip_suffix(" kB").and_then(|kib| kib.parse::<usize>().ok());
        kib.expect("a number") / 1024
    };
    let before = memory("VmRSS:");
    let (told, mut read) = tokio::sync::mpsc::unbounded_channel();
    let mut begun = JoinSet::new();
    for _ in 0..connections {
        let (town, token, told) = (Arc::clone(&town), token.clone(), told.clone());
        let read = move || told.send(()).expect("it is waited for");
        begun.spawn(async move { Raw::begin(&town, &token, FRAME_BYTES_MAX - 1, read).await });
    }
    for _ in 0..connections {
        read.recv().await;
    }
    memory("VmHWM:") - before
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
async fn main() {
    let mut figures = Vec::new();
    let all = [&SORTS[1..]];
    let floods = SORTS.iter().map(std::slice::from_ref).chain(all);
    for sorts in floods {
        // Each against a server of its own: what one has left is not what the next is about.
        let mut scene = Scene::start().await;
        let waits = scene.waits(sorts).await;
        let name = if sorts.len() > 1 { "all of these" } else { sorts[0] };
        figures.push(serde_json::json!({
            "flood": name,
            "edits": waits.len(),
            "p50_milliseconds": percentile(&waits, 50),
            "p99_milliseconds": percentile(&waits, 99),
        }));
    }
    let unfinished = unfinished(UNFINISHED_CONNECTIONS).await;
    println!("{}", serde_json::json!({ "floods": figures, "unfinished_mebibytes": unfinished }));
}
