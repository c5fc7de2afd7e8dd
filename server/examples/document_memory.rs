//! Prints what documents take in memory, beside what can be known of them without asking the allocator.
//!
//! `cargo run --release -p samsynk-server --example document_memory`

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjType, ROOT, ReadDoc as _};
use samsynk_core::domain::{Document, Edit, Mode, NoteEdit, Slot, SlotField, VisitEdit, actor_of};
use samsynk_core::ids::{AccountId, DocumentId};

/// The system's allocator, counting what is in use.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature; this one only counts")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as it came.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ID: DocumentId = DocumentId([1; 16]);

fn begin() -> AutoCommit {
    let mut doc = AutoCommit::new();
    doc.set_actor(actor_of(AccountId([2; 16]), [3; 16]));
    doc
}

fn edit(doc: &mut AutoCommit, edit: VisitEdit) -> Result<(), Box<dyn Error>> {
    Edit::Visit(edit).apply(ID, doc)?;
    doc.commit();
    Ok(())
}

fn slot(n: usize) -> Result<Slot, Box<dyn Error>> {
    Ok(Slot {
        title: format!("Rundvandring {n} i stadsdelen"),
        date: "2021-12-13".parse()?,
        start: "09:00".parse()?,
        end: "10:00".parse()?,
        mode: Mode::Person,
        place: None,
        room: format!("Rum {n}"),
        link: String::new(),
        hosts: std::collections::BTreeMap::new(),
        audience: "Alla".to_owned(),
        preparation: "Läs igenom broschyren.".to_owned(),
        bring: String::new(),
        cancelled: false,
    })
}

/// A plan with so many slots and edits, each a change, from so many devices.
fn plan(slots: usize, edits: usize, devices: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    let create = VisitEdit::Create {
        pilot: DocumentId([9; 16]),
        group: "g1".parse()?,
        unit: "kista".parse()?,
        title: "Besök".to_owned(),
    };
    edit(&mut doc, create)?;
    for n in 0..slots {
        let id = format!("slot-{n}").parse()?;
        edit(&mut doc, VisitEdit::AddSlot { id, slot: Box::new(slot(n)?) })?;
    }
    for n in 0..edits {
        let device = (n % devices) as u32;
        let mut random = [0; 16];
        random[..4].copy_from_slice(&device.to_be_bytes());
        doc.set_actor(actor_of(AccountId([2; 16]), random));
        let id = format!("slot-{}", n % slots).parse()?;
        let set = SlotField::Room(format!("Rum {n}"));
        edit(&mut doc, VisitEdit::SetSlot { id, set })?;
    }
    Ok(doc)
}

/// A note with a text.
fn note(text: String) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    let create = NoteEdit::Create { owner: AccountId([2; 16]), title: "Anteckning".to_owned() };
    Edit::Note(create).apply(ID, &mut doc)?;
    doc.commit();
    Edit::Note(NoteEdit::SetText { text }).apply(ID, &mut doc)?;
    doc.commit();
    Ok(doc)
}

/// A text typed key by key, each a change or all in one.
fn typed(keys: usize, each: bool) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    let text = doc.put_object(ROOT, "text", ObjType::Text)?;
    for n in 0..keys {
        doc.splice_text(&text, n, 0, ["a", "e", "n", " ", "t", "r"][n * 7 % 6])?;
        if each {
            doc.commit();
        }
    }
    doc.commit();
    Ok(doc)
}

/// Numbers in a list, in one change.
fn list(count: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    let list = doc.put_object(ROOT, "list", ObjType::List)?;
    for n in 0..count {
        doc.insert(&list, n, 0)?;
    }
    doc.commit();
    Ok(doc)
}

/// Nested maps, many objects.
fn maps(count: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    for n in 0..count {
        let map = doc.put_object(ROOT, format!("key {n}"), ObjType::Map)?;
        doc.put(&map, "value", n as i64)?;
    }
    doc.commit();
    Ok(doc)
}

/// Bytes that do not compress.
fn noise(bytes: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    let mut noise = vec![0; bytes];
    getrandom::fill(&mut noise)?;
    doc.put(ROOT, "noise", noise)?;
    doc.commit();
    Ok(doc)
}

/// Every change on its own branch, merged at the end.
fn branches(count: usize) -> Result<AutoCommit, Box<dyn Error>> {
    let mut doc = begin();
    doc.put(ROOT, "begun", true)?;
    doc.commit();
    let mut merged = doc.fork();
    for n in 0..count {
        let mut branch = doc.fork();
        branch.put(ROOT, format!("key {}", n % 50), n as i64)?;
        merged.merge(&mut branch)?;
    }
    Ok(merged)
}

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn report(name: &str, mut doc: AutoCommit) -> Result<(), Box<dyn Error>> {
    let saved = doc.save();
    drop(doc);
    let before = USED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let mut doc = AutoCommit::load(&saved)?;
    let bare = USED.load(Ordering::Relaxed) - before;
    let peak = PEAK.load(Ordering::Relaxed) - before;
    let content = Document::of(&doc);
    doc.get_heads();
    let used = USED.load(Ordering::Relaxed) - before;
    let stats = doc.stats();
    let per = |count: u64| used as f64 / count as f64;
    println!(
        "{name:28} disk {:8}  ops {:7}  changes {:6}  actors {:5}  memory {used:9} (document {bare:9}, peak {peak:9})  \
         per disk byte {:6.1}  per op {:7.1}  per change {:9.1}",
        saved.len(),
        stats.num_ops,
        stats.num_changes,
        stats.num_actors,
        per(saved.len() as u64),
        per(stats.num_ops),
        per(stats.num_changes),
    );
    drop(content);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    report("empty plan", plan(1, 0, 1)?)?;
    report("plan, 20 slots, 62 edits", plan(20, 41, 2)?)?;
    report("plan, 40 slots, 500 edits", plan(40, 500, 5)?)?;
    report("plan, 200 slots", plan(200, 0, 1)?)?;
    report("plan, 40 slots, 2,000 edits", plan(40, 2_000, 20)?)?;
    report("plan, 300 devices", plan(40, 300, 300)?)?;
    report("note, 8 KiB", note("Hej på dig. ".repeat(600))?)?;
    report("typed 10,000, one change", typed(10_000, false)?)?;
    report("typed 10,000, each a change", typed(10_000, true)?)?;
    report("typed 20,000, one change", typed(20_000, false)?)?;
    report("list of 1,000", list(1_000)?)?;
    report("list of 100,000 zeros", list(100_000)?)?;
    report("1,000 maps", maps(1_000)?)?;
    report("50,000 maps", maps(50_000)?)?;
    report("noise, 1.9 MB", noise(1_900_000)?)?;
    report("noise, 50 kB", noise(50_000)?)?;
    report("200 branches", branches(200)?)?;
    Ok(())
}
