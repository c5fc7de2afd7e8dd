//! The tables of the policy, played against a running server by frames that no client of ours would send.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use automerge::AutoCommit;
use automerge::sync::{ChunkList, Message, MessageVersion};
use samsynk_core::domain::{
    Card, Command, Diary, Directory, Document, Home, Itinerary, Note, Profile, actor_of,
};
use samsynk_core::ids::{AccountId, CommandId, DocumentId};
use samsynk_core::wire::{Frame, Version};
use samsynk_tests::forge::message;
use samsynk_tests::{Raw, Town, post, token};
use serde_json::{Value, json};

const PEOPLE: &str = include_str!("../../client-core/src/policy/tables/people.txt");
const DOCUMENTS: &str = include_str!("../../client-core/src/policy/tables/documents.txt");
const NAMED: &str = include_str!("../../client-core/src/policy/tables/named.txt");
const WAYS: &str = include_str!("../../client-core/src/policy/tables/ways.txt");

const STUDENT: usize = 0;
const HOST: usize = 2;
const LEAD: usize = 9;

/// Somebody in the tables.
struct Person {
    name: &'static str,
    roles: Vec<&'static str>,
    account: AccountId,
    token: String,
}

/// Whoever else there is: people whose devices are looked at, and one who shares notes.
struct Others {
    member: AccountId,
    lead: AccountId,
    admin: AccountId,
    author: AccountId,
    author_token: String,
}

struct Stage {
    town: Town,
    people: Vec<Person>,
    others: Others,
    made: u32,
}

/// The rows of the table of people: name, roles, university, whose account it is if another's.
fn rows() -> Vec<Vec<&'static str>> {
    PEOPLE.lines().map(|row| row.split('|').map(str::trim).collect()).collect()
}

/// The town of the tables as a file: one round, with a group for the first student, and one for each row, whose plan has a host.
fn file() -> Value {
    let rows = rows();
    let person = |row: &Vec<&str>| {
        let mut person =
            json!({ "name": row[0], "roles": row[1].split_whitespace().collect::<Vec<_>>() });
        if !row[2].is_empty() {
            person["university"] = row[2].into();
        }
        person
    };
    let own = rows.iter().enumerate().filter(|(_, row)| row.len() < 4);
    let people: BTreeMap<String, Value> =
        own.map(|(number, row)| (format!("p{number}"), person(row))).collect();
    let group = |members: &[&str]| json!({ "title": "G", "unit": "farsta", "members": members });
    let slot = |hosts: &[String]| {
        json!({ "title": "Welcome", "date": "2021-12-13", "start": "09:00", "end": "10:00",
            "mode": "remote", "link": "https://meet.example/x", "hosts": hosts })
    };
    let visit = |group: &str, hosts: &[String]| {
        json!({ "pilot": "round", "group": group, "unit": "farsta", "title": "V", "publish": true,
            "slots": { "welcome": slot(hosts) } })
    };
    let mut groups = BTreeMap::from([("g1".to_owned(), group(&["p0"]))]);
    let mut visits = BTreeMap::from([("v".to_owned(), visit("g1", &[]))]);
    for number in 0..rows.len() {
        let name = format!("n{number}");
        visits.insert(name.clone(), visit(&name, &[format!("p{HOST}")]));
        groups.insert(name, group(&[]));
    }
    let named = |names: &[&str]| -> BTreeMap<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!({ "name": name }))).collect()
    };
    json!({
        "units": named(&["farsta", "kista", "bromma"]),
        "universities": named(&["su", "kau"]),
        "people": people,
        "pilots": { "round": { "title": "R", "from": "2021-12-13", "until": "2021-12-15",
            "units": ["farsta", "kista"], "universities": ["su"], "groups": groups } },
        "visits": visits,
    })
}

fn pilot() -> DocumentId {
    DocumentId::from_name("pilot", "round")
}

fn visit_of(name: &str) -> DocumentId {
    DocumentId::from_name("visit", name)
}

