//! How long big instances take: `cargo test --release --lib matching::verify::tests::load -- --ignored --nocapture`.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::super::order::digest;
use super::super::{read, strict, verify};
use super::toy::Dice;

/// Teams with ten topics each, in a few districts of a city that has fewer seats than teams.
fn big(teams: usize) -> String {
    let (topics, supervisors, districts) = (teams / 4, teams / 16, 40);
    let mut dice = Dice(11);
    let mut file = String::from(r#"{"seed":"c0ffee","teams":{"#);
    let mut ranking = vec![Vec::new(); supervisors];
    for team in 0..teams {
        let mut list: Vec<usize> = Vec::new();
        while list.len() < 10 {
            // Some topics are much more popular than others.
            let topic = dice.below(topics).min(dice.below(topics));
            if !list.contains(&topic) {
                list.push(topic);
                ranking[topic % supervisors].push(team);
            }
        }
        let groups: Vec<String> = list.iter().map(|topic| format!(r#"["p{topic}"]"#)).collect();
        let comma = if team == 0 { "" } else { "," };
        write!(file, r#"{comma}"t{team}":{{"preferences":[{}]}}"#, groups.join(",")).unwrap();
    }
    file.push_str(r#"},"topics":{"#);
    for topic in 0..topics {
        let comma = if topic == 0 { "" } else { "," };
        let supervisor = topic % supervisors;
        write!(file, r#"{comma}"p{topic}":{{"supervisor":"l{supervisor}","capacity":4}}"#).unwrap();
    }
    file.push_str(r#"},"supervisors":{"#);
    for (supervisor, teams) in ranking.iter_mut().enumerate() {
        teams.sort_unstable();
        teams.dedup();
        for index in (1..teams.len()).rev() {
            teams.swap(index, dice.below(index + 1));
        }
        let groups: Vec<String> = teams
            .chunks(3)
            .map(|group| {
                format!(
                    r#"["t{}"]"#,
                    group.iter().map(usize::to_string).collect::<Vec<_>>().join(r#"","t"#)
                )
            })
            .collect();
        let comma = if supervisor == 0 { "" } else { "," };
        let district = supervisor % districts;
        write!(file, r#"{comma}"l{supervisor}":{{"district":"d{district}","capacity":15,"preferences":[{}]}}"#, groups.join(",")).unwrap();
    }
    file.push_str(r#"},"districts":{"#);
    for district in 0..districts {
        write!(
            file,
            r#""d{district}":{{"capacity":{},"district":"city"}},"#,
            teams / districts * 9 / 10
        )
        .unwrap();
    }
    write!(file, r#""city":{{"capacity":{}}}}}}}"#, teams * 8 / 10).unwrap();
    file
}

#[test]
#[ignore = "measures"]
fn strict_rules_at_a_hundred_thousand_teams() {
    let file = big(100_000);
    println!("{} MiB", file.len() >> 20);
    let instance = read::read(file.as_bytes()).unwrap();
    for (rule, derive) in [
        ("student-optimal", strict::student_optimal as fn(&_) -> _),
        ("supervisor-optimal", strict::supervisor_optimal),
    ] {
        let start = Instant::now();
        let derived = derive(&instance).unwrap();
        println!("{rule}: derived in {:?}", start.elapsed());
        let id = |topic: Option<usize>| topic.map(|topic| instance.topics[topic].id.clone());
        let teams = instance.teams.iter().zip(&derived);
        let allocation: Map<String, Value> =
            teams.map(|(team, topic)| (team.id.clone(), id(*topic).into())).collect();
        let mut profile = vec![0; 10];
        for (team, topic) in instance.teams.iter().zip(&derived) {
            if let Some(topic) = topic {
                profile[team.pair(*topic).unwrap().rank - 1] += 1;
            }
        }
        let answer = json!({ "rule": rule, "seed": "c0ffee", "input_digest": digest(file.as_bytes()),
            "allocation": allocation, "profile": profile, "size": profile.iter().sum::<i32>(),
            "blocking_pairs": [], "explanations": {} });
        let start = Instant::now();
        let verdict = verify(file.as_bytes(), answer.to_string().as_bytes()).unwrap();
        println!("{rule}: verified in {:?}, {profile:?}", start.elapsed());
        assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        assert!(verdict.unproved.is_empty(), "{:?}", verdict.unproved);
    }
}
