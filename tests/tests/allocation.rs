//! A coordinator places thesis teams from a file, and others check it: the program as it is run.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::fs;

use samsynk_tests::{Ran, Round, Seed};
use serde_json::{Value, json};
use tempfile::TempDir;

const RULES: [&str; 6] =
    ["student-optimal", "supervisor-optimal", "largest-stable", "greedy", "generous", "least-cost"];

/// A folder with a round of a real one's size in `round.json`.
fn coordinator() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("round.json"), Round::REAL.instance(&mut Seed::of(7))).unwrap();
    folder
}

fn files(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_rule_places_the_round_the_same_way_twice_and_the_verifier_agrees() {
    let folder = coordinator();
    for rule in RULES {
        let words = ["allocate", "round.json", "--rule", rule];
        let first = Ran::samsynk(folder.path(), &words);
        assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""), "{rule}");
        assert_eq!(first, Ran::samsynk(folder.path(), &words), "{rule}");
        let answer: Value = serde_json::from_str(&first.stdout).unwrap();
        assert_eq!(answer["rule"], rule);
        assert_eq!(answer["allocation"].as_object().unwrap().len(), Round::REAL.teams);

        let verdict = Ran::with_stdin(
            folder.path(),
            &["verify-allocation", "round.json", "-"],
            &first.stdout,
        );
        assert_eq!((verdict.code, verdict.stderr.as_str()), (Some(0), ""), "{rule}: {verdict:?}");
        assert!(verdict.stdout.starts_with("right: "), "{}", verdict.stdout);
    }
}

#[test]
fn a_lead_compares_the_rules_on_a_round_before_choosing_one() {
    let folder = coordinator();
    let ran = Ran::samsynk(folder.path(), &["allocate", "round.json", "--compare"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let rows: Vec<Vec<_>> =
        ran.stdout.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), RULES);
    let placed = |row: &str| row[20..28].trim().to_owned();
    let column: Vec<_> = ran.stdout.lines().map(placed).collect();
    assert_eq!(column[0], "placed");
    assert!(column[1..].iter().zip(&rows).all(|(cell, row)| cell == row[1]), "{}", ran.stdout);
    for row in rows {
        let said =
            Ran::samsynk(folder.path(), &["allocate", "round.json", "--rule", row[0]]).stdout;
        let answer: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(row[1], answer["size"].to_string());
        assert_eq!(row[3], answer["blocking_pairs"].as_array().unwrap().len().to_string());
    }
}

#[test]
fn what_ids_say_cannot_steer_a_terminal() {
    let folder = coordinator();
    let ran = Ran::samsynk(
        folder.path(),
        &["allocate", "round.json", "--explain", "\u{1b}[31ms5\nforged"],
    );
    assert_eq!(
        ran.stderr,
        "samsynk: round.json: unknown-team: there is no team \\u{1b}[31ms5\\nforged\n"
    );
}

#[test]
fn a_result_that_somebody_has_changed_or_of_another_round_is_found_out() {
    let folder = coordinator();
    let said = Ran::samsynk(folder.path(), &["allocate", "round.json"]).stdout;
    let mut answer: Value = serde_json::from_str(&said).unwrap();
    let allocation = answer["allocation"].as_object_mut().unwrap();
    let (mine, theirs) = (allocation["s1"].clone(), allocation["s2"].clone());
    allocation["s1"] = theirs;
    allocation["s2"] = mine;
    let verify = |text: &str| {
        Ran::with_stdin(folder.path(), &["verify-allocation", "round.json", "-"], text)
    };

    let changed = verify(&answer.to_string());
    assert_eq!((changed.code, changed.stdout.as_str()), (Some(1), ""));
    assert!(changed.stderr.contains("stdin: allocation.s1: "), "{}", changed.stderr);

    fs::write(folder.path().join("round.json"), Round::REAL.instance(&mut Seed::of(8))).unwrap();
    let other = verify(&said);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("stdin: input_digest: "), "{}", other.stderr);
}

