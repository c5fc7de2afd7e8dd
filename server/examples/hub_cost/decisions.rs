//! Documents of people: plans, rounds, notes and profiles, with all whose homes change, and commands.

use automerge::AutoCommit;
use samsynk_core::domain::{
    Command, Day, Edit, Mode, NoteEdit, PilotEdit, Profile, ProfileEdit, Slot, SlotField, VisitEdit,
};
use samsynk_core::ids::{AccountId, CommandId, DocumentId, GroupId, UnitId};
use samsynk_core::wire::{Frame, Seal};
use samsynk_server::admin;
use samsynk_server::hub::{Effects, Event};
use samsynk_server::store::upkeep;

use crate::bench::{Bench, Phone, count, id, message, whole};

/// As many as a group may have, and as many as work at a large unit.
const MEMBERS: usize = 10;
const COLLEAGUES: usize = 20;

/// Three full days.
const SLOTS: usize = 72;

const PILOT: u32 = 5_000_000;

/// A round with a group, and those who take part.
struct Round {
    lead: Phone,
    staff: Phone,
    students: Vec<AccountId>,
    pilot: AutoCommit,
}

pub(crate) fn measure(bench: &mut Bench) {
    let mut round = Round::new(bench);
    plans(bench, &round);
    round.members(bench);
    notes(bench);
    profiles(bench, &round);
    given_back(bench, &round);
}

fn group() -> GroupId {
    "g1".parse().expect("an id")
}

fn unit() -> UnitId {
    "kista".parse().expect("an id")
}

impl Round {
    fn new(bench: &mut Bench) -> Self {
        let (lead, staff) = (bench.person("lead"), bench.person("staff@kista"));
        for _ in 0..COLLEAGUES {
            bench.person("staff@kista");
        }
        let students: Vec<_> =
            (0..MEMBERS).map(|_| bench.person("student").identity.account).collect();
        let day: Day = "2021-12-13".parse().expect("a day");
        let mut round = Self { lead, staff, students, pilot: lead.document() };
        let create = PilotEdit::Create {
            title: "Pilot".to_owned(),
            from: day,
            until: day,
            units: vec![unit()],
            universities: vec!["su".parse().expect("an id")],
        };
        let add = PilotEdit::AddGroup { group: group(), title: "Group".to_owned(), unit: unit() };
        let mut events = vec![round.edits(create), round.edits(add)];
        for account in round.students.clone() {
            events.push(round.edits(PilotEdit::AddMember { group: group(), account }));
        }
        bench.tell(events);
        round
    }

    fn edits(&mut self, edit: PilotEdit) -> Event {
        self.lead.edits(id(PILOT), &mut self.pilot, &Edit::Pilot(edit))
    }

    fn members(&mut self, bench: &mut Bench) {
        let mut events = Vec::new();
        for _ in 0..5 {
            for account in self.students.clone().into_iter().take(2) {
                events.push(self.edits(PilotEdit::RemoveMember { group: group(), account }));
                events.push(self.edits(PilotEdit::AddMember { group: group(), account }));
            }
        }
        bench.apart("a member who joins or leaves a group", events);
    }

    /// A plan with so many slots.
    fn plan(&self, bench: &mut Bench, document: DocumentId, slots: usize) -> AutoCommit {
        let mut doc = self.staff.document();
        let (pilot, title) = (id(PILOT), "Visit".to_owned());
        let create = VisitEdit::Create { pilot, group: group(), unit: unit(), title };
        let mut events = vec![self.staff.edits(document, &mut doc, &Edit::Visit(create))];
        for n in 0..slots {
            let add = VisitEdit::AddSlot { id: slot_id(n), slot: Box::new(slot(n)) };
            events.push(self.staff.edits(document, &mut doc, &Edit::Visit(add)));
        }
        bench.tell(events);
        doc
    }
}

fn slot_id(n: usize) -> samsynk_core::ids::SlotId {
    format!("slot-{n}").parse().expect("an id")
}

