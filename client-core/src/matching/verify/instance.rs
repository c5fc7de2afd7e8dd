//! An instance in memory, after its own checks.

use super::order::Standing;

/// Teams and topics, each sorted by id, and the quotas over the topics.
#[derive(Debug)]
pub(super) struct Instance {
    /// The seed in lower case.
    pub(super) seed: String,
    /// Sorted by id as bytes.
    pub(super) teams: Vec<Team>,
    /// Sorted by id as bytes.
    pub(super) topics: Vec<Topic>,
    /// First one for each topic, in their order; then supervisors, then districts.
    pub(super) quotas: Vec<Quota>,
    /// The number of ranks in the longest list of a team.
    pub(super) ranks: usize,
}

/// A team.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) id: String,
    /// Every topic that the team ranks, as written.
    pub(super) choices: Vec<Choice>,
    /// The topic that the team is pinned to.
    pub(super) pin: Option<usize>,
    /// Position in the lottery of teams.
    pub(super) lottery: usize,
}

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) id: String,
    /// The smallest and the largest team that may take it.
    pub(super) team_size: Option<(i128, i128)>,
    /// Its own quota, its supervisor's, its district's, and so on.
    pub(super) quotas: Vec<usize>,
    /// Position in the lottery of topics.
    pub(super) lottery: usize,
}

/// A bound on how many teams have topics in a set of topics.
#[derive(Debug)]
pub(super) struct Quota {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) lower: usize,
    pub(super) capacity: usize,
    /// The next larger quota that this one lies in.
    pub(super) parent: Option<usize>,
}

/// Whose quota it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Topic,
    Supervisor,
    District,
}

impl Kind {
    /// As the answer names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Supervisor => "supervisor",
            Self::District => "district",
        }
    }
}

/// A topic in a team's list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) topic: usize,
    /// The number of its tie group, the first being 1.
    pub(super) rank: usize,
    pub(super) fitness: Fitness,
}

/// Whether a pair of a team's list is acceptable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fitness {
    /// It is, and the supervisor has the team in this place.
    Place(i64),
    /// The team is too small or too large.
    TeamSize,
    /// The supervisor does not rank the team.
    NotRanked,
}

/// An acceptable pair, seen from its team.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) topic: usize,
    pub(super) rank: usize,
    pub(super) place: i64,
}

impl Choice {
    /// The pair, if it is acceptable.
    pub(super) fn pair(&self) -> Option<Pair> {
        match self.fitness {
            Fitness::Place(place) => Some(Pair { topic: self.topic, rank: self.rank, place }),
            Fitness::TeamSize | Fitness::NotRanked => None,
        }
    }
}

impl Team {
    /// The acceptable pairs, as written.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        self.choices.iter().filter_map(Choice::pair)
    }

    /// The acceptable pair with this topic.
    pub(super) fn pair(&self, topic: usize) -> Option<Pair> {
        self.pairs().find(|pair| pair.topic == topic)
    }

    /// Where a pair of this team stands in the queues of the instance as it is.
    pub(super) fn standing(&self, pair: &Pair) -> Standing {
        Standing { place: pair.place, lottery: self.lottery }
    }

    /// The same in the market of the pins, where a pinned pair is at the head of every queue.
    pub(super) fn market_standing(&self, pair: &Pair) -> Standing {
        let place = if self.pin.is_some() { -1 } else { pair.place };
        Standing { place, lottery: self.lottery }
    }

    /// The pairs of the market of the pins: the pinned one alone, or all acceptable ones.
    pub(super) fn market_pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        self.pairs().filter(|pair| self.pin.is_none_or(|topic| topic == pair.topic))
    }
}

impl Instance {
    /// The index of a team.
    pub(super) fn team(&self, id: &str) -> Option<usize> {
        self.teams.binary_search_by(|team| team.id.as_str().cmp(id)).ok()
    }

    /// The index of a topic.
    pub(super) fn topic(&self, id: &str) -> Option<usize> {
        self.topics.binary_search_by(|topic| topic.id.as_str().cmp(id)).ok()
    }

    /// Who has the topic.
    pub(super) fn supervisor(&self, topic: usize) -> &Quota {
        &self.quotas[self.topics[topic].quotas[1]]
    }

    /// The topics under each quota.
    pub(super) fn topics_of_quotas(&self) -> Vec<Vec<usize>> {
        let mut topics = vec![Vec::new(); self.quotas.len()];
        for (index, topic) in self.topics.iter().enumerate() {
            for &quota in &topic.quotas {
                topics[quota].push(index);
            }
        }
        topics
    }
}