impl Stage {
    async fn set() -> Self {
        let file_of = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file_of.path(), file().to_string()).unwrap();
        let town = Town::of(file_of.path()).await;
        let rows = rows();
        let mut people = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let same = row.get(3).and_then(|name| rows.iter().position(|other| other[0] == *name));
            let account = town.account(&format!("p{}", same.unwrap_or(number)));
            let roles = row[1].split_whitespace().collect();
            let token = token(&town, account).await;
            people.push(Person { name: row[0], roles, account, token });
        }
        let mut added = Vec::new();
        for role in ["union", "lead", "admin", "supervisor"] {
            added.push(town.samsynk(&["account", "add", "--role", role]).await.parse().unwrap());
        }
        let [member, lead, admin, author] = added[..] else { unreachable!() };
        let author_token = token(&town, author).await;
        let others = Others { member, lead, admin, author, author_token };
        Self { town, people, others, made: 0 }
    }

    fn fresh(&mut self) -> [u8; 16] {
        self.made += 1;
        let mut id = [7; 16];
        id[..4].copy_from_slice(&self.made.to_be_bytes());
        id
    }

    /// One document of each kind, as in the table; the note is made here.
    async fn documents(&mut self) -> Vec<(&'static str, DocumentId)> {
        let (student, host) = (self.people[STUDENT].account, self.people[HOST].account);
        let by = (student, self.people[STUDENT].token.clone());
        let note = self.note(&by, host).await;
        vec![
            ("home", Home::id_of(student)),
            ("directory", Directory::id()),
            ("profile", Profile::id_of(student)),
            ("card", Card::id_of(host)),
            ("pilot", pilot()),
            ("visit", visit_of("v")),
            ("itinerary", Itinerary::id_of(visit_of("v"))),
            ("diary", Diary::id_of(student)),
            ("note", note),
        ]
    }

    /// What a person may do with a document, as the letters of the table.
    async fn verbs(&mut self, person: usize, id: DocumentId) -> String {
        let by = self.by(person);
        let mut raw = self.join(&by.1).await;
        let mut letters = String::new();
        if reads(&mut raw, id).await {
            letters.push('r');
        }
        let content = self.content(id);
        let there = self.town.document(id);
        if self.offers((&mut raw, by.0), id, there, &changed(&content, self.made)).await {
            letters.push('w');
        }
        let new = DocumentId(self.fresh());
        if self.offers((&mut raw, by.0), new, AutoCommit::new(), &content).await {
            letters.push('c');
        }
        if matches!(content, Document::Visit(_)) && self.commands(&mut raw, id).await {
            letters.push('p');
        }
        if letters.is_empty() { "-".to_owned() } else { letters }
    }

    /// A person's account and token.
    fn by(&self, person: usize) -> (AccountId, String) {
        let Person { account, token, .. } = &self.people[person];
        (*account, token.clone())
    }

    fn content(&self, id: DocumentId) -> Document {
        Document::of(&self.town.document(id)).unwrap()
    }

    async fn join(&self, token: &str) -> Raw {
        Raw::join_with(&self.town, token, Version::Samsynk1).await
    }

    /// Whether the server takes this content for a document that it has.
    async fn writes(
        &mut self,
        (account, token): &(AccountId, String),
        id: DocumentId,
        content: &Document,
    ) -> bool {
        let (mut raw, there) = (self.join(token).await, self.town.document(id));
        self.offers((&mut raw, *account), id, there, content).await
    }

    /// Whether the server takes a document that an account has changed to this content.
    async fn offers(
        &mut self,
        (raw, account): (&mut Raw, AccountId),
        id: DocumentId,
        mut doc: AutoCommit,
        content: &Document,
    ) -> bool {
        doc.set_actor(actor_of(account, self.fresh()));
        content.write(&mut doc).unwrap();
        doc.commit();
        let heads = doc.get_heads();
        // All of it: whoever may not read it cannot be asked for the rest.
        let changes: ChunkList = doc
            .get_changes(&[])
            .iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect::<Vec<_>>()
            .into();
        let (need, have, flags) = (Vec::new(), Vec::new(), None);
        let version = MessageVersion::V1;
        let data = Message { heads: heads.clone(), need, have, changes, flags, version }.encode();
        raw.sync(id, data).await;
        raw.until(|frame| match frame {
            Frame::Receipt { document, heads: saved } if *document == id => {
                heads.iter().all(|head| saved.as_slice().contains(head)).then_some(true)
            }
            Frame::Rejected { document, .. } | Frame::Withdrawn { document, .. }
                if *document == id =>
            {
                Some(false)
            }
            _ => None,
        })
        .await
    }

    /// Whether a person may have a plan published, in which something has changed.
    async fn commands(&mut self, raw: &mut Raw, visit: DocumentId) -> bool {
        let content = changed(&self.content(visit), self.made);
        self.has_written(LEAD, visit, &content).await;
        let id = CommandId(self.fresh());
        match outcome(raw, id, &Command::PublishVisit { visit }).await {
            Ok(_) => true,
            Err(code) => {
                assert!(["no-such-document", "not-writer"].contains(&code.as_str()), "{code}");
                false
            }
        }
    }

    async fn has_written(&mut self, by: usize, id: DocumentId, content: &Document) {
        let by = self.by(by);
        assert!(self.writes(&by, id, content).await);
    }

    /// The cells of a row of the table of documents.
    async fn row(&mut self, person: usize, documents: &[(&str, DocumentId)]) -> Vec<String> {
        let mut cells = Vec::new();
        for (_, id) in documents {
            cells.push(self.verbs(person, *id).await);
        }
        cells
    }

    /// The cells of a row of the table of what naming somebody opens to them.
    async fn named(&mut self, person: usize) -> Vec<String> {
        let name = format!("n{person}");
        let itinerary = Itinerary::id_of(visit_of(&name));
        let card = Card::id_of(self.people[HOST].account);
        self.in_group(person, &name, true).await;
        let in_group = self.verbs(person, itinerary).await;
        let host = self.verbs(person, card).await;
        self.show_host(false).await;
        let hidden = self.verbs(person, card).await;
        self.show_host(true).await;
        self.in_group(person, &name, false).await;
        let not_in = self.verbs(person, itinerary).await;

        let by = (self.others.author, self.others.author_token.clone());
        let named = self.people[person].account;
        let note = self.note(&by, named).await;
        let shared = self.verbs(person, note).await;
        let Document::Note(mut content) = self.content(note) else { unreachable!() };
        content.shared.insert(named, false);
        assert!(self.writes(&by, note, &Document::Note(content)).await);
        let not_shared = self.verbs(person, note).await;
        vec![in_group, not_in, shared, not_shared, host, hidden]
    }

    /// A new note of an account, which it shares with another.
    async fn note(&mut self, by: &(AccountId, String), with: AccountId) -> DocumentId {
        let id = DocumentId(self.fresh());
        let (owner, shared) = (by.0, BTreeMap::from([(with, true)]));
        let note = Note { owner, title: "N".to_owned(), text: String::new(), shared };
        let mut raw = self.join(&by.1).await;
        let note = Document::Note(note);
        assert!(self.offers((&mut raw, by.0), id, AutoCommit::new(), &note).await);
        id
    }

    /// The lead takes somebody into a group, or says that they are not in it.
    async fn in_group(&mut self, person: usize, group: &str, is_in: bool) {
        let Document::Pilot(mut round) = self.content(pilot()) else { unreachable!() };
        let members = &mut round.groups.get_mut(&group.parse().unwrap()).unwrap().members;
        members.insert(self.people[person].account, is_in);
        self.has_written(LEAD, pilot(), &Document::Pilot(round)).await;
    }

    /// The host agrees to be shown, or no longer.
    async fn show_host(&mut self, shown: bool) {
        let id = Card::id_of(self.people[HOST].account);
        let Document::Card(card) = self.content(id) else { unreachable!() };
        self.has_written(HOST, id, &Document::Card(Card { shown, ..card })).await;
    }

    /// The cells of a row of the table of ways into accounts.
    async fn ways(&self, person: usize) -> Vec<String> {
        let Person { account, token, .. } = &self.people[person];
        let Others { member, lead, admin, .. } = &self.others;
        let mut cells = Vec::new();
        for of in [account, member, lead, admin] {
            let mut letters = String::new();
            for (letter, ask) in [('s', "overview"), ('i', "invite")] {
                let json = json!({ "ask": ask, "account": of.to_string() });
                let (status, body) = post(&self.town, "/access", token, &json.to_string()).await;
                match status {
                    200 => letters.push(letter),
                    _ => assert_eq!((status, body.contains("not-yours")), (403, true), "{body}"),
                }
            }
            cells.push(if letters.is_empty() { "-".to_owned() } else { letters });
        }
        cells
    }
}