#[test]
fn a_team_hears_why_and_nothing_about_others() {
    let folder = coordinator();
    let said = Ran::samsynk(folder.path(), &["allocate", "round.json", "--explain", "s1"]).stdout;
    let answer: Value = serde_json::from_str(&said).unwrap();
    let explanations = answer["explanations"].as_object().unwrap();
    assert_eq!(explanations.keys().collect::<Vec<_>>(), ["s1"]);
    assert_ne!(explanations["s1"]["missed"], json!([]), "s1 has something to be told");
    let teams = answer["allocation"].as_object().unwrap().keys();
    let words = explanations["s1"].to_string();
    let named: Vec<_> = teams.filter(|team| words.contains(&format!("\"{team}\""))).collect();
    assert_eq!(named, [] as [&String; 0]);

    let words = ["allocate", "round.json", "--explain", "s1", "--only-reasons"];
    let reasons: Value = serde_json::from_str(&Ran::samsynk(folder.path(), &words).stdout).unwrap();
    let fields = reasons.as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(fields, ["explanations", "input_digest", "rule"]);
    assert_eq!(reasons["explanations"], answer["explanations"]);

    let unknown = Ran::samsynk(folder.path(), &["allocate", "round.json", "--explain", "s999"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert_eq!(unknown.stderr, "samsynk: round.json: unknown-team: there is no team s999\n");
}

#[test]
fn a_wrong_file_is_told_with_its_faults_and_nothing_is_written() {
    let folder = coordinator();
    let read = |text: &str| Ran::with_stdin(folder.path(), &["allocate", "-"], text);
    let wrong = r#"{"teams": {"s1": {"size": 0, "preferences": [["p1"], ["p1"], ["p9"]]}},
        "topics": {"p1": {"supervisor": "l1", "capacity": 0}},
        "supervisors": {"l1": {"capacity": 1, "district": "d1"}}, "seed": "c0ffee"}"#;
    let ran = read(wrong);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    let expected = "samsynk: nothing was allocated:
stdin: supervisors.l1.district: unknown-district: there is no district d1
stdin: topics.p1.capacity: capacity-out-of-range: expected a whole number of teams from 1 to 1000000
stdin: teams.s1.size: size-out-of-range: expected a whole number of persons from 1 to 20
stdin: teams.s1.preferences[1][0]: duplicate-rank: p1 is ranked twice; expected each once
stdin: teams.s1.preferences[2][0]: unknown-topic: there is no topic p9
";
    assert_eq!(ran.stderr, expected);

    for (text, code) in [
        ("Dear coordinator,".to_owned(), "not-json"),
        ("[".repeat(100_000), "malformed"),
        (format!(r#"{{"teams": {}"#, "[".repeat(100_000)), "malformed"),
        (format!(r#"{{"teams": {{"s1": {{"preferences": {}"#, "[".repeat(1_000)), "malformed"),
        (" ".repeat(10 << 20), "file-too-large"),
    ] {
        let ran = read(&text);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{code}");
        assert!(ran.stderr.contains(&format!(" {code}: ")), "{code}: {}", ran.stderr);
    }
    let missing = Ran::samsynk(folder.path(), &["allocate", "absent.json"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(3), ""));
    assert_eq!(files(&folder), ["round.json"]);
}

#[test]
fn lower_quotas_that_cannot_be_met_are_refused_with_what_can_be_done() {
    let town = r#"{"teams": {"s1": {"preferences": [["p1"], ["p2"]]}},
        "topics": {"p1": {"supervisor": "l1", "capacity": 1}, "p2": {"supervisor": "l1", "lower": 1, "capacity": 1}},
        "supervisors": {"l1": {"capacity": 2}}, "seed": "c0ffee"}"#;
    let folder = coordinator();
    let stable = Ran::with_stdin(folder.path(), &["allocate", "-"], town);
    assert_eq!((stable.code, stable.stdout.as_str()), (Some(1), ""));
    assert!(stable.stderr.contains(
        "lower-quota-unmet: the stable allocation gives the topic p2 0 of at least 1 teams"
    ));
    let greedy = Ran::with_stdin(folder.path(), &["allocate", "-", "--rule", "greedy"], town);
    assert_eq!(greedy.code, Some(0));
    let impossible =
        town.replace(r#""p1": {"supervisor": "l1","#, r#""p1": {"supervisor": "l1", "lower": 1,"#);
    let refused =
        Ran::with_stdin(folder.path(), &["allocate", "-", "--rule", "greedy"], &impossible);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("lower-quota-infeasible: "), "{}", refused.stderr);
}
