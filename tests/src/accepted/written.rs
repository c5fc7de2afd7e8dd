//! Documents of any kind, damaged: bytes are instructions, each an action with its arguments.

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue};
use samsynk_core::domain::{
    Card, Diary, Directory, Document, Group, Home, Itinerary, Mode, Moment, Note, Pilot, Profile,
    Slot, Version, Visit, actor_of,
};
use samsynk_core::ids::{AccountId, DocumentId};

use super::WRITER as OWN;

/// The most instructions that are followed.
const INSTRUCTIONS_COUNT_MAX: usize = 300;

const OTHER: DocumentId = DocumentId([2; 16]);

/// Keys that documents have, and values that mean something under some of them.
const WORDS: [&str; 40] = [
    "kind",
    "schema",
    "account",
    "keys",
    "documents",
    "notices",
    "units",
    "universities",
    "places",
    "visit",
    "pilot",
    "group",
    "unit",
    "title",
    "versions",
    "slots",
    "s1",
    "hosts",
    "date",
    "start",
    "end",
    "mode",
    "place",
    "link",
    "cancelled",
    "shared",
    "owner",
    "text",
    "groups",
    "members",
    "acknowledged",
    "notes",
    "packing",
    "farsta",
    "2021-12-13",
    "09:00",
    "Person",
    "https://x.example",
    "",
    "role:lead",
];

/// A document as these bytes say.
pub(super) fn by(data: &[u8]) -> AutoCommit {
    let mut bytes = data.iter().copied();
    let mut next = || bytes.next();
    let kinds = documents();
    let first = usize::from(next().unwrap_or(0));
    let actor = |number: u8| actor_of(OWN, [number; 16]);
    let mut doc = match kinds.get(first % (kinds.len() + 1)) {
        Some(document) => document.create(actor(0)).expect("a document"),
        None => AutoCommit::new().with_actor(actor(0)),
    };
    doc.commit();
    let mut objects = objects(&doc);
    for number in 1..=INSTRUCTIONS_COUNT_MAX {
        let (Some(action), Some(at), Some(key), Some(value)) = (next(), next(), next(), next())
        else {
            break;
        };
        let object = objects[usize::from(at) % objects.len()].clone();
        if action % 8 == 7 {
            // Somebody else does it at once.
            doc.commit();
            let mut twin = doc.fork();
            twin.set_actor(actor(number as u8));
            change(&mut twin, &object, (action / 8, key, value), &mut Vec::new());
            change(&mut doc, &object, (action / 8, key, value.wrapping_add(1)), &mut Vec::new());
            twin.commit();
            doc.commit();
            doc.merge(&mut twin).expect("a fork of it");
        } else {
            change(&mut doc, &object, (action, key, value), &mut objects);
        }
    }
    doc.commit();
    doc
}

/// Does one thing to an object; what does not fit there is left out.
fn change(
    doc: &mut AutoCommit,
    object: &ObjId,
    (action, key, value): (u8, u8, u8),
    objects: &mut Vec<ObjId>,
) {
    let name = key_in(doc, object, key);
    let word = WORDS[usize::from(value) % WORDS.len()];
    match action % 7 {
        0 => drop(doc.put(object, name, word)),
        1 => drop(doc.put(object, name, scalar(value))),
        2 => {
            let kind = [ObjType::Map, ObjType::List, ObjType::Text][usize::from(value) % 3];
            objects.extend(doc.put_object(object, name, kind));
        }
        3 => drop(doc.delete(object, name)),
        4 => drop(doc.put(object, name, word.repeat(usize::from(value) * 50))),
        5 => drop(doc.insert(object, 0, word)),
        _ => drop(doc.splice_text(object, 0, 0, word)),
    }
}

/// A key that is there, or another word.
fn key_in(doc: &AutoCommit, object: &ObjId, key: u8) -> String {
    let there: Vec<String> = doc.keys(object).collect();
    match there.get(usize::from(key / 2) % there.len().max(1)) {
        Some(known) if key.is_multiple_of(2) => known.clone(),
        _ => WORDS[usize::from(key) % WORDS.len()].to_owned(),
    }
}

