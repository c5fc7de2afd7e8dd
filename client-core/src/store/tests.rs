//! The store keeps what it was given, over a restart and over damage.

use std::collections::BTreeMap;
use std::io::{Seek as _, SeekFrom, Write as _};

use automerge::ChangeHash;

use super::*;
use crate::domain::view::About;
use crate::domain::{Command, Edit, Moment, NoteEdit, Projection};
use crate::engine::{
    CommandOutcome, EndReason, Ended, Identity, QueuedCommand, Row, Sealed, SetAsideEdit,
    UnsavedEdit,
};
use crate::ids::{AccountId, CommandId, DeviceId, EditId};
use crate::refusal::Refusal;
use crate::wire::{Heads, Seal};

fn folder() -> (tempfile::TempDir, Folder) {
    let folder = tempfile::tempdir().unwrap();
    let files = Folder(folder.path().to_owned());
    (folder, files)
}

const NOTE: DocumentId = DocumentId([1; 16]);

fn edit(id: u8) -> UnsavedEdit {
    let edit = Edit::Note(NoteEdit::SetTitle { title: "Packlista".to_owned() });
    let about = About { slot: "Lunch".to_owned(), after: "Testa".to_owned(), ..About::default() };
    UnsavedEdit { id: EditId([id; 16]), document: NOTE, edit, about, hash: ChangeHash([id; 32]) }
}

fn row() -> Row {
    Row {
        epoch: 3,
        heads: Heads::new(vec![ChangeHash([9; 32]), ChangeHash([8; 32])]),
        projection: Some(Projection {
            content: Err(Refusal::new("unknown-kind").with("kind", "song")),
            conflicts: Vec::new(),
        }),
        actor: [5; 16],
        synced: Some(Moment::from_millis(1_638_000_000_000)),
        seal: Some(Sealed {
            heads: Heads::new(vec![ChangeHash([8; 32]), ChangeHash([7; 32])]),
            seal: Seal([6; 32]),
        }),
        chunks: 2,
        bytes: 7,
    }
}

fn identity() -> Identity {
    Identity { account: AccountId([2; 16]), device: DeviceId([3; 16]) }
}

fn outcome(id: CommandId) -> CommandOutcome {
    CommandOutcome {
        id,
        command: Command::PublishVisit { visit: DocumentId([7; 16]) },
        result: Err(Refusal::new("nothing-changed")),
        at: Moment::from_millis(7_000),
        acknowledged: false,
    }
}

fn everything() -> (Vec<Write>, Stored) {
    let aside = SetAsideEdit {
        document: NOTE,
        title: "Anteckning".to_owned(),
        edit: edit(0).edit,
        about: edit(0).about,
        refusal: Refusal::new("withdrawn"),
        at: Moment::from_millis(5_000),
    };
    let queued = QueuedCommand {
        id: CommandId([6; 16]),
        command: Command::PublishVisit { visit: DocumentId([7; 16]) },
        sent: false,
    };
    let titles = BTreeMap::from([(NOTE, "Anteckning".to_owned())]);
    let ended = Ended { reason: EndReason::Revoked, titles };
    let writes = vec![
        Write::Identity(identity()),
        Write::Ended(Some(ended.clone())),
        Write::Chunk(NOTE, b"one".to_vec()),
        Write::Chunk(NOTE, b"more".to_vec()),
        Write::Row(NOTE, row()),
        Write::Unsaved(edit(1)),
        Write::Unsaved(edit(2)),
        Write::Unsaved(UnsavedEdit { hash: ChangeHash([4; 32]), ..edit(1) }),
        Write::Queue(queued.clone()),
        Write::Sent(queued.id),
        Write::SetAside(1, aside.clone()),
        Write::Withdrawn(vec![DocumentId([5; 16])]),
        Write::AsOf(Moment::from_millis(9_000)),
    ];
    let stored = Stored {
        ended: Some(ended),
        identity: Some(identity()),
        rows: BTreeMap::from([(NOTE, row())]),
        outbox: vec![UnsavedEdit { hash: ChangeHash([4; 32]), ..edit(1) }, edit(2)],
        commands: vec![QueuedCommand { sent: true, ..queued }],
        outcomes: Vec::new(),
        set_aside: BTreeMap::from([(1, aside)]),
        withdrawn: vec![DocumentId([5; 16])],
        as_of: Some(Moment::from_millis(9_000)),
    };
    (writes, stored)
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let (_keep, files) = folder();
    let (writes, stored) = everything();
    let mut store = Store::open(&files).unwrap().store;
    assert_eq!(store.load().unwrap(), Stored::default());
    store.commit(writes).unwrap();
    drop(store);

    let mut again = Store::open(&files).unwrap().store;
    assert_eq!(again.load().unwrap(), stored);
    assert_eq!(again.document(NOTE).unwrap(), [b"one".to_vec(), b"more".to_vec()]);

    again.commit(vec![Write::Snapshot(NOTE, b"whole".to_vec())]).unwrap();
    assert_eq!(again.document(NOTE).unwrap(), [b"whole".to_vec()]);
    again
        .commit(vec![
            Write::Ended(None),
            Write::Purge(NOTE),
            Write::Saved(EditId([1; 16])),
            Write::Saved(EditId([2; 16])),
            Write::Answered(outcome(CommandId([6; 16]))),
            Write::Acknowledged(CommandId([6; 16])),
            Write::Dismiss(1),
            Write::Withdrawn(Vec::new()),
        ])
        .unwrap();
    let outcomes = vec![CommandOutcome { acknowledged: true, ..outcome(CommandId([6; 16])) }];
    let identity = Some(identity());
    let rest = Stored { identity, outcomes, as_of: stored.as_of, ..Stored::default() };
    assert_eq!(again.load().unwrap(), rest);
    again.forget().unwrap();
    assert_eq!(again.load().unwrap(), Stored::default());
}

