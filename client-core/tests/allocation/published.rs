//! Small instances from the literature and the manuals of other programs, and what they say is the answer.

use serde_json::{Value, json};

use crate::allocator::{self, Rule};
use crate::instance::Instance;

/// Lists as the literature writes them: `p1 p2` are strict, `(p1 p2)` a tie.
fn list(text: &str) -> Value {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut is_tied = false;
    for word in text.split_whitespace() {
        let id = word.trim_matches(['(', ')']);
        match groups.last_mut() {
            Some(group) if is_tied => group.push(id),
            _ => groups.push(vec![id]),
        }
        is_tied = (is_tied || word.starts_with('(')) && !word.ends_with(')');
    }
    json!(groups)
}

/// Teams of one with their lists; topics with supervisor and capacity; supervisors with capacity and list.
fn instance(
    teams: &[(&str, &str)],
    topics: &[(&str, &str, usize)],
    supervisors: &[(&str, usize, &str)],
) -> Instance {
    let teams = teams.iter().map(|&(id, text)| (id, json!({ "preferences": list(text) })));
    let topics = topics.iter().map(|&(id, supervisor, capacity)| {
        (id, json!({ "supervisor": supervisor, "capacity": capacity }))
    });
    let supervisors = supervisors.iter().map(|&(id, capacity, text)| {
        (id, json!({ "capacity": capacity, "preferences": list(text) }))
    });
    let object = |entries: &mut dyn Iterator<Item = (&str, Value)>| -> Value {
        entries.map(|(id, value)| (id.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
    };
    let file = json!({
        "teams": object(&mut { teams }),
        "topics": object(&mut { topics }),
        "supervisors": object(&mut { supervisors }),
        "seed": "00",
    });
    Instance::parse(&file.to_string())
}

/// `s1 p1, s2 -`: what each team has.
fn has(answer: &Value) -> String {
    let teams = answer["allocation"].as_object().unwrap().iter();
    let told: Vec<String> =
        teams.map(|(team, topic)| format!("{team} {}", topic.as_str().unwrap_or("-"))).collect();
    told.join(", ")
}

fn answer(instance: &Instance, rule: Rule) -> Value {
    allocator::answer(instance, rule).unwrap()
}

/// Abraham, Irving and Manlove, "Two algorithms for the student–project allocation problem", Journal of Discrete Algorithms 5 (2007), Fig. 1.
#[test]
fn the_example_of_abraham_irving_and_manlove_has_one_stable_allocation() {
    let instance = instance(
        &[
            ("s1", "p1 p7"),
            ("s2", "p1 p2 p3 p4 p5 p6"),
            ("s3", "p2 p1 p4"),
            ("s4", "p2"),
            ("s5", "p1 p2 p3 p4"),
            ("s6", "p2 p3 p4 p5 p6"),
            ("s7", "p5 p3 p8"),
        ],
        &[
            ("p1", "l1", 2),
            ("p2", "l1", 1),
            ("p3", "l1", 1),
            ("p4", "l2", 1),
            ("p5", "l2", 1),
            ("p6", "l2", 1),
            ("p7", "l3", 1),
            ("p8", "l3", 1),
        ],
        &[("l1", 3, "s7 s4 s1 s3 s2 s5 s6"), ("l2", 2, "s3 s2 s6 s7 s5"), ("l3", 2, "s1 s7")],
    );
    for rule in [Rule::StudentOptimal, Rule::SupervisorOptimal, Rule::LargestStable] {
        let answer = answer(&instance, rule);
        assert_eq!(has(&answer), "s1 p1, s2 p5, s3 p4, s4 p2, s5 -, s6 -, s7 p3", "{rule}");
        assert_eq!(answer["blocking_pairs"], json!([]), "{rule}");
    }
}

/// The README of the Python package algmatch 1.5.2, which gives both answers.
#[test]
fn the_example_of_algmatch_has_a_best_answer_for_each_side() {
    let instance = instance(
        &[("s1", "p1 p2"), ("s2", "p2 p3"), ("s3", "p3 p1"), ("s4", "p4 p1")],
        &[("p1", "l1", 1), ("p2", "l1", 1), ("p3", "l2", 1), ("p4", "l2", 1)],
        &[("l1", 2, "s3 s1 s2 s4"), ("l2", 2, "s2 s4 s3")],
    );
    let told = |rule| has(&answer(&instance, rule));
    assert_eq!(told(Rule::StudentOptimal), "s1 p1, s2 p2, s3 p3, s4 p4");
    assert_eq!(told(Rule::SupervisorOptimal), "s1 p2, s2 p3, s3 p1, s4 p4");
}

/// The documentation of the Python package matching, "Student-project allocation".
#[test]
fn the_example_of_matching_has_one_stable_allocation() {
    let instance = instance(
        &[
            ("A", "X1 X2"),
            ("B", "Y2 X2 Y1"),
            ("C", "X1 Y1 X2"),
            ("D", "Y2 X1 Y1"),
            ("E", "X1 Y2 X2 Y1"),
        ],
        &[("X1", "X", 2), ("X2", "X", 2), ("Y1", "Y", 2), ("Y2", "Y", 2)],
        &[("X", 3, "B C A E D"), ("Y", 3, "B C E D")],
    );
    for rule in [Rule::StudentOptimal, Rule::SupervisorOptimal, Rule::LargestStable] {
        assert_eq!(has(&answer(&instance, rule)), "A X1, B Y2, C X1, D Y1, E Y2", "{rule}");
    }
}

/// Kwanashie, Irving, Manlove and Sng, "Profile-based optimal matchings in the student/project allocation problem", IWOCA 2014, Fig. 1.
#[test]
fn the_example_of_kwanashie_and_others_tells_greedy_from_generous() {
    let instance = instance(
        &[("s1", "p1 p2 p3"), ("s2", "p1"), ("s3", "p2 p3")],
        &[("p1", "l1", 1), ("p2", "l1", 1), ("p3", "l2", 1)],
        &[("l1", 2, ""), ("l2", 1, "")],
    );
    let greedy = answer(&instance, Rule::Greedy);
    assert_eq!(
        (has(&greedy), &greedy["profile"]),
        ("s1 p3, s2 p1, s3 p2".into(), &json!([2, 0, 1]))
    );
    let generous = answer(&instance, Rule::Generous);
    assert_eq!(
        (has(&generous), &generous["profile"]),
        ("s1 p2, s2 p1, s3 p3".into(), &json!([1, 2]))
    );
}

/// Our own: the pair s1 and the pair s2 want the same topic, for two at least; the single s3 wants it most of all.
#[test]
fn teams_stay_together_and_take_only_topics_of_their_size() {
    let instance = Instance::parse(
        r#"{"teams": {"s1": {"size": 2, "preferences": [["p1"], ["p2"]]}, "s2": {"size": 2, "preferences": [["p1"], ["p2"]]},
                      "s3": {"preferences": [["p1"], ["p2"], ["p3"]]}},
            "topics": {"p1": {"supervisor": "l1", "capacity": 1, "team_size": [2, 3]},
                       "p2": {"supervisor": "l1", "capacity": 1}, "p3": {"supervisor": "l2", "capacity": 1, "team_size": [1, 1]}},
            "supervisors": {"l1": {"capacity": 2, "preferences": [["s3"], ["s2"], ["s1"]]}, "l2": {"capacity": 1}},
            "seed": "00"}"#,
    );
    for rule in [Rule::StudentOptimal, Rule::SupervisorOptimal, Rule::LargestStable] {
        let answer = answer(&instance, rule);
        assert_eq!(has(&answer), "s1 -, s2 p1, s3 p2", "{rule}");
        let missed = json!([{"topic": "p1", "rank": 1, "why": "team-size", "team_size": [2, 3]}]);
        assert_eq!(answer["explanations"]["s3"]["missed"], missed, "{rule}");
    }
    for rule in [Rule::Greedy, Rule::Generous, Rule::LeastCost] {
        let answer = answer(&instance, rule);
        assert_eq!((&answer["size"], &answer["profile"]), (&json!(3), &json!([1, 1, 1])), "{rule}");
    }
}
