//! The town in which every schedule plays: its people, their devices, a round with two groups and their plans.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use samsynk_core::domain::{
    Card, Directory, Document, Group, Mode, Moment, Pilot, Slot, SlotField, Visit,
};
use samsynk_core::engine::{Engine, Identity, Turn};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_core::store::Store as DeviceStore;
use samsynk_server::admin::{AdminReply, AdminRequest, Import, NewAccount};
use samsynk_server::hub::{Event, Hub, Ticket};

use crate::dice::Dice;
use crate::disk::Disk;
use crate::vfs::Machine;
use crate::world::World;

/// The round.
pub const PILOT: DocumentId = DocumentId([0x50; 16]);
/// The plan of the first group, at Farsta.
pub const FARSTA_VISIT: DocumentId = DocumentId([0x51; 16]);
/// The plan of the second group, at Kista.
pub const KISTA_VISIT: DocumentId = DocumentId([0x52; 16]);

/// When every story begins: 30 November 2021, in milliseconds since 1970.
pub const BEGIN_MILLIS: i64 = 1_638_230_400_000;

/// The people and their roles. Some have two: who loses one of these may still read what they may no longer write.
pub const PEOPLE: [(&str, &[&str]); 9] = [
    ("lead", &["lead", "staff@farsta"]),
    ("farsta-1", &["staff@farsta", "coordinator@su"]),
    ("farsta-2", &["staff@farsta"]),
    ("kista", &["staff@kista", "lead"]),
    ("coordinator", &["coordinator@su", "staff@kista"]),
    ("student-1", &["student"]),
    ("student-2", &["student"]),
    ("student-3", &["student"]),
    ("union", &["union"]),
];

/// Devices: a name, and whose it is. After those with our engine come scripts, which speak automerge-repo's own
/// protocol, and then those of people who mean harm.
const DEVICES: [(&str, &str); 14] = [
    ("lead's phone", "lead"),
    ("farsta-1's phone", "farsta-1"),
    ("farsta-1's desk", "farsta-1"),
    ("farsta-2's phone", "farsta-2"),
    ("kista's phone", "kista"),
    ("coordinator's phone", "coordinator"),
    ("student-1's phone", "student-1"),
    ("student-1's tablet", "student-1"),
    ("student-2's phone", "student-2"),
    ("student-3's phone", "student-3"),
    ("farsta-1's script", "farsta-1"),
    ("student-1's script", "student-1"),
    ("farsta-2's forgery", "farsta-2"),
    ("student-2's forgery", "student-2"),
];

/// The places of devices that belong to the same person.
pub const PAIRS: [[usize; 2]; 2] = [[1, 2], [6, 7]];

/// How many of the devices run our engine.
pub const ENGINES_COUNT: usize = 10;

/// How many of the others are scripts that mean no harm.
pub const SCRIPTS_COUNT: usize = 2;

/// The account of a person.
#[must_use]
pub fn account(name: &str) -> AccountId {
    AccountId::from_name("simulation", name)
}

/// A device as it is before a story.
#[derive(Debug, Clone)]
pub struct DeviceImage {
    /// What the trace calls it.
    pub name: &'static str,
    /// Whose it is.
    pub identity: Identity,
    /// What it authenticates with.
    pub token: String,
    /// Its disk when it has been enrolled, and nothing more.
    pub enrolled: Disk,
    /// Its disk when it has everything that the server has.
    pub synced: Disk,
}

/// The town as it is before a story.
#[derive(Debug)]
pub struct Town {
    /// The server's disk.
    pub server: Disk,
    /// The devices.
    pub devices: Vec<DeviceImage>,
}

/// The town; made once in a process, and always the same.
pub fn town() -> &'static Town {
    static TOWN: OnceLock<Town> = OnceLock::new();
    TOWN.get_or_init(build)
}