fn slot(n: usize) -> Slot {
    Slot {
        title: format!("Slot {n}"),
        date: "2021-12-13".parse().expect("a day"),
        start: "09:00".parse().expect("a time"),
        end: "10:00".parse().expect("a time"),
        mode: Mode::Person,
        place: None,
        room: "A room with a name of usual length".to_owned(),
        link: String::new(),
        hosts: std::collections::BTreeMap::new(),
        audience: "Everybody who comes".to_owned(),
        preparation: "Read what was handed out the day before.".to_owned(),
        bring: "Something to write with".to_owned(),
        cancelled: false,
    }
}

fn set_room(n: usize, room: &str) -> Edit {
    Edit::Visit(VisitEdit::SetSlot { id: slot_id(0), set: SlotField::Room(format!("{room} {n}")) })
}

fn gives(phone: Phone, number: u32, command: &Command) -> Event {
    let command = serde_json::to_string(command).expect("texts only");
    phone.says(Frame::Command { id: CommandId(id(number).0), command })
}

fn executed(effects: &[Effects]) -> usize {
    let is = |frame: &Frame| matches!(frame, Frame::Outcome { result: Ok(_), .. });
    effects.iter().map(|effects| count(effects, is)).sum()
}

fn plans(bench: &mut Bench, round: &Round) {
    for (n, slots) in [(0, 3), (1, SLOTS)] {
        let (visit, staff) = (id(5_100_000 + n), round.staff);
        let mut doc = round.plan(bench, visit, slots);
        let edits = (0..50).map(|n| staff.edits(visit, &mut doc, &set_room(n, "Room"))).collect();
        bench.measure(&format!("an edit to a plan of {slots} slots"), 50, edits);
        let mut titled = |n| {
            let title = VisitEdit::SetTitle { title: format!("Visit {n}") };
            staff.edits(visit, &mut doc, &Edit::Visit(title))
        };
        let titles = (0..20).map(&mut titled).collect();
        bench.apart(&format!("another title of a plan of {slots} slots"), titles);
        let publish = Command::PublishVisit { visit };
        let first = gives(staff, 6_000_000 + n * 1_000, &publish);
        assert_eq!(
            executed(&bench.apart(&format!("the first publication of {slots} slots"), vec![first])),
            1
        );
        let again = (0..200).map(|_| gives(staff, 6_000_000 + n * 1_000, &publish)).collect();
        bench.measure(&format!("the same publication of {slots} slots once more"), 200, again);
        let refused = (0..50).map(|m| gives(staff, 6_000_100 + n * 1_000 + m, &publish)).collect();
        bench.measure(&format!("a publication of {slots} slots that changes nothing"), 50, refused);
        let stranger = bench.person("student");
        let refused =
            (0..50).map(|m| gives(stranger, 6_000_200 + n * 1_000 + m, &publish)).collect();
        bench.measure(&format!("a publication of {slots} slots by who may not"), 50, refused);
        for m in 0..30 {
            bench.tell(vec![staff.edits(visit, &mut doc, &set_room(m, "Hall"))]);
            let given = gives(staff, 6_000_300 + n * 1_000 + m as u32, &publish);
            assert_eq!(executed(&[bench.more(given)]), 1);
        }
        bench.end(&format!("one more publication of {slots} slots"), 30);
        let (link, mut moved) = ("https://meet.example/".to_owned(), Vec::new());
        for m in 0..20 {
            let link = format!("{link}{m}");
            moved.push(gives(
                staff,
                6_000_400 + n * 1_000 + m,
                &Command::MoveToRemote { visit, link },
            ));
        }
        assert_eq!(
            executed(&bench.apart(&format!("a move of {slots} slots to a link"), moved)),
            20
        );
    }
}

