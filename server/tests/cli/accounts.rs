//! Accounts, roles, tokens, invitations, with and without a running server.

use crate::support::{Data, enrol, lets_in};

#[test]
fn an_account_is_added_listed_and_given_roles_and_its_name_is_not_shown() {
    let data = Data::new();
    let said = data.run(&["account", "list"]).failed(3);
    assert!(said.contains("holds no samsynk data"), "{said}");
    assert!(!data.path().exists(), "looking begins nothing");
    let added = data.run(&["account", "add", "--name", "Fia Fiktiv", "--role", "lead"]).ok();
    let id = added.strip_suffix('\n').unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "the id alone: {added}");

    assert_eq!(data.run(&["account", "role", "add", id, "staff@farsta"]).ok(), "");
    assert_eq!(data.run(&["account", "list"]).ok(), format!("{id}\tlead staff@farsta\n"));
    assert_eq!(data.run(&["account", "role", "remove", id, "lead"]).ok(), "");
    assert_eq!(data.run(&["account", "list"]).ok(), format!("{id}\tstaff@farsta\n"));
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence_and_an_exit_code() {
    let data = Data::new();
    let somebody = data.run(&["account", "add"]).ok();
    let nobody = "0".repeat(32);
    for (arguments, code, expected) in [
        (&["token", &nobody][..], 1, "no such account"),
        (&["invite", &nobody], 1, "no such account"),
        (&["account", "role", "add", &nobody, "lead"], 1, "no such account"),
        (&["account", "add", "--name", "811218-9876"], 1, "personal identity number"),
        (&["account", "add", "--role", "boss"], 2, "staff@UNIT"),
        (&["token", "farsta"], 2, "32 hexadecimal digits"),
        (&["serve", "--listen", "127.0.0.1:0"], 2, "--plaintext"),
        (&["dance"], 2, "unrecognized subcommand"),
    ] {
        let said = data.run(arguments).failed(code);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let only = format!("{}\t\n", somebody.trim_end());
    assert_eq!(data.run(&["account", "list"]).ok(), only, "nothing has come of it");
}

#[test]
fn tokens_and_invitations_made_without_a_server_work_on_it_and_beside_it() {
    let data = Data::new();
    let added = data.run(&["account", "add", "--role", "lead"]).ok();
    let id = added.trim_end();
    let before = data.run(&["token", id]).ok();

    let (server, port) = data.serve();
    let beside = data.run(&["token", id]).ok();
    for token in [&before, &beside] {
        let token = token.strip_suffix('\n').unwrap();
        assert!(!token.contains(char::is_whitespace), "the token alone: {token}");
        assert!(lets_in(port, token));
    }
    assert!(!lets_in(port, "invented"));

    let link = data.run(&["invite", id, "--origin", "https://samsynk.example"]).ok();
    let secret = link.trim_end().strip_prefix("https://samsynk.example/#enrol=").expect(&link);
    let (status, body) = enrol(port, secret);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(id), "{body}");
    assert_eq!(enrol(port, secret).0, 409, "an invitation works once");
    server.end();
}