#[test]
fn a_damaged_store_is_put_aside_and_its_unsaved_edits_are_shown() {
    let (keep, files) = folder();
    let mut store = Store::open(&files).unwrap().store;
    store.commit(everything().0).unwrap();
    let table: u64 = store
        .connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'documents'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(store);
    let damaged = keep.path().join("samsynk-1.db");
    let mut file = std::fs::OpenOptions::new().write(true).open(&damaged).unwrap();
    file.seek(SeekFrom::Start((table - 1) * 4096)).unwrap();
    file.write_all(&[0xA5; 4096]).unwrap();
    drop(file);
    let bytes = std::fs::read(&damaged).unwrap();

    let opened = Store::open(&files).unwrap();
    assert_eq!(opened.damaged.as_deref(), Some("samsynk-1.db"));
    assert!(std::fs::read(&damaged).unwrap() == bytes, "kept as it was");
    let mut store = opened.store;
    let stored = store.load().unwrap();
    assert_eq!(stored.identity, Some(identity()), "still enrolled");
    assert!(stored.rows.is_empty(), "the documents come back from the server");
    let codes: Vec<String> =
        stored.set_aside.into_values().map(|aside| aside.refusal.code).collect();
    assert_eq!(codes, ["withdrawn", "store-recovered", "store-recovered"]);
    drop(store);
    assert_eq!(Store::open(&files).unwrap().damaged, None, "the new store is sound");
}

#[test]
fn bytes_that_are_no_store_are_put_aside() {
    let (keep, files) = folder();
    std::fs::write(keep.path().join("samsynk-1.db"), [b'x'; 5000]).unwrap();
    let opened = Store::open(&files).unwrap();
    assert_eq!(opened.damaged.as_deref(), Some("samsynk-1.db"));
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let (keep, files) = folder();
    drop(Store::open(&files).unwrap());
    let path = keep.path().join("samsynk-1.db");
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", schema::VERSION + 1).unwrap();
    drop(newer);
    assert!(matches!(Store::open(&files), Err(StorageError::Broken(_))));
    assert!(!keep.path().join("samsynk-2.db").exists());
}

