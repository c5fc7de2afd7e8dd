//! Servers: starting, refusing to start, ending; the demo.

use std::collections::BTreeSet;

use crate::support::{Data, enrol, http};

#[test]
fn clear_text_is_refused_for_addresses_of_others() {
    let data = Data::new();
    let said = data.run(&["serve", "--listen", "0.0.0.0:0", "--plaintext"]).failed(2);
    assert!(said.contains("--behind-proxy"), "{said}");
    let said = data.run(&["demo", "--listen", "0.0.0.0:0"]).failed(2);
    assert!(said.contains("this machine alone"), "{said}");
    assert!(!data.path().exists(), "nothing was begun");
}

#[test]
fn two_servers_cannot_have_the_same_data_and_the_first_is_not_disturbed() {
    let data = Data::new();
    let (server, port) = data.serve();
    let said = data.run(&["serve", "--listen", "127.0.0.1:0", "--plaintext"]).failed(3);
    assert!(said.contains("in use"), "{said}");
    assert_eq!(http(port, "GET", "/healthz", "", "").0, 200);
    server.end();
    let (again, _) = data.serve();
    again.end();
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (data, other) = (Data::new(), Data::new());
    let (server, port) = data.serve();
    let address = format!("127.0.0.1:{port}");
    let said = other.run(&["serve", "--listen", &address, "--plaintext"]).failed(3);
    assert!(said.contains(&address), "{said}");
    server.end();
}

#[test]
fn a_self_signed_server_shows_the_same_fingerprint_after_a_restart() {
    let data = Data::new();
    let start = || {
        let mut server = data.start(&["serve", "--listen", "127.0.0.1:0", "--tls-self-signed"]);
        let listening = server.line();
        assert!(listening.starts_with("listening on https://127.0.0.1:"), "{listening}");
        let fingerprint = server.line();
        server.end();
        fingerprint
    };
    let first = start();
    assert!(first.starts_with("SHA-256 fingerprint "), "{first}");
    assert_eq!(start(), first);
}

#[test]
fn the_demo_gives_each_role_a_link_that_enrols_once_and_new_ones_with_each_start() {
    let data = Data::new();
    let roles = [
        "student-farsta",
        "student-rinkeby-kista",
        "student-spanga-tensta",
        "staff-farsta",
        "staff-farsta-2",
        "staff-rinkeby-kista",
        "staff-spanga-tensta",
        "staff-enskede-arsta-vantor",
        "staff-socialforvaltningen",
        "coordinator",
        "lead",
    ];
    let mut accounts = Vec::new();
    for _ in 0..2 {
        let mut demo = data.start(&["demo", "--listen", "127.0.0.1:0"]);
        let links = roles.map(|role| link(&demo.line(), role));
        let port = links[0].0;
        assert_eq!(http(port, "GET", "/healthz", "", "").0, 200);
        let enrolled = links.map(|(_, invitation)| {
            let (status, body) = enrol(port, &invitation);
            assert_eq!(status, 200, "{body}");
            assert_eq!(enrol(port, &invitation).0, 409);
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            body["account"].as_str().unwrap().to_owned()
        });
        accounts.push(BTreeSet::from(enrolled));
        demo.end();
    }
    assert_eq!(accounts[0].len(), roles.len());
    assert_eq!(accounts[0], accounts[1], "the same people");
}

/// Port and invitation of a line of the demo.
fn link(line: &str, role: &str) -> (u16, String) {
    let link = line.strip_prefix(&format!("{role}\thttp://{role}.localhost:")).expect(line);
    let (port, invitation) = link.split_once("/#enrol=").expect(line);
    (port.parse().unwrap(), invitation.to_owned())
}

#[test]
fn the_demo_leaves_other_peoples_data_alone() {
    let data = Data::new();
    data.run(&["account", "add", "--role", "lead"]).ok();
    let said = data.run(&["demo", "--listen", "127.0.0.1:0"]).failed(1);
    assert!(said.contains("data of its own"), "{said}");
    assert_eq!(data.run(&["account", "list"]).ok().lines().count(), 1);
}

#[test]
fn a_hangup_does_not_end_a_server() {
    let data = Data::new();
    let (server, port) = data.serve();
    server.signal("HUP");
    assert_eq!(http(port, "GET", "/healthz", "", "").0, 200);
    // It was heard, since what follows it is.
    server.end();
}

