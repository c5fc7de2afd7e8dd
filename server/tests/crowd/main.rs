//! Many idle sessions on the real program: what each takes, and that all of them still hear what happens.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]
#![allow(clippy::print_stdout, reason = "the figures are what one wants to see")]

mod member;
mod server;
mod unfinished;

use member::Crowd;
use server::{Server, more_files};

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_sessions_take_less_than_100_mib_and_all_hear_of_a_change() {
    more_files(10_500);
    let server = Server::start("--plaintext");
    let (empty, mut crowd) = (server.resident_bytes(), Crowd::join(&server, 10_000).await);
    // Not what the program takes by itself, with the app in it.
    let more = server.resident_bytes() - empty;
    println!("10,000 sessions in clear text: {} MiB, {} bytes each", more / MIB, more / 10_000);
    assert!(more < 100 * MIB, "{} MiB", more / MIB);
    server.change_something();
    crowd.all_hear_of_it().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sessions_over_tls_take_little_more() {
    more_files(1_500);
    let server = Server::start("--tls-self-signed");
    let (empty, mut crowd) = (server.resident_bytes(), Crowd::join(&server, 1_000).await);
    let each = (server.resident_bytes() - empty) / 1_000;
    println!("1,000 sessions over TLS: {each} bytes each");
    assert!(each < 24 * 1024, "{each}");
    server.change_something();
    crowd.all_hear_of_it().await;
}