fn notes(bench: &mut Bench) {
    let owner = bench.person("student");
    let readers: Vec<Phone> = (0..50).map(|_| bench.person("student")).collect();
    let note = id(7_000_000);
    let mut doc = owner.document();
    let create = NoteEdit::Create { owner: owner.identity.account, title: "Note".to_owned() };
    let mut says = |edit| owner.edits(note, &mut doc, &Edit::Note(edit));
    bench.tell(vec![says(create)]);
    let share = |account: AccountId| NoteEdit::Share { account };
    let shares = readers.iter().map(|reader| says(share(reader.identity.account))).collect();
    bench.apart("one more reader of a note", shares);
    let titles = (0..20).map(|n| says(NoteEdit::SetTitle { title: format!("Note {n}") })).collect();
    bench.apart("another title of a note with 50 readers", titles);
    let texts = (0..50).map(|n| says(NoteEdit::SetText { text: format!("Text {n}") })).collect();
    bench.measure("another text of a note with 50 readers", 50, texts);
    let account = readers[0].identity.account;
    let turns = (0..10).flat_map(|_| [NoteEdit::Unshare { account }, NoteEdit::Share { account }]);
    let turns = turns.map(says).collect();
    bench.apart("a reader who comes and goes among 50", turns);
    let fresh: Vec<Event> = (0..10)
        .map(|n| {
            let (id, mut doc) = (id(7_100_000 + n), owner.document());
            let create =
                NoteEdit::Create { owner: owner.identity.account, title: "New".to_owned() };
            Edit::Note(create).apply(id, &mut doc).expect("a new note");
            for reader in &readers[..49] {
                let edit = Edit::Note(share(reader.identity.account));
                edit.apply(id, &mut doc).expect("a reader");
            }
            doc.commit();
            owner.syncs(id, message(&mut doc, &[]))
        })
        .collect();
    bench.apart("a new note with 49 readers", fresh);
}

fn profiles(bench: &mut Bench, round: &Round) {
    let staff = round.staff;
    let profile = Profile::id_of(staff.identity.account);
    for n in 0..10 {
        // What the server has is begun anew each time, and the phone takes it whole.
        let mut doc = bench.stored(profile);
        doc.set_actor(staff.document().get_actor().clone());
        for edit in [
            ProfileEdit::SetProtected { protected: false },
            ProfileEdit::SetName { name: format!("Alias {n}") },
            ProfileEdit::SetProtected { protected: true },
        ] {
            let event = staff.edits(profile, &mut doc, &Edit::Profile(edit));
            bench.more(event);
        }
    }
    bench.end("an edit to a profile, with its protection", 30);
}

/// What a restored server takes back.
fn given_back(bench: &mut Bench, round: &Round) {
    let staff = round.staff;
    let backup = tempfile::tempdir().expect("a temporary folder");
    let file = backup.path().join("backup.db");
    let mut plans = Vec::new();
    for n in 0..5 {
        let visit = id(8_000_000 + n);
        plans.push((visit, round.plan(bench, visit, 3)));
    }
    upkeep::backup(bench.store.file(), &file).expect("a backup");
    let mut given = Vec::new();
    for (visit, doc) in &mut plans {
        for n in 0..SLOTS {
            let add = VisitEdit::AddSlot { id: slot_id(1_000 + n), slot: Box::new(slot(n)) };
            let event = staff.edits(*visit, doc, &Edit::Visit(add));
            bench.tell(vec![event]);
        }
        given.push((*visit, bench.seal_of(staff, *visit, doc), whole(doc)));
    }
    let frame = |(document, seal, data): &(DocumentId, Seal, Vec<u8>)| Frame::GiveBack {
        document: *document,
        epoch: 0,
        seal: *seal,
        data: data.clone(),
    };
    let known = given.iter().map(|given| staff.says(frame(given))).collect();
    bench.apart("a plan of 75 slots given back that is there", known);
    let folder = tempfile::tempdir().expect("a temporary folder");
    admin::restore(folder.path(), &file).expect("a restored database");
    let mut restored = Bench::open(folder.path());
    let staff = restored.join(staff.identity, "samsynk-1");
    let lost = given.iter().map(|given| staff.says(frame(given))).collect();
    let effects = restored.apart("a plan of 75 slots given back that was lost", lost);
    let is = |frame: &Frame| matches!(frame, Frame::Receipt { .. });
    assert_eq!(effects.iter().map(|effects| count(effects, is)).sum::<usize>(), 5);
    bench.outside.append(&mut restored.outside);
}