/// Whether a document is given to whoever asks for it.
async fn reads(raw: &mut Raw, id: DocumentId) -> bool {
    let (sender, target) = (raw.peer.clone(), raw.server.clone());
    let data = message(0x42, &[]);
    raw.send(&Frame::Request { document: id, sender, target, data }).await;
    raw.until(|frame| match frame {
        Frame::Sync { document, data, .. } if *document == id => {
            Some(!Message::decode(data).unwrap().heads.is_empty())
        }
        Frame::DocUnavailable { document, .. } if *document == id => Some(false),
        _ => None,
    })
    .await
}

/// What comes of a command; the code where it is refused.
async fn outcome(raw: &mut Raw, id: CommandId, command: &Command) -> Result<u64, String> {
    let command = serde_json::to_string(command).unwrap();
    raw.send(&Frame::Command { id, command }).await;
    let result = raw.until(|frame| match frame {
        Frame::Outcome { id: of, result } if *of == id => Some(result.clone()),
        _ => None,
    });
    result.await.map_err(|refusal| refusal.code)
}

/// The same document with something else in it.
fn changed(content: &Document, number: u32) -> Document {
    let mut content = content.clone();
    let text = format!("Changed {number}");
    match &mut content {
        Document::Home(home) => {
            home.notices.clear();
            home.keys.insert("lead".parse().unwrap(), true);
        }
        Document::Directory(directory) => directory.units.clear(),
        Document::Profile(profile) => profile.contact = text,
        Document::Card(card) => card.function = text,
        Document::Pilot(pilot) => pilot.title = text,
        Document::Visit(visit) => {
            // What students read, so that there is something to publish.
            visit.slots.values_mut().for_each(|slot| slot.bring.clone_from(&text));
        }
        Document::Itinerary(itinerary) => itinerary.title = text,
        Document::Diary(diary) => {
            diary.acknowledged.insert(visit_of("v"), number);
        }
        Document::Note(note) => note.text = text,
    }
    content
}

