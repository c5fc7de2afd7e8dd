//! Made-up rounds of thesis topics, of any size.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::Seed;

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// How many teams there are.
    pub teams: usize,
    /// How many topics.
    pub topics: usize,
    /// How many supervisors.
    pub supervisors: usize,
    /// How many districts.
    pub districts: usize,
    /// How many topics a team ranks.
    pub choices: usize,
}

impl Round {
    /// A year's round as a city has it.
    pub const REAL: Self =
        Self { teams: 100, topics: 150, supervisors: 40, districts: 13, choices: 6 };

    /// An instance of this size, as JSON for `samsynk allocate`: some topics are wished for more than others, a third of the supervisors do not
    /// rank, the others rank all who apply, in groups. There are more seats than teams, but not where all want to be.
    ///
    /// # Panics
    ///
    /// There are fewer topics than choices, or no supervisors or districts.
    #[must_use]
    pub fn instance(self, seed: &mut Seed) -> String {
        assert!(self.choices <= self.topics, "each choice is another topic");
        let supervisor_of = |topic: usize| topic % self.supervisors;
        let mut applicants = vec![Vec::new(); self.supervisors];
        let mut teams = Map::new();
        for team in 0..self.teams {
            let topics = self.wishes(seed);
            let supervisors: HashSet<_> =
                topics.iter().map(|&topic| supervisor_of(topic)).collect();
            supervisors.into_iter().for_each(|supervisor| applicants[supervisor].push(team));
            let names = topics.iter().map(|topic| format!("p{topic}")).collect();
            let preferences = groups(names, seed, 8);
            teams.insert(
                format!("s{team}"),
                json!({"size": 1 + seed.below(2), "preferences": preferences}),
            );
        }
        let topics = (0..self.topics).map(|topic| {
            let supervisor = format!("l{}", supervisor_of(topic));
            let team_size = [1, 2 + seed.below(2)];
            let capacity = 1 + seed.below(2);
            (
                format!("p{topic}"),
                json!({"supervisor": supervisor, "capacity": capacity, "team_size": team_size}),
            )
        });
        let topics: Map<_, _> = topics.collect();
        let supervisors = applicants.into_iter().enumerate().map(|(supervisor, applicants)| {
            (format!("l{supervisor}"), self.supervisor(supervisor, applicants, seed))
        });
        let supervisors: Map<_, _> = supervisors.collect();
        let capacity = self.teams.div_ceil(self.districts) * 3 / 2;
        let districts =
            (0..self.districts).map(|at| (format!("d{at}"), json!({"capacity": capacity})));
        let districts: Map<_, _> = districts.collect();
        let lottery = format!("{:016x}", seed.number());
        json!({
            "teams": teams, "topics": topics, "supervisors": supervisors, "districts": districts, "seed": lottery,
        })
        .to_string()
    }

    /// Different topics; those with small numbers are wished for the most.
    fn wishes(self, seed: &mut Seed) -> Vec<usize> {
        let mut chosen = Vec::new();
        while chosen.len() < self.choices {
            let draws = [0; 4].map(|_| seed.below(self.topics));
            let topic = draws.into_iter().min().expect("there are four");
            if !chosen.contains(&topic) {
                chosen.push(topic);
            }
        }
        chosen
    }

    fn supervisor(self, supervisor: usize, mut applicants: Vec<usize>, seed: &mut Seed) -> Value {
        let average = self.teams.div_ceil(self.supervisors);
        let mut fields = Map::new();
        fields.insert("district".to_owned(), json!(format!("d{}", supervisor % self.districts)));
        fields.insert("capacity".to_owned(), json!((average - 1).max(1) + seed.below(3)));
        if !supervisor.is_multiple_of(3) && !applicants.is_empty() {
            for last in (1..applicants.len()).rev() {
                applicants.swap(last, seed.below(last + 1));
            }
            let names = applicants.iter().map(|team| format!("s{team}")).collect();
            fields.insert("preferences".to_owned(), json!(groups(names, seed, 3)));
        }
        Value::Object(fields)
    }
}

/// A list in tie groups: one in `every` is tied with the one before.
fn groups(names: Vec<String>, seed: &mut Seed, every: usize) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    for name in names {
        match groups.last_mut() {
            Some(last) if seed.below(every) == 0 => last.push(name),
            _ => groups.push(vec![name]),
        }
    }
    groups
}
