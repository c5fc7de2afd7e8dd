//! Small instances by index, drawn by a seed and printed as JSON.

use serde_json::{Map, Value, json};

/// Team `i` is `t{i}`, topic `p{i}`, supervisor `l{i}`, district `d{i}`.
#[derive(Debug, Clone, Default)]
pub(super) struct Toy {
    pub(super) teams: Vec<ToyTeam>,
    pub(super) topics: Vec<ToyTopic>,
    pub(super) supervisors: Vec<ToySupervisor>,
    pub(super) districts: Vec<ToyDistrict>,
    pub(super) pins: Vec<(usize, usize)>,
    pub(super) seed: String,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ToyTeam {
    pub(super) size: usize,
    pub(super) lists: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ToyTopic {
    pub(super) supervisor: usize,
    pub(super) lower: usize,
    pub(super) capacity: usize,
    pub(super) team_size: Option<(usize, usize)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ToySupervisor {
    pub(super) district: Option<usize>,
    pub(super) lower: usize,
    pub(super) capacity: usize,
    pub(super) lists: Option<Vec<Vec<usize>>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ToyDistrict {
    pub(super) parent: Option<usize>,
    pub(super) lower: usize,
    pub(super) capacity: usize,
}

/// SplitMix64: the same numbers for the same seed, everywhere.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n - 1`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Some of `0..n` in random order, in tie groups.
    pub(super) fn tie_groups(&mut self, n: usize, keep_of_ten: usize) -> Vec<Vec<usize>> {
        let mut all: Vec<usize> = (0..n).filter(|_| self.below(10) < keep_of_ten).collect();
        for index in (1..all.len()).rev() {
            all.swap(index, self.below(index + 1));
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for item in all {
            match groups.last_mut() {
                Some(group) if self.one_in(3) => group.push(item),
                _ => groups.push(vec![item]),
            }
        }
        groups
    }
}

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) districts: bool,
    pub(super) pins: bool,
    pub(super) lower: bool,
}

impl Toy {
    /// An instance of up to five teams and four topics.
    pub(super) fn draw(dice: &mut Dice, shape: Shape) -> Self {
        let (teams, topics, supervisors) =
            (2 + dice.below(4), 2 + dice.below(3), 1 + dice.below(3));
        let mut toy = Self { seed: format!("{:04x}", dice.below(65_536)), ..Self::default() };
        if shape.districts {
            let lower = |dice: &mut Dice| usize::from(shape.lower && dice.one_in(4));
            let d0 =
                ToyDistrict { parent: Some(1), lower: lower(dice), capacity: 1 + dice.below(3) };
            let d1 = ToyDistrict { parent: None, lower: lower(dice), capacity: 1 + dice.below(5) };
            toy.districts = vec![d0, d1];
        }
        toy.teams = (0..teams)
            .map(|_| ToyTeam { size: 1 + dice.below(2), lists: dice.tie_groups(topics, 8) })
            .collect();
        toy.supervisors = (0..supervisors)
            .map(|_| ToySupervisor {
                district: shape.districts.then(|| dice.below(2)),
                lower: usize::from(shape.lower && dice.one_in(4)),
                capacity: 1 + dice.below(3),
                lists: (!dice.one_in(3)).then(|| dice.tie_groups(teams, 9)),
            })
            .collect();
        toy.topics = (0..topics)
            .map(|_| ToyTopic {
                supervisor: dice.below(supervisors),
                lower: usize::from(shape.lower && dice.one_in(4)),
                capacity: 1 + dice.below(2),
                team_size: dice.one_in(5).then_some((1, 1)),
            })
            .collect();
        if shape.pins {
            toy.draw_pin(dice);
        }
        toy
    }

    fn draw_pin(&mut self, dice: &mut Dice) {
        let team = dice.below(self.teams.len());
        let ranked: Vec<usize> = self.teams[team].lists.concat();
        if !ranked.is_empty() {
            let topic = ranked[dice.below(ranked.len())];
            if self.place(team, topic).is_some() {
                self.pins.push((team, topic));
            }
        }
    }

    /// The tie group of the team in the supervisor's list, if the pair is acceptable.
    pub(super) fn place(&self, team: usize, topic: usize) -> Option<i64> {
        self.rank(team, topic)?;
        let ToyTopic { supervisor, team_size, .. } = &self.topics[topic];
        let size = self.teams[team].size;
        if team_size.is_some_and(|(min, max)| size < min || size > max) {
            return None;
        }
        match &self.supervisors[*supervisor].lists {
            Some(lists) if !lists.is_empty() => {
                lists.iter().position(|group| group.contains(&team)).map(|place| place as i64)
            }
            _ => Some(0),
        }
    }

    /// The tie group of the topic in the team's list, from 1.
    pub(super) fn rank(&self, team: usize, topic: usize) -> Option<usize> {
        let lists = &self.teams[team].lists;
        lists.iter().position(|group| group.contains(&topic)).map(|index| index + 1)
    }

    /// The instance as a file.
    pub(super) fn file(&self) -> String {
        let groups = |kind: &str, lists: &[Vec<usize>]| -> Value {
            let names = |group: &Vec<usize>| -> Value {
                group.iter().map(|index| format!("{kind}{index}")).collect()
            };
            lists.iter().map(names).collect()
        };
        let mut file = json!({ "seed": self.seed });
        let mut put = |section: &str, id: String, value: Value| {
            let none = Map::new();
            let object = file.as_object_mut().unwrap().entry(section).or_insert(none.into());
            object[id] = value;
        };
        for (index, team) in self.teams.iter().enumerate() {
            let value = json!({ "size": team.size, "preferences": groups("p", &team.lists) });
            put("teams", format!("t{index}"), value);
        }
        for (index, topic) in self.topics.iter().enumerate() {
            let mut value = json!({ "supervisor": format!("l{}", topic.supervisor),
                "lower": topic.lower, "capacity": topic.capacity });
            if let Some((min, max)) = topic.team_size {
                value["team_size"] = json!([min, max]);
            }
            put("topics", format!("p{index}"), value);
        }
        for (index, supervisor) in self.supervisors.iter().enumerate() {
            let mut value = json!({ "lower": supervisor.lower, "capacity": supervisor.capacity });
            if let Some(district) = supervisor.district {
                value["district"] = json!(format!("d{district}"));
            }
            if let Some(lists) = &supervisor.lists {
                value["preferences"] = groups("t", lists);
            }
            put("supervisors", format!("l{index}"), value);
        }
        for (index, district) in self.districts.iter().enumerate() {
            let mut value = json!({ "lower": district.lower, "capacity": district.capacity });
            if let Some(parent) = district.parent {
                value["district"] = json!(format!("d{parent}"));
            }
            put("districts", format!("d{index}"), value);
        }
        for (team, topic) in &self.pins {
            let value = json!({ "topic": format!("p{topic}"), "reason": "stays" });
            put("pins", format!("t{team}"), value);
        }
        file.to_string()
    }
}