fn line(name: &str, cells: &[String]) -> String {
    let mut line = format!("{name:<22}");
    cells.iter().for_each(|cell| write!(line, "{cell:<11}").unwrap());
    line.trim_end().to_owned() + "\n"
}

fn head(table: &str) -> String {
    table.lines().next().unwrap().to_owned() + "\n"
}

impl Stage {
    /// Whether a person is given a document on a new connection.
    async fn opens(&self, person: usize, id: DocumentId) -> bool {
        reads(&mut self.join(&self.people[person].token).await, id).await
    }

    /// What comes of a command that a person gives on a new connection.
    async fn gives(&self, person: usize, id: CommandId, command: &Command) -> Result<u64, String> {
        outcome(&mut self.join(&self.people[person].token).await, id, command).await
    }

    /// The host has left by the time of the last row, and keeps the account.
    async fn before_row(&self, person: usize) {
        let account = self.people[HOST].account;
        if person > HOST && self.people[person].account == account {
            let role = self.people[HOST].roles[0];
            self.town.samsynk(&["account", "role", "remove", &account.to_string(), role]).await;
        }
    }
}

#[tokio::test]
async fn a_running_server_lets_people_do_with_documents_what_the_table_says() {
    let mut stage = Stage::set().await;
    let documents = stage.documents().await;
    let mut table = head(DOCUMENTS);
    for person in 0..stage.people.len() {
        stage.before_row(person).await;
        table += &line(stage.people[person].name, &stage.row(person, &documents).await);
    }
    assert_eq!(table, DOCUMENTS);
}

