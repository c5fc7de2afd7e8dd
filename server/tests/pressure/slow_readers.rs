//! A client that does not read is dropped when its queue is full, the others do not notice, and it finds all that
//! it missed when it comes back.

use std::time::Duration;

use samsynk_core::ids::DocumentId;
use samsynk_core::wire::Frame;
use samsynk_server::net::limits::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::memory;
use crate::phone::{Heard, Phone};
use crate::town::Town;

const NOTE: DocumentId = DocumentId([7; 16]);

const MIB: usize = 1024 * 1024;

/// What is said beside the edits: 60 KiB each, and more of them than a queue and the system's buffers hold.
const WORDS: u64 = 1_500;

/// Three devices of one person, who all have the note open.
async fn three(town: &Town) -> [Phone; 3] {
    let account = town.account().await;
    let mut writer = Phone::connect(town, &town.enrol(account).await).await;
    writer.edit(NOTE, "count", 0);
    writer.push(NOTE).await;
    writer.saved(NOTE).await;
    let mut readers = Vec::new();
    for _ in 0..2 {
        let mut reader = Phone::unmodified(town, &town.enrol(account).await).await;
        reader.push(NOTE).await;
        reader.until(NOTE, "count", 0).await;
        readers.push(reader);
    }
    let Ok([slow, other]) = <[Phone; 2]>::try_from(readers) else { unreachable!() };
    [writer, slow, other]
}

/// Says much, and edits now and then, while one reader reads and the other does not.
async fn flood(writer: &mut Phone, reader: &mut Phone) {
    let word = |sender, count| Frame::Ephemeral {
        document: NOTE,
        sender,
        target: samsynk_core::wire::PeerId::new("server").unwrap(),
        session: "cursor".to_owned(),
        count,
        data: vec![1; 60 * 1024],
    };
    let says = async {
        for count in 1..=WORDS {
            let word = word(writer.name(), count);
            writer.send(&word).await;
            if count % 100 == 0 {
                writer.edit(NOTE, "count", i64::try_from(count).unwrap());
                writer.push(NOTE).await;
                writer.saved(NOTE).await;
            }
        }
    };
    let hears = async {
        let mut heard = 0;
        while heard < WORDS {
            match reader.next().await {
                Heard::Frame(Frame::Ephemeral { count, .. }) => {
                    heard += 1;
                    assert_eq!(count, heard, "in order, and none is missing");
                }
                Heard::Frame(_) => {}
                closed @ Heard::Closed(_) => panic!("{closed:?}"),
            }
        }
    };
    tokio::join!(says, hears);
}

/// What the slow one finds when it reads at last; then it comes back.
async fn comes_back(town: &Town, mut slow: Phone) {
    let mut frames = 0;
    let code = loop {
        match slow.next().await {
            Heard::Frame(_) => frames += 1,
            Heard::Closed(code) => break code,
        }
    };
    assert_eq!(code, 1013, "after {frames} frames that were on their way");
    let mut slow = slow.again(town).await;
    slow.push(NOTE).await;
    slow.until(NOTE, "count", i64::try_from(WORDS).unwrap()).await;
}

async fn story(town: Town) {
    let [mut writer, slow, mut other] = three(&town).await;
    let before = memory::used();
    memory::watch();
    flood(&mut writer, &mut other).await;
    let most = memory::peak() - before;
    assert!(most < 100 * MIB, "one full queue, and what is on its way: {} MiB", most / MIB);
    comes_back(&town, slow).await;
    drop((writer, other));
    let left = memory::used().saturating_sub(before);
    assert!(left < 8 * MIB, "its queue is gone: {} MiB", left / MIB);
    town.end().await;
}

/// A client has time to say what is in its buffers before it is cut off.
fn limits() -> Limits {
    Limits { close_timeout: Duration::from_secs(60), ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_is_dropped_and_comes_back_without_loss() {
    story(Town::plain(limits()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_one_over_tls() {
    story(Town::tls(limits()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_byte_by_byte_is_gone_when_a_frame_takes_too_long() {
    let limits = Limits {
        write_timeout: Duration::from_millis(500),
        close_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let town = Town::plain(limits).await;
    let account = town.account().await;
    let mut writer = Phone::connect(&town, &town.enrol(account).await).await;
    writer.edit(NOTE, "count", 0);
    writer.push(NOTE).await;
    writer.saved(NOTE).await;

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let stream = socket.connect(town.address).await.unwrap();
    let enrolled = town.enrol(account).await;
    let mut slow = Phone::over(&town, &enrolled, stream, "1").await;
    slow.push(NOTE).await;
    slow.until(NOTE, "count", 0).await;
    let mut stream = slow.into_stream();

    let before = memory::used();
    memory::watch();
    let reads = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let mut bytes = 0;
        loop {
            ticks.tick().await;
            // An empty pong, as a client sends it; it fails once the server has gone.
            if stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.is_err() {
                return bytes;
            }
            match stream.read_u8().await {
                Ok(_) => bytes += 1,
                Err(_) => return bytes,
            }
        }
    };
    let mut other = Phone::unmodified(&town, &town.enrol(account).await).await;
    other.push(NOTE).await;
    other.until(NOTE, "count", 0).await;
    let (bytes, ()) = tokio::join!(reads, flood(&mut writer, &mut other));
    assert!(bytes < 10_000, "it read {bytes} bytes of 90 MB");
    let most = memory::peak() - before;
    assert!(most < 100 * MIB, "{} MiB", most / MIB);

    let mut slow = Phone::connect(&town, &enrolled).await;
    slow.push(NOTE).await;
    slow.until(NOTE, "count", i64::try_from(WORDS).unwrap()).await;
    town.end().await;
}