fn scalar(value: u8) -> ScalarValue {
    match value % 8 {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(value % 16 == 1),
        2 => ScalarValue::Int(i64::MIN),
        3 => ScalarValue::Uint(u64::from(value) << 45),
        4 => ScalarValue::F64(f64::NAN),
        5 => ScalarValue::Timestamp(i64::from(value)),
        6 => ScalarValue::counter(i64::from(value)),
        _ => ScalarValue::Bytes(vec![value; usize::from(value)]),
    }
}

/// All maps and lists of a document that are there at first.
fn objects(doc: &AutoCommit) -> Vec<ObjId> {
    let mut found = vec![ROOT];
    let mut next = 0;
    while let Some(object) = found.get(next).cloned() {
        let keys: Vec<String> = doc.keys(&object).collect();
        let within = keys.iter().filter_map(|key| match doc.get(&object, key.as_str()) {
            Ok(Some((value, id))) if value.is_object() => Some(id),
            _ => None,
        });
        found.extend(within.collect::<Vec<_>>());
        next += 1;
    }
    found
}

/// One document of each kind, with something in it.
fn documents() -> Vec<Document> {
    let (unit, group) = ("farsta".parse().expect("a slug"), "g1".parse().expect("a slug"));
    let day: samsynk_core::domain::Day = "2021-12-13".parse().expect("a day");
    let slot = Slot {
        title: "Welcome".to_owned(),
        date: day,
        start: "09:00".parse().expect("a time"),
        end: "10:00".parse().expect("a time"),
        mode: Mode::Hybrid,
        place: Some("hall".parse().expect("a slug")),
        room: "Eken".to_owned(),
        link: "https://x.example".to_owned(),
        hosts: [(OTHER, true)].into(),
        audience: String::new(),
        preparation: String::new(),
        bring: String::new(),
        cancelled: false,
    };
    let slots = [("s1".parse().expect("a slug"), slot)];
    let version = Version {
        published: Moment::from_millis(0),
        title: String::new(),
        cancelled: false,
        reason: String::new(),
        slots: slots.clone().into(),
        places: [].into(),
    };
    let members = [(OWN, true)].into();
    let of_group =
        Group { title: "G".to_owned(), unit: "farsta".parse().expect("a slug"), members };
    let university: Option<samsynk_core::ids::UniversityId> = "su".parse().ok();
    vec![
        Document::Visit(Visit {
            pilot: OTHER,
            group: "g1".parse().expect("a slug"),
            unit: "farsta".parse().expect("a slug"),
            title: "Plan".to_owned(),
            cancelled: false,
            slots: slots.into(),
        }),
        Document::Pilot(Pilot {
            title: "Round".to_owned(),
            from: day,
            until: day,
            units: [("farsta".parse().expect("a slug"), true)].into(),
            universities: university.iter().cloned().map(|id| (id, true)).collect(),
            groups: [("g1".parse().expect("a slug"), of_group)].into(),
        }),
        Document::Note(Note {
            owner: OWN,
            title: "Note".to_owned(),
            text: "Text".to_owned(),
            shared: [(AccountId([7; 16]), true)].into(),
        }),
        Document::Itinerary(Itinerary {
            visit: OTHER,
            pilot: OTHER,
            group,
            unit,
            universities: [("su".parse().expect("a slug"), true)].into(),
            title: "Visit".to_owned(),
            versions: [(1, version)].into(),
        }),
        Document::Home(Home::new(OWN)),
        Document::Directory(Directory::default()),
        Document::Diary(Diary::new(OWN)),
        Document::Profile(Profile {
            account: OWN,
            university,
            name: "Anna".to_owned(),
            contact: String::new(),
            needs: String::new(),
            protected: false,
        }),
        Document::Card(Card {
            account: OWN,
            unit: "farsta".parse().expect("a slug"),
            name: "Anna".to_owned(),
            function: String::new(),
            shown: true,
        }),
    ]
}
