//! A device in a process of its own, so that it can be killed: edits notes without pause, and promises.
//!
//! `busy-device FOLDER URL ACCOUNT NAME NOTES`, with its token in `DEVICE_TOKEN`. It sets the texts of the notes,
//! which are listed with commas, to `NAME 1`, `NAME 2` and so on, and prints a text once the server has said that
//! the edit is on its disk. On its stdin, `online` is the system's hint that the network is back; `rest` ends its
//! editing, and it prints `rested` when nothing is pending. When its stdin ends it waits until it has all that the
//! server has, and ends.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;

use samsynk_core::client::Client;
use samsynk_core::domain::view::{Link, SaveState, View, ViewData};
use samsynk_core::domain::{Edit, NoteEdit};
use samsynk_core::engine::{Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random as _;
use samsynk_core::store::Folder;
use samsynk_core::transport::{Device, Endpoint, Roots};
use samsynk_tests::SystemRandom;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin, stdin};
use tokio::sync::Notify;

/// How many edits may wait for their receipts; then it waits for one.
const PENDING_COUNT_MAX: usize = 64;

type Failed = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url, account, name, notes] = words.as_slice() else {
        return Err("busy-device FOLDER URL ACCOUNT NAME NOTES".into());
    };
    let token = std::env::var("DEVICE_TOKEN")?.parse()?;
    let endpoint = Endpoint { url: url.parse()?, token, roots: Roots::default() };
    let notes = notes.split(',').map(str::parse).collect::<Result<Vec<DocumentId>, _>>();
    let notes = notes.map_err(|_| "NOTES are documents' ids")?;
    let account: AccountId = account.parse().map_err(|_| "ACCOUNT is an account's id")?;

    let client = Client::open(&Folder(folder.into()), Box::new(SystemRandom));
    let client = client.map_err(|refusal| refusal.code)?;
    if client.damaged_store().is_some() {
        return Err("the store is damaged".into());
    }
    let is_new = client.account().is_none();
    let device = Device::start(client, endpoint);
    if is_new {
        let identity = Identity { account, device: DeviceId(SystemRandom.sixteen()) };
        device.enrol(identity).map_err(|refusal| refusal.code)?;
    }
    let mut busy = Busy { device, name, notes, edits: 0, pending: BTreeMap::new() };
    busy.run(BufReader::new(stdin()).lines()).await
}

struct Busy<'a> {
    device: Device,
    name: &'a str,
    notes: Vec<DocumentId>,
    edits: usize,
    /// Texts that have been set and not promised.
    pending: BTreeMap<DocumentId, Vec<String>>,
}

impl Busy<'_> {
    async fn run(&mut self, mut told: Lines<BufReader<Stdin>>) -> Result<(), Failed> {
        let news = std::sync::Arc::new(Notify::new());
        let notified = news.clone();
        let _watch = self.device.watch(View::Status, move |_| notified.notify_one());
        let mut edits = true;
        loop {
            let may_edit = edits && self.pending_count() < PENDING_COUNT_MAX;
            tokio::select! {
                biased;
                line = told.next_line() => match line?.as_deref() {
                    Some("online") => self.device.happened(Event::Online),
                    Some("rest") => {
                        edits = false;
                        self.settle(&news).await?;
                        say("rested")?;
                    }
                    Some(other) => return Err(format!("what is {other}?").into()),
                    None => break,
                },
                () = std::future::ready(()), if may_edit => self.edit(),
                () = news.notified() => {}
            }
            // Lets the connection work, which is a task of this one thread.
            tokio::task::yield_now().await;
            self.promise()?;
        }
        self.settle(&news).await?;
        // Asks the server once more: what others did in the meantime may still be under way.
        self.device.happened(Event::Online);
        self.settle(&news).await
    }

    /// Waits until nothing is pending.
    async fn settle(&mut self, news: &Notify) -> Result<(), Failed> {
        self.promise()?;
        while !self.is_settled() {
            news.notified().await;
            self.promise()?;
        }
        Ok(())
    }

    /// Sets the text of the next note, once it has arrived.
    fn edit(&mut self) {
        let note = self.notes[self.edits % self.notes.len()];
        self.edits += 1;
        let text = format!("{} {}", self.name, self.edits);
        let edit = Edit::Note(NoteEdit::SetText { text: text.clone() });
        // Where it has not: another may have, and there will be more.
        if self.device.edit(note, edit).is_ok() {
            self.pending.entry(note).or_default().push(text);
        }
    }

    /// Prints what the server has said it has. An edit is pending before the device is asked.
    fn promise(&mut self) -> Result<(), Failed> {
        let ViewData::Device(held) = self.device.view(&View::Device) else {
            return Err("no view of the device".into());
        };
        let saved = held.documents.iter().filter(|held| held.saved == SaveState::Saved);
        for document in saved {
            for text in self.pending.remove(&document.document).unwrap_or_default() {
                say(&text)?;
            }
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        let status = self.device.status();
        let waiting = status.on_device + status.sent + status.waiting;
        status.link == Link::Synced && waiting == 0 && self.pending.is_empty()
    }

    fn pending_count(&self) -> usize {
        self.pending.values().map(Vec::len).sum()
    }
}

/// Prints a line at once: once it is out, it is a promise.
fn say(line: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
