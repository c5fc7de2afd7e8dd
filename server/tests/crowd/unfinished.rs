//! Messages that begin and never end, on the real program: what they take of its memory.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::MIB;
use crate::member::{read_head, upgrade};
use crate::server::Server;

const CONNECTIONS: usize = 150;

/// The largest message, but for its end.
const BEGUN_BYTES: usize = 4 * MIB - 1;

/// Begins a message and asks with a ping whether all of it has been read. Gives the connection back if the server goes
/// on listening.
async fn begin(server: (std::net::SocketAddr, String)) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(server.0).await.unwrap();
    stream.write_all(upgrade(&server.1).as_bytes()).await.unwrap();
    read_head(&mut stream).await;
    let mut message = vec![0x02, 0x80 | 127];
    message.extend((BEGUN_BYTES as u64).to_be_bytes());
    message.extend([0; 4]);
    message.resize(message.len() + BEGUN_BYTES, 7);
    message.extend([0x89, 0x80, 0, 0, 0, 0]);
    let (mut reads, mut writes) = stream.split();
    let answered = tokio::select! {
        // The server may hang up in the middle, and says why before it does.
        _ = async { writes.write_all(&message).await?; std::future::pending::<std::io::Result<()>>().await } => false,
        answer = answer(&mut reads) => answer,
    };
    answered.then_some(stream)
}

/// Whether the server answers with a pong, rather than with a close frame or nothing.
async fn answer(reads: &mut tokio::net::tcp::ReadHalf<'_>) -> bool {
    loop {
        let Ok(kind) = reads.read_u8().await else { return false };
        let Ok(length) = reads.read_u8().await else { return false };
        match kind & 0xf {
            0xa => return true,
            0x9 => drop(copy(&mut reads.take(length.into()), &mut sink()).await),
            _ => return false,
        }
    }
}

async fn story(server: Server, bytes_max: usize) {
    let before = server.resident_bytes();
    let mut begun = JoinSet::new();
    for _ in 0..CONNECTIONS {
        begun.spawn(begin((server.address, server.token.clone())));
    }
    let held: Vec<TcpStream> = begun.join_all().await.into_iter().flatten().collect();
    let most = server.most_resident_bytes().saturating_sub(before);
    println!(
        "{} of {CONNECTIONS} unfinished messages are kept: {} MiB at most",
        held.len(),
        most / MIB
    );
    assert!(!held.is_empty(), "two of them have room");
    assert!(most < bytes_max, "{} MiB", most / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unfinished_messages_of_one_account_take_less_than_100_mib() {
    story(Server::start_for("--plaintext", 20), 100 * MIB).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_share_a_budget_also_where_the_account_may_have_as_many_sessions() {
    // What was begun beyond the budget takes memory until its connection has been ended.
    story(Server::start_for("--plaintext", 20_000), 150 * MIB).await;
}