#[test]
fn whoever_opens_the_socket_and_says_nothing_keeps_no_command_waiting() {
    let data = Data::new();
    let (server, _) = data.serve();
    let silent =
        || std::os::unix::net::UnixStream::connect(data.path().join("admin.sock")).unwrap();
    let held: Vec<_> = (0..50).map(|_| silent()).collect();
    let begun = std::time::Instant::now();
    data.run(&["account", "list"]).ok();
    let waited = begun.elapsed();
    assert!(waited < std::time::Duration::from_secs(4), "{waited:?}");
    drop(held);
    server.end();
}

#[test]
fn whoever_says_a_request_byte_by_byte_loses_the_place_that_it_takes() {
    use std::io::{Read as _, Write as _};
    let data = Data::new();
    let (server, _) = data.serve();
    let drip = |mut stream: std::os::unix::net::UnixStream| {
        // What paces it is waiting for an answer.
        stream.set_read_timeout(Some(std::time::Duration::from_millis(500))).unwrap();
        let begun = std::time::Instant::now();
        while stream.write_all(b" ").is_ok() && stream.read(&mut [0]).is_err() {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it is never dropped");
        }
    };
    let held: Vec<_> = (0..8)
        .map(|_| std::os::unix::net::UnixStream::connect(data.path().join("admin.sock")).unwrap())
        .map(|stream| std::thread::spawn(move || drip(stream)))
        .collect();
    data.run(&["account", "list"]).ok();
    held.into_iter().for_each(|held| held.join().unwrap());
    server.end();
}

#[test]
fn commands_at_once_without_a_server_wait_for_each_other() {
    let data = Data::new();
    let run = || data.run(&["account", "add", "--role", "lead"]).ok();
    let made: BTreeSet<String> = std::thread::scope(|scope| {
        let commands: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        commands.into_iter().map(|command| command.join().unwrap()).collect()
    });
    assert_eq!(made.len(), 8);
    assert_eq!(data.run(&["account", "list"]).ok().lines().count(), 8);
}

#[test]
fn the_path_of_the_data_may_be_longer_than_a_sockets_name() {
    let data = Data::at(&"a-long-name-for-a-folder/".repeat(10));
    data.run(&["account", "add", "--role", "lead"]).ok();
    let (server, port) = data.serve();
    assert_eq!(http(port, "GET", "/healthz", "", "").0, 200);
    data.run(&["account", "add", "--role", "lead"]).ok();
    assert_eq!(data.run(&["account", "list"]).ok().lines().count(), 2);
    server.end();
}

/// How many enrolments with invented links a server answers until it says to wait, at most so many as it would in a minute.
fn answered(port: u16, headers: impl Fn(usize) -> String) -> usize {
    let tried = |n: usize| {
        let headers = format!("content-type: application/json\r\n{}", headers(n));
        http(port, "POST", "/enrol", &headers, "{\"invitation\": \"made up\"}").0
    };
    (0..100).take_while(|n| tried(*n) == 401).count()
}

#[test]
fn a_proxy_is_believed_only_where_the_operator_has_named_it() {
    let chosen = |n: usize| format!("x-forwarded-for: 192.0.2.{n}\r\n");
    let fixed = |_| "x-forwarded-for: 198.51.100.1\r\n".to_owned();
    let data = Data::new();
    let (server, port) = data.serve();
    assert!(answered(port, chosen) < 100, "who chooses an address does not pass the limit");
    server.end();

    let serve = ["serve", "--listen", "127.0.0.1:0", "--plaintext", "--behind-proxy"];
    let mut server = data.start(&[&serve[..], &["--trusted-proxy", "127.0.0.1"]].concat());
    let port = server.port();
    assert!(answered(port, fixed) < 100, "one client");
    assert_eq!(answered(port, chosen), 100, "a hundred clients of one proxy");
    // The proxy says so of all that it passes on; what says nothing was asked on this machine.
    assert_eq!(http(port, "GET", "/metrics", "", "").0, 200);
    assert_eq!(http(port, "GET", "/metrics", &chosen(1), "").0, 403);
    server.end();

    // Without a name it is one address like any other.
    let mut server = data.start(&serve);
    let port = server.port();
    assert!(answered(port, chosen) < 100);
    assert_eq!(http(port, "GET", "/metrics", "forwarded: for=127.0.0.1\r\n", "").0, 403);
    server.end();
    let said = data.run(&[&serve[..], &["--trusted-proxy", "proxy.example"]].concat()).failed(2);
    assert!(said.contains("10.0.0.0/24"), "{said}");
}
