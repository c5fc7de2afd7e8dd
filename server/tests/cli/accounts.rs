//! Accounts, roles, tokens, invitations, with and without a running server.

use crate::support::{Data, TOWN, enrol, http, lets_in};

#[test]
fn an_account_is_added_given_roles_listed_and_found_by_name() {
    let data = Data::new();
    let said = data.run(&["account", "list"]).failed(3);
    assert!(said.contains("holds no samsynk data"), "{said}");
    assert!(!data.path().exists(), "looking begins nothing");
    let added = data.run(&["account", "add", "--name", "Fia Fiktiv", "--role", "lead"]).ok();
    let id = added.strip_suffix('\n').unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "the id alone: {added}");

    assert_eq!(data.run(&["account", "role", "add", id, "staff@farsta"]).ok(), "");
    assert_eq!(
        data.run(&["account", "list"]).ok(),
        format!("{id}\tlead staff@farsta\tFia Fiktiv\n")
    );
    assert_eq!(data.run(&["account", "role", "remove", id, "lead"]).ok(), "");
    let line = format!("{id}\tstaff@farsta\tFia Fiktiv\n");
    assert_eq!(data.run(&["account", "list"]).ok(), line);
    data.run(&["account", "add", "--name", "Testa Testsson"]).ok();
    for part in ["fiktiv", "FIA", "staff@far", id] {
        assert_eq!(data.run(&["account", "find", part]).ok(), line, "{part}");
    }
    let nobody = data.run(&["account", "find", "nobody"]);
    assert!(nobody.stderr.contains("no account"), "{nobody:?}");
    assert_eq!(nobody.ok(), "");
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence_and_an_exit_code() {
    let data = Data::new();
    let somebody = data.run(&["account", "add"]).ok();
    let (nobody, somebody_is) = ("0".repeat(32), somebody.trim_end());
    for (arguments, code, expected) in [
        (&["token", &nobody][..], 1, "no such account"),
        (&["invite", &nobody], 1, "no such account"),
        (&["account", "role", "add", &nobody, "lead"], 1, "no such account"),
        (&["account", "add", "--name", "811218-9876"], 1, "personal identity number"),
        (&["account", "add", "--role", "staff@811218-9876"], 1, "personal identity number"),
        (&["account", "add", "--university", "811218-9876"], 1, "personal identity number"),
        (&["token", somebody_is, "--label", "of 811218-9876"], 1, "personal identity number"),
        (&["account", "add", "--role", "boss"], 2, "staff@UNIT"),
        (&["account", "add", "--name", "  "], 1, "must not be empty"),
        (&["device", "list", &nobody], 1, "no such account"),
        (&["device", "revoke", &nobody], 1, "no such device"),
        (&["device", "revoke"], 2, "DEVICE"),
        (&["forget-history", "4NMNnkMhL8jXrdJ9jamS58PAVdXu"], 1, "no such document"),
        (&["mend", "4NMNnkMhL8jXrdJ9jamS58PAVdXu"], 1, "no such document"),
        (&["device", "revoke", "--all", &nobody], 1, "no such account"),
        (&["invitation", "revoke", &nobody], 1, "no such invitation"),
        (&["invite", &nobody, "--expires", "0"], 2, "0 is not in"),
        (&["token", "farsta"], 2, "32 hexadecimal digits"),
        (&["serve", "--listen", "127.0.0.1:0"], 2, "--plaintext"),
        (
            &["serve", "--listen", "[::1]:0", "--plaintext", "--account-sessions-max", "0"],
            2,
            "1..=20000",
        ),
        (&["dance"], 2, "unrecognized subcommand"),
    ] {
        let said = data.run(arguments).failed(code);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let only = format!("{}\t\t\n", somebody.trim_end());
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

#[test]
fn a_role_at_a_unit_that_is_not_there_is_refused_with_those_that_are() {
    let data = Data::new();
    data.run(&["import", &data.file("town.json", TOWN)]).ok();
    let before = data.run(&["account", "list"]).ok();
    let known = before.lines().next().and_then(|line| line.split('\t').next()).unwrap().to_owned();
    for arguments in [
        &["account", "add", "--role", "staff@nowhere"][..],
        &["account", "role", "add", &known, "staff@nowhere"],
    ] {
        let said = data.run(arguments).failed(1);
        assert!(said.contains("no unit nowhere") && said.contains("farsta"), "{said}");
    }
    for arguments in [
        &["account", "add", "--role", "coordinator@nowhere"][..],
        &["account", "add", "--role", "student", "--university", "nowhere"],
    ] {
        let said = data.run(arguments).failed(1);
        assert!(said.contains("no university nowhere"), "{said}");
    }
    assert_eq!(data.run(&["account", "list"]).ok(), before, "nothing has come of it");
    data.run(&["account", "add", "--role", "staff@farsta"]).ok();
}

/// A program's enrolment that can be repeated: status and body.
fn attempt(port: u16, invitation: &str, nonce: &str) -> (u16, String) {
    let body = format!(r#"{{"invitation": "{invitation}", "nonce": "{nonce}", "label": "phone"}}"#);
    http(port, "POST", "/enrol", "content-type: application/json\r\n", &body)
}

fn field(json: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value[name].as_str().unwrap().to_owned()
}

#[test]
fn a_lost_phone_is_found_by_its_owners_name_and_revoked() {
    let data = Data::new();
    let added = data.run(&["account", "add", "--name", "Fia Fiktiv"]).ok();
    let id = added.trim_end();
    let (server, port) = data.serve();
    let enrolled = |_| {
        let link = data.run(&["invite", id]).ok();
        let secret = link.trim_end().split_once("#enrol=").unwrap().1.to_owned();
        let (status, body) = attempt(port, &secret, "n");
        assert_eq!(status, 200, "{body}");
        (field(&body, "device"), field(&body, "token"))
    };
    let phones: Vec<_> = (0..3).map(enrolled).collect();
    let said = data.run(&["device", "name", &phones[0].0, "of 811218-9876"]).failed(1);
    assert!(said.contains("personal identity number"), "{said}");
    data.run(&["device", "name", &phones[0].0, "the lost\tphone"]).ok();

    let listed = data.run(&["device", "list", id]).ok();
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 3, "{listed}");
    for line in &lines {
        let day = line[4];
        assert_eq!((line.len(), line[1], day.len()), (5, id, "2021-12-13".len()), "{listed}");
    }
    let lost = lines.iter().find(|line| line[2] == "the lost phone").expect(&listed);
    assert_eq!(lost[0], phones[0].0);
    data.run(&["device", "revoke", lost[0]]).ok();
    assert!(!lets_in(port, &phones[0].1) && lets_in(port, &phones[1].1));
    let again = data.run(&["device", "revoke", lost[0]]).failed(1);
    assert!(again.contains("revoked already"), "{again}");
    let again = data.run(&["device", "revoke-token", &phones[0].1]).failed(1);
    assert!(again.contains("no such token"), "{again}");
    data.run(&["device", "revoke", "--all", id]).ok();
    assert_eq!(data.run(&["device", "list"]).ok(), "");
    assert!(!lets_in(port, &phones[1].1) && !lets_in(port, &phones[2].1));
    server.end();
}

#[test]
fn invitations_are_listed_withdrawn_and_bounded() {
    let data = Data::new();
    let added = data.run(&["account", "add"]).ok();
    let id = added.trim_end();
    let (server, port) = data.serve();
    let secret = |link: String| link.trim_end().split_once("#enrol=").unwrap().1.to_owned();
    let first = secret(data.run(&["invite", id, "--expires", "60"]).ok());
    let listed = data.run(&["invitation", "list", id]).ok();
    let line: Vec<&str> = listed.trim_end().split('\t').collect();
    assert_eq!((line.len(), line[1]), (4, id), "{listed}");
    assert!(!listed.contains(&first), "an id is no way in");
    data.run(&["invitation", "revoke", line[0]]).ok();
    assert_eq!(data.run(&["invitation", "list"]).ok(), "");
    assert_eq!(enrol(port, &first).0, 409, "withdrawn");

    for _ in 0..20 {
        data.run(&["invite", id]).ok();
    }
    let said = data.run(&["invite", id]).failed(1);
    assert!(said.contains("20 unused invitations"), "{said}");
    data.run(&["invitation", "revoke", "--all", id]).ok();
    data.run(&["invite", id]).ok();
    server.end();
}

#[test]
fn an_answer_that_was_lost_is_given_again_to_the_same_attempt_alone() {
    let data = Data::new();
    let added = data.run(&["account", "add"]).ok();
    let (server, port) = data.serve();
    let link = data.run(&["invite", added.trim_end()]).ok();
    let secret = link.trim_end().split_once("#enrol=").unwrap().1;
    let ask =
        || http(port, "POST", "/invitation", JSON, &format!(r#"{{"invitation": "{secret}"}}"#));
    for _ in 0..2 {
        let (status, body) = ask();
        assert_eq!((status, field(&body, "state").as_str()), (200, "open"), "asking uses nothing");
    }
    let (_, lost) = attempt(port, secret, "mine");
    assert_eq!(attempt(port, secret, "another's").0, 409);
    assert_eq!(enrol(port, secret).0, 409, "without a nonce nothing can be repeated");
    let (status, again) = attempt(port, secret, "mine");
    assert_eq!((status, field(&again, "device")), (200, field(&lost, "device")));
    assert!(lets_in(port, &field(&again, "token")));
    assert!(!lets_in(port, &field(&lost, "token")), "the lost answer lets nobody in");
    assert_eq!(field(&ask().1, "state"), "used");
    data.run(&["device", "revoke", &field(&lost, "device")]).ok();
    assert_eq!(attempt(port, secret, "mine").0, 409, "what was revoked does not come back");
    server.end();
}

#[test]
fn links_are_whole_wherever_they_are_made_once_the_server_was_told_its_address() {
    let data = Data::new();
    let added = data.run(&["account", "add"]).ok();
    let id = added.trim_end();
    let bare = data.run(&["invite", id]);
    assert!(bare.stderr.contains("--origin"), "{bare:?}");
    assert!(bare.ok().starts_with("/#enrol="));
    let listen = ["serve", "--listen", "127.0.0.1:0", "--plaintext"];
    let mut server = data.start(&[&listen[..], &["--origin", "https://samsynk.example/"]].concat());
    server.line();
    assert!(data.run(&["invite", id]).ok().starts_with("https://samsynk.example/#enrol="));
    server.end();
    let whole = data.run(&["invite", id]);
    assert_eq!(whole.stderr, "");
    assert!(whole.ok().starts_with("https://samsynk.example/#enrol="));
    let other = data.run(&["invite", id, "--origin", "https://other.example"]).ok();
    assert!(other.starts_with("https://other.example/#enrol="));
}

#[test]
fn a_secret_that_nobody_can_have_read_lets_nobody_in() {
    let data = Data::new();
    let added = data.run(&["account", "add"]).ok();
    let id = added.trim_end();
    let stays = || data.run(&["device", "list"]).ok() + &data.run(&["invitation", "list"]).ok();
    for (server, command) in
        [(false, "token"), (false, "invite"), (true, "token"), (true, "invite")]
    {
        let server = server.then(|| data.serve());
        let said = data.run_into("/dev/full", &[command, id]).failed(3);
        assert!(said.contains("cannot print it, so it is revoked: No space"), "{said}");
        let said = data.run_to_nobody(&[command, id]).failed(3);
        assert!(said.contains("cannot print it, so it is revoked: Broken pipe"), "{said}");
        let said = data.run_into("/dev/null", &[command, id]).failed(2);
        assert!(said.contains("nobody would see it"), "{said}");
        assert_eq!(stays(), "", "{command}");
        if let Some((server, _)) = server {
            server.end();
        }
    }
    let said = data.run_into("/dev/full", &["account", "add"]).failed(3);
    let accounts = data.run(&["account", "list"]).ok();
    let other = accounts.lines().find(|line| !line.starts_with(id)).unwrap();
    assert!(said.contains(other.trim_end()) && said.contains("is added"), "{said}");
}

/// What a browser on our own page sends beside the body.
const JSON: &str = "content-type: application/json\r\n";

#[test]
fn people_look_after_their_own_devices_and_a_lead_after_those_of_others() {
    let data = Data::new();
    let account = |name: &str, role: &str| {
        let added = data.run(&["account", "add", "--name", name, "--role", role]).ok();
        let id = added.trim_end().to_owned();
        let token = data.run(&["token", &id]).ok().trim_end().to_owned();
        (id, token)
    };
    let (student, his) = account("Sture Student", "student");
    let (_, hers) = account("Leda Ledarsson", "lead");
    let (boss, _) = account("Adam Admin", "admin");
    let (server, port) = data.serve();
    let ask = |token: &str, body: String| {
        let headers = format!("{JSON}authorization: Bearer {token}\r\n");
        http(port, "POST", "/access", &headers, &body)
    };
    let of = |ask: &str, account: &str| format!(r#"{{"ask": "{ask}", "account": "{account}"}}"#);

    let (status, own) = ask(&his, r#"{"ask": "overview"}"#.into());
    assert_eq!(status, 200, "{own}");
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    assert_eq!(
        (own["name"].as_str(), own["others"].as_bool()),
        (Some("Sture Student"), Some(false))
    );
    assert_eq!(own["devices"][0]["device"], own["this"]);

    for (token, body, status) in [
        (&his, of("overview", &boss), 403),
        (&his, r#"{"ask": "find", "text": "adam"}"#.into(), 403),
        (&hers, of("overview", &boss), 403),
        (&hers, of("invite", &boss), 403),
        (&hers, of("overview", &student), 200),
        (&hers, r#"{"ask": "find", "text": "sture"}"#.into(), 200),
        (&"invented".to_owned(), r#"{"ask": "overview"}"#.into(), 401),
    ] {
        assert_eq!(ask(token, body.clone()).0, status, "{body}");
    }
    let find = |text: &str| {
        let (_, found) = ask(&hers, serde_json::json!({ "ask": "find", "text": text }).to_string());
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        let accounts = found["accounts"].as_array().unwrap().iter();
        let names: Vec<_> =
            accounts.map(|line| line["name"].as_str().unwrap().to_owned()).collect();
        (names, found["more"].as_u64().unwrap())
    };
    let everybody = ["Adam Admin", "Leda Ledarsson", "Sture Student"].map(str::to_owned).to_vec();
    assert_eq!(find(""), (everybody, 0));
    assert_eq!(find("   "), find(""), "nothing is asked for");
    assert_eq!(find(" sture   STUDENT ").0, ["Sture Student"]);
    for n in 1..=30 {
        data.run(&["account", "add", "--name", &format!("Åsa {n:02}"), "--role", "student"]).ok();
    }
    let (names, more) = find("");
    assert_eq!((names.len(), names[2].as_str(), more), (30, "Sture Student", 3));
    assert_eq!(find("a\u{30a}sa 07").0, ["Åsa 07"], "composed in another way");

    let (status, invited) = ask(&hers, of("invite", &student));
    assert_eq!(status, 200, "{invited}");
    let (_, phone) = attempt(port, &field(&invited, "invitation"), "n");
    let phone = field(&phone, "device");
    let number = format!(r#"{{"ask": "name", "device": "{phone}", "name": "811218-9876"}}"#);
    let (status, refused) = ask(&his, number);
    assert_eq!((status, field(&refused, "code").as_str()), (403, "personal-number"));
    let rename = format!(r#"{{"ask": "name", "device": "{phone}", "name": "min mobil"}}"#);
    assert_eq!(ask(&his, rename).0, 200);
    assert!(data.run(&["device", "list", &student]).ok().contains("min mobil"));
    assert_eq!(ask(&his, r#"{"ask": "revoke-all"}"#.into()).0, 200);
    assert!(lets_in(port, &his), "the device that asks stays");
    assert!(!data.run(&["device", "list", &student]).ok().contains(&phone));
    assert_eq!(ask(&hers, of("revoke-all", &student)).0, 200);
    assert!(!lets_in(port, &his));
    server.end();
}
