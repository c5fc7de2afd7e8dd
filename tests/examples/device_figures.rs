//! Prints what a device does, as one line of JSON; `make bench` shows it.
//!
//! `device_figures URL TOKEN ACCOUNT`, with a server that keeps an account without documents.

use std::error::Error;
use std::time::{Duration, Instant};

use samsynk_core::client::Client;
use samsynk_core::domain::view::{Link, View, ViewData};
use samsynk_core::domain::{Edit, NoteEdit};
use samsynk_core::engine::{Effects, Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId, DocumentId};
use samsynk_core::random::Random;
use samsynk_core::store::Folder;
use samsynk_core::transport::{Connection, Endpoint, Roots, connect, now};
use tempfile::TempDir;

/// How many documents are synced from nothing, and held when the store is opened.
const DOCUMENTS_COUNT: usize = 1_000;

/// How many are unchanged at a reconnect.
const UNCHANGED_COUNT: usize = 10_000;

/// How many edits are timed.
const EDITS_COUNT: usize = 501;

/// How many times the store is opened.
const OPENS_COUNT: usize = 11;

type Failed = Box<dyn Error>;

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system has randomness");
    }
}

/// A client whose messages are counted.
struct Device {
    folder: TempDir,
    client: Client,
    endpoint: Endpoint,
    connection: Option<Connection>,
    sent: Traffic,
    received: Traffic,
}

#[derive(Debug, Default, Clone, Copy)]
struct Traffic {
    messages: usize,
    bytes: usize,
}

impl Traffic {
    fn add(&mut self, message: &[u8]) {
        self.messages += 1;
        self.bytes += message.len();
    }
}

impl Device {
    fn new(endpoint: &Endpoint) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let client = open(&folder)?;
        let (sent, received) = (Traffic::default(), Traffic::default());
        Ok(Self { folder, client, endpoint: endpoint.clone(), connection: None, sent, received })
    }

    /// Connects, and returns when everything is exchanged.
    async fn sync(&mut self, first: Effects) -> Result<(), Failed> {
        let mut effects = first;
        loop {
            self.execute(effects).await?;
            let status = self.client.status();
            if status.link == Link::Synced && status.on_device + status.sent == 0 {
                return Ok(());
            }
            let open = self.connection.as_mut().ok_or("there is no connection")?;
            let message = open.receive().await?.ok_or("the server closed")?;
            self.received.add(&message);
            effects = self.client.handle(now(), Event::Received(vec![message]));
        }
    }

    async fn execute(&mut self, effects: Effects) -> Result<(), Failed> {
        let mut effects = effects;
        if effects.connect {
            self.connection = Some(connect(&self.endpoint).await?);
            effects = self.client.handle(now(), Event::Connected);
        }
        for frame in effects.frames {
            self.sent.add(&frame);
            let open = self.connection.as_mut().ok_or("there is no connection")?;
            open.send(frame).await?;
        }
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), Failed> {
        if let Some(open) = self.connection.take() {
            open.close().await;
        }
        self.client.handle(now(), Event::Disconnected);
        (self.sent, self.received) = (Traffic::default(), Traffic::default());
        let effects = self.client.handle(now(), Event::Online);
        self.sync(effects).await
    }

    /// Makes notes, connected or not.
    async fn make_notes(&mut self, account: AccountId, count: usize) -> Result<(), Failed> {
        for i in 0..count {
            let note = self.client.new_document_id();
            let create = NoteEdit::Create { owner: account, title: format!("Anteckning {i}") };
            let (_, effects) = self.client.edit(now(), note, Edit::Note(create))?;
            self.execute(effects).await?;
        }
        self.sync(Effects::default()).await
    }
}

fn open(folder: &TempDir) -> Result<Client, Failed> {
    Ok(Client::open(&Folder(folder.path().to_owned()), Box::new(SystemRandom))?)
}

fn millis(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1_000.0
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    millis(times[times.len() / 2])
}

/// How long it takes to open the store and show what the account may open.
fn opening(device: Device) -> Result<f64, Failed> {
    let Device { folder, client, .. } = device;
    drop(client);
    let times = (0..OPENS_COUNT).map(|_| {
        let start = Instant::now();
        let mut client = open(&folder)?;
        let ViewData::Home(home) = client.view(&View::Home) else { return Err("no home".into()) };
        let elapsed = start.elapsed();
        assert_eq!(home.notes.len(), DOCUMENTS_COUNT, "all are listed");
        Ok(elapsed)
    });
    Ok(median(times.collect::<Result<_, Failed>>()?))
}

/// How long an edit takes until it is on disk, without a connection: in the middle, and at worst.
fn edits(client: &mut Client, note: DocumentId) -> Result<(f64, f64), Failed> {
    let times = (0..EDITS_COUNT).map(|i| {
        let edit = Edit::Note(NoteEdit::SetTitle { title: format!("Anteckning {i}, ändrad") });
        let start = Instant::now();
        client.edit(now(), note, edit)?;
        Ok(start.elapsed())
    });
    let mut times = times.collect::<Result<Vec<_>, Failed>>()?;
    times.sort_unstable();
    Ok((millis(times[EDITS_COUNT / 2]), millis(times[EDITS_COUNT * 99 / 100])))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
async fn main() -> Result<(), Failed> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().ok_or("usage: device_figures URL TOKEN ACCOUNT");
    let endpoint = Endpoint {
        url: word()?.parse()?,
        token: word()?.parse()?,
        roots: Roots::from_der(Vec::new()),
    };
    let account: AccountId = word()?.parse()?;
    let identity = || Identity { account, device: DeviceId(SystemRandom.sixteen()) };

    let mut author = Device::new(&endpoint)?;
    let effects = author.client.enrol(now(), identity())?;
    author.sync(effects).await?;
    author.make_notes(account, DOCUMENTS_COUNT).await?;

    let mut reader = Device::new(&endpoint)?;
    let start = Instant::now();
    let effects = reader.client.enrol(now(), identity())?;
    reader.sync(effects).await?;
    let synced = millis(start.elapsed());
    let opened = opening(reader)?;

    author.make_notes(account, UNCHANGED_COUNT - DOCUMENTS_COUNT).await?;
    author.reconnect().await?;
    let (sent, received) = (author.sent, author.received);
    // The first message each way is the handshake; then each one sent is a round trip.
    let round_trips = sent.messages - 1;
    let answers = received.messages - 1;

    if let Some(open) = author.connection.take() {
        open.close().await;
    }
    author.client.handle(now(), Event::Disconnected);
    let note = author.client.new_document_id();
    let create = NoteEdit::Create { owner: account, title: "Anteckning".to_owned() };
    author.client.edit(now(), note, Edit::Note(create))?;
    let (p50, p99) = edits(&mut author.client, note)?;

    let figures = serde_json::json!({
        "sync": { "documents": DOCUMENTS_COUNT, "milliseconds": synced },
        "open": { "documents": DOCUMENTS_COUNT, "milliseconds": opened },
        "reconnect": {
            "documents": UNCHANGED_COUNT,
            "round_trips": round_trips,
            "answers": answers,
            "bytes": sent.bytes + received.bytes,
        },
        "edit": { "p50_milliseconds": p50, "p99_milliseconds": p99 },
    });
    println!("{figures}");
    Ok(())
}