#[test]
fn every_old_version_becomes_what_a_fresh_store_is() {
    // SQLite keeps the words of each table with what was added to it, so the columns are compared.
    let described = |connection: &Connection| -> Vec<String> {
        let columns = "SELECT t.name || ' ' || t.type || ' ' || t.wr || t.strict || ' '
                || coalesce(c.name || ' ' || c.type || ' ' || c.[notnull] || c.pk, '')
            FROM pragma_table_list t, pragma_table_info(t.name) c
            WHERE t.name NOT LIKE 'sqlite_%'
            UNION ALL SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
            ORDER BY 1";
        let mut query = connection.prepare(columns).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut fresh = Connection::open_in_memory().unwrap();
    schema::migrate(&mut fresh).unwrap();
    assert!(described(&fresh).len() > 20, "{:#?}", described(&fresh));
    for version in 1..schema::VERSION {
        let mut old = Connection::open_in_memory().unwrap();
        for migration in &schema::MIGRATIONS[..usize::try_from(version).unwrap()] {
            old.execute_batch(migration).unwrap();
        }
        old.pragma_update(None, "user_version", version).unwrap();
        schema::migrate(&mut old).unwrap();
        assert_eq!(described(&old), described(&fresh), "from version {version}");
    }
}

#[test]
fn a_store_of_the_first_version_is_read_without_loss() {
    let (keep, files) = folder();
    let old = Connection::open(keep.path().join("samsynk-1.db")).unwrap();
    old.execute_batch(schema::MIGRATIONS[0]).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let row = "INSERT INTO documents VALUES (?1, 3, ?2, NULL, 1, ?3, 5000, 1, 3)";
    old.execute(row, rusqlite::params![NOTE.0, [9_u8; 32], [5_u8; 16]]).unwrap();
    old.execute("INSERT INTO chunks (document, bytes) VALUES (?, x'01')", [NOTE.0]).unwrap();
    let command = Command::PublishVisit { visit: NOTE };
    let json = serde_json::to_string(&command).unwrap();
    let queue = "INSERT INTO commands (id, command) VALUES (?, ?)";
    old.execute(queue, rusqlite::params![[6_u8; 16], json]).unwrap();
    drop(old);
    let mut store = Store::open(&files).unwrap().store;
    let expected = Row {
        heads: Heads::new(vec![ChangeHash([9; 32])]),
        projection: None,
        synced: Some(Moment::from_millis(5_000)),
        seal: None,
        chunks: 1,
        bytes: 3,
        ..self::row()
    };
    let stored = store.load().unwrap();
    assert_eq!(stored.rows, BTreeMap::from([(NOTE, expected)]));
    let queued = QueuedCommand { id: CommandId([6; 16]), command, sent: true };
    assert_eq!(stored.commands, [queued], "nobody noted whether it was sent");
    assert_eq!(store.document(NOTE).unwrap(), [vec![1]]);
}

#[test]
fn a_full_disk_refuses_the_edit_keeps_the_rest_and_goes_on_when_there_is_room() {
    use crate::domain::Document;
    use crate::domain::view::SaveState;
    use crate::engine::{Engine, Turn};
    use crate::random::Random;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) {
            getrandom::fill(bytes).unwrap();
        }
    }

    let (_keep, files) = folder();
    let mut store = Store::open(&files).unwrap().store;
    let mut engine = Engine::open(&mut store).unwrap();
    let now = Moment::from_millis(1_000);
    let mut turn = |store: &mut Store, act: &mut dyn FnMut(&mut Engine, &mut Turn<'_>)| {
        act(&mut engine, &mut Turn { now, random: &mut Fixed, storage: store });
        let title = match engine.stored().rows.get(&NOTE).and_then(Row::document) {
            Some(Document::Note(note)) => note.title.clone(),
            other => panic!("{other:?}"),
        };
        let status = engine.status();
        (title, status.on_device, status.problem.map(|problem| problem.code))
    };
    let owner = identity().account;
    let create = Edit::Note(NoteEdit::Create { owner, title: "Hel".to_owned() });
    let state = turn(&mut store, &mut |engine, turn| {
        engine.enrol(turn, identity()).unwrap();
        engine.edit(turn, NOTE, &create).unwrap();
    });
    assert_eq!(state, ("Hel".to_owned(), 1, None));

    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let long = Edit::Note(NoteEdit::SetText { text: "å".repeat(4_000) });
    let state = turn(&mut store, &mut |engine, turn| {
        let refused = (0..8).find_map(|_| engine.edit(turn, NOTE, &long).err());
        assert_eq!(refused.map(|refusal| refusal.code).as_deref(), Some("storage-full"));
    });
    assert_eq!((state.0.as_str(), state.2.as_deref()), ("Hel", Some("storage-full")));

    store.connection.pragma_update(None, "max_page_count", pages + 1_000).unwrap();
    let unsaved = state.1;
    let rename = Edit::Note(NoteEdit::SetTitle { title: "Åter".to_owned() });
    let state = turn(&mut store, &mut |engine, turn| {
        engine.edit(turn, NOTE, &rename).unwrap();
        assert_eq!(engine.save_state(NOTE), SaveState::Device);
    });
    assert_eq!(state, ("Åter".to_owned(), unsaved + 1, None));
}

#[cfg(unix)]
#[test]
fn a_store_is_its_owners_alone_whatever_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, files) = folder();
    let modes = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let modes = entries.map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777);
        modes.collect::<std::collections::BTreeSet<_>>()
    };
    let store = Store::open(&files).unwrap().store;
    assert_eq!(modes(), [0o600].into(), "the file and its log");
    drop(store);
    let file = folder.path().join("samsynk-1.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = Store::open(&files).unwrap().store;
    assert_eq!(modes(), [0o600].into());
}