fn build() -> Town {
    let mut dice = Dice::new(0);
    let machine = Machine::new(Disk::default());
    let mut store = machine.open_store().expect("a new database");
    let mut hub = Hub::new(&mut store, &mut dice).expect("a hub on it");
    let mut ask = |request: AdminRequest| {
        let events = vec![Event::Admin { ticket: Ticket(1), request }];
        let now = Moment::from_millis(BEGIN_MILLIS);
        let mut effects = hub.handle(&mut store, now, &mut dice, events);
        effects.replies.pop().expect("an answer").1
    };
    let imported = ask(AdminRequest::Import(Box::new(import())));
    assert_eq!(imported, AdminReply::Done);
    let devices = DEVICES.map(|(name, owner)| {
        let account = account(owner);
        let label = name.to_owned();
        let AdminReply::Token { token, device } = ask(AdminRequest::Token { account, label })
        else {
            panic!("no token for {name}");
        };
        let identity = Identity { account, device };
        let enrolled = enrolled(identity);
        let synced = enrolled.clone();
        DeviceImage { name, identity, token, enrolled, synced }
    });
    drop((hub, store));
    let (mut devices, server) = (devices, machine.disk(|disk| disk.clone()));
    let rehearsed = World::rehearse(server, &devices[..ENGINES_COUNT]);
    let (server, disks) = rehearsed.expect("nothing goes wrong in a rehearsal");
    for (device, disk) in devices.iter_mut().zip(disks) {
        device.synced = disk;
    }
    Town { server, devices: devices.into() }
}

/// The disk of a device that has just been enrolled.
fn enrolled(identity: Identity) -> Disk {
    let machine = Machine::new(Disk::default());
    let mut store = DeviceStore::open(&machine).expect("a new store").store;
    let mut engine = Engine::open(&mut store).expect("an engine on it");
    let now = Moment::from_millis(BEGIN_MILLIS);
    let mut turn = Turn { now, random: &mut Dice::new(0), storage: &mut store };
    engine.enrol(&mut turn, identity).expect("enrolled");
    drop(store);
    machine.disk(|disk| disk.clone())
}

fn import() -> Import {
    let accounts = PEOPLE.map(|(name, roles)| NewAccount {
        name: name.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        university: roles.contains(&"student").then(|| "su".parse().expect("a slug")),
        ..NewAccount::of(account(name))
    });
    let documents = vec![
        (Directory::id(), Document::Directory(Directory::default())),
        (PILOT, Document::Pilot(pilot())),
        (FARSTA_VISIT, Document::Visit(visit("g1", "farsta", "farsta-1"))),
        (KISTA_VISIT, Document::Visit(visit("g2", "kista", "kista"))),
    ];
    Import { accounts: accounts.into(), documents, commands: Vec::new() }
}

fn pilot() -> Pilot {
    let day = "2021-12-13".parse().expect("a day");
    let group = |unit: &str, members: &[&str]| Group {
        title: String::new(),
        unit: unit.parse().expect("a slug"),
        members: members.iter().map(|name| (account(name), true)).collect(),
    };
    let groups = [
        ("g1", group("farsta", &["student-1", "student-2"])),
        ("g2", group("kista", &["student-3"])),
    ];
    Pilot {
        title: "Round".to_owned(),
        from: day,
        until: day,
        units: ["farsta", "kista"].map(|unit| (unit.parse().expect("a slug"), true)).into(),
        universities: BTreeMap::from([("su".parse().expect("a slug"), true)]),
        groups: groups.map(|(id, group)| (id.parse().expect("a slug"), group)).into(),
    }
}

fn visit(group: &str, unit: &str, host: &str) -> Visit {
    let mut first = slot("Welcome");
    first.hosts.insert(Card::id_of(account(host)), true);
    let slots = [("welcome", first), ("tour", slot("Tour"))];
    Visit {
        pilot: PILOT,
        group: group.parse().expect("a slug"),
        unit: unit.parse().expect("a slug"),
        title: "Plan".to_owned(),
        cancelled: false,
        slots: slots.map(|(id, slot)| (id.parse().expect("a slug"), slot)).into(),
    }
}

/// A slot with a title and otherwise plain.
#[must_use]
pub fn slot(title: &str) -> Slot {
    Slot {
        title: title.to_owned(),
        date: "2021-12-13".parse().expect("a day"),
        start: "09:00".parse().expect("a time"),
        end: "10:00".parse().expect("a time"),
        mode: Mode::Person,
        place: None,
        room: String::new(),
        link: String::new(),
        hosts: BTreeMap::new(),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    }
}

/// A field that people contend for.
#[must_use]
pub fn field(number: usize, word: String) -> SlotField {
    match number % 4 {
        0 => SlotField::Room(word),
        1 => SlotField::Title(word),
        2 => SlotField::Bring(word),
        _ => SlotField::Cancelled(number.is_multiple_of(8)),
    }
}
