//! The rules, and what each promises.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::seats::Order;

/// How teams are placed on topics. Which one is a policy, to be chosen and shown before anybody ranks.
///
/// *T* is the number of teams, *P* that of acceptable pairs of a team and a topic, *R* the length of the longest list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// No team and supervisor would both rather have each other, and of all allocations of this kind every team gets the best.
    ///
    /// Guarantees: stability; every team has the best topic that it has in any stable allocation; a team that ranks every
    /// topic it would take cannot gain by ranking otherwise than it wishes. Does not: give a topic to as many teams as
    /// possible; protect a team that may rank only a few topics and would wish for more (with a capped list, ranking safe topics
    /// can pay). Ties are broken by lottery, which can cost some teams a better topic that nobody else would have minded.
    /// Time: O(*P* log *P*). Source: Gale and Shapley (1962); Abraham, Irving and Manlove, "Two algorithms for the student–project
    /// allocation problem", Journal of Discrete Algorithms 5 (2007); capacities nested deeper: Fleiner, "A fixed-point approach
    /// to stable matchings and some applications", Mathematics of Operations Research 28 (2003).
    #[default]
    StudentOptimal,
    /// The same, as good for supervisors as stability allows, and the worst of all stable ones for every team.
    ///
    /// Guarantees: stability; the same teams have a topic as with `student-optimal`. Does not: reward teams for ranking as
    /// they wish; a team can gain by leaving out topics. Time: O(*P* log *P*). Source: as above.
    SupervisorOptimal,
    /// Stable, with ties left as ties, and as many teams with a topic as could be found.
    ///
    /// Guarantees: no team and supervisor would both strictly gain by each other; at least two thirds as many teams have a
    /// topic as in the largest allocation of this kind, and the answer says when it is the largest. Does not: give each
    /// team the best it could have; reward ranking as one wishes. The largest is NP-hard to find (Manlove et al. 2002).
    /// Time: O(*P* log *P*), O(*T* *P*) for the bound, then a search of bounded length. Source: the bound of Cooper and Manlove, "A 3/2-approximation
    /// algorithm for the student-project allocation problem", SEA 2018; its extension to nested capacities by Yokoi, "An
    /// approximation algorithm for maximum stable matching with ties and constraints", ISAAC 2021.
    LargestStable,
    /// As many teams as possible have a topic; then as many as possible have their first choice, then their second, and so on.
    ///
    /// Guarantees: size; the most first choices among the largest. Does not: look at supervisors' rankings; avoid bad choices for the
    /// rest; reward ranking as one wishes. Time: O(*T* *P* log *P*) comparisons of *R* numbers, and a search per topic for reasons. Source: Kwanashie, Irving, Manlove and
    /// Sng, "Profile-based optimal matchings in the student/project allocation problem", IWOCA 2014; here by shortest
    /// augmenting paths with lexicographic costs (Ahuja, Magnanti and Orlin, "Network flows", 1993, chapter 9).
    Greedy,
    /// As many teams as possible have a topic; then as few as possible have the worst choice, then the next worst, and so on.
    ///
    /// Guarantees: size; the fewest bad choices among the largest. Does not: look at supervisors' rankings; give many first
    /// choices; reward ranking as one wishes. Time and source: as `greedy`.
    Generous,
    /// As many teams as possible have a topic; then the sum of their ranks is as small as possible.
    ///
    /// Guarantees: size; the best average rank among the largest. Does not: look at supervisors' rankings; keep a few teams from
    /// very bad choices; reward ranking as one wishes. Time: O(*T* *P* log *P*). Source: Ahuja, Magnanti and Orlin, as above.
    LeastCost,
}

impl Rule {
    /// Every rule, in the order in which they are presented.
    pub const ALL: [Self; 6] = [
        Self::StudentOptimal,
        Self::SupervisorOptimal,
        Self::LargestStable,
        Self::Greedy,
        Self::Generous,
        Self::LeastCost,
    ];

    /// The name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StudentOptimal => "student-optimal",
            Self::SupervisorOptimal => "supervisor-optimal",
            Self::LargestStable => "largest-stable",
            Self::Greedy => "greedy",
            Self::Generous => "generous",
            Self::LeastCost => "least-cost",
        }
    }

    /// How the rule compares teams in a queue: the strict rules break ties by lottery.
    pub(super) fn order(self) -> Order {
        match self {
            Self::StudentOptimal | Self::SupervisorOptimal => Order::Lottery,
            _ => Order::Preference,
        }
    }

    /// Whether supervisors' rankings count and no pair of a team and a topic is left that both sides would rather have.
    #[must_use]
    pub fn is_stable(self) -> bool {
        matches!(self, Self::StudentOptimal | Self::SupervisorOptimal | Self::LargestStable)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such rule; expected student-optimal, supervisor-optimal, largest-stable, greedy, generous or least-cost"
)]
pub struct UnknownRule;

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or(UnknownRule)
    }
}