#[tokio::test]
async fn a_running_server_opens_to_whoever_is_named_what_the_table_says() {
    let mut stage = Stage::set().await;
    let mut table = head(NAMED);
    for person in 0..stage.people.len() {
        stage.before_row(person).await;
        table += &line(stage.people[person].name, &stage.named(person).await);
    }
    assert_eq!(table, NAMED);
}

#[tokio::test]
async fn a_running_server_lets_people_look_after_the_devices_that_the_table_says() {
    let stage = Stage::set().await;
    let mut table = head(WAYS);
    for person in 0..stage.people.len() {
        stage.before_row(person).await;
        table += &line(stage.people[person].name, &stage.ways(person).await);
    }
    assert_eq!(table, WAYS);
}

/// The outcome of publishing a plan with one host, by somebody; its code where it is refused.
async fn published_with(
    stage: &mut Stage,
    (by, visit): (usize, DocumentId),
    host: Option<DocumentId>,
    id: CommandId,
) -> Result<u64, String> {
    let Document::Visit(mut plan) = stage.content(visit) else { unreachable!() };
    plan.title += ".";
    let slot = plan.slots.get_mut(&"welcome".parse().unwrap()).unwrap();
    slot.hosts = host.into_iter().map(|host| (host, true)).collect();
    stage.has_written(by, visit, &Document::Visit(plan)).await;
    let command = Command::PublishVisit { visit };
    stage.gives(by, id, &command).await
}

#[tokio::test]
async fn publishing_opens_no_card_that_its_giver_may_not_read_and_none_for_longer_than_it_is_published()
 {
    let mut stage = Stage::set().await;
    let visit = visit_of("v");
    let [there, gone] = [4, 5].map(|person| stage.people[person].account);
    stage.town.samsynk(&["erase", &gone.to_string()]).await;
    // A colleague of another unit, one who was erased, and nobody: one answer.
    for (n, host) in [there, gone, AccountId([9; 16])].into_iter().enumerate() {
        let id = CommandId([n as u8; 16]);
        let said = published_with(&mut stage, (HOST, visit), Some(Card::id_of(host)), id).await;
        assert_eq!(said, Err("host-without-card".to_owned()));
        assert!(!stage.opens(STUDENT, Card::id_of(host)).await);
    }
    let card = Card::id_of(stage.people[HOST].account);
    let id = |n: u8| CommandId([100 + n; 16]);
    published_with(&mut stage, (HOST, visit), Some(card), id(1)).await.unwrap();
    assert!(stage.opens(STUDENT, card).await);
    // Who comes first after the host is no longer in it gets no card of an earlier version.
    published_with(&mut stage, (HOST, visit), None, id(2)).await.unwrap();
    assert!(!stage.opens(STUDENT, card).await);

    // The id of one decision answers no other.
    let again = stage.gives(HOST, id(2), &Command::PublishVisit { visit }).await;
    assert!(again.is_ok(), "{again:?}");
    let other =
        stage.gives(HOST, id(2), &Command::CancelVisit { visit, reason: String::new() }).await;
    assert_eq!(other, Err("command-id-used".to_owned()));
    let others = stage.gives(LEAD, id(2), &Command::PublishVisit { visit }).await;
    assert_eq!(others, Err("command-id-used".to_owned()));
}
