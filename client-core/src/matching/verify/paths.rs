//! Shortest paths with costs that may be negative, and negative cycles.
//!
//! Bellman and Ford's method with a queue: Ahuja, Magnanti and Orlin, *Network Flows* (1993), section 5.4. Each
//! time that as many distances have become smaller as there are nodes, the arcs by which they became so are
//! searched for a cycle (section 5.5); such a cycle has a negative cost.

use std::collections::VecDeque;

use super::limits::DISTANCE_NUMBERS_MAX;
use super::residual::Residual;

/// Why there are no distances.
#[derive(Debug)]
pub(super) enum NoDistances {
    /// The arcs of a cycle of negative cost.
    NegativeCycle(Vec<usize>),
    /// It would take too many steps or too much memory.
    TooMuch,
}

/// Work that may still be done.
#[derive(Debug)]
pub(super) struct Steps(pub(super) u64);

impl Steps {
    /// Takes one step if there is one.
    pub(super) fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

/// A cost for each node that was reached.
pub(super) struct Distances {
    width: usize,
    numbers: Vec<i64>,
    reached: Vec<bool>,
}

impl Distances {
    fn new(nodes: usize, width: usize) -> Self {
        Self { width, numbers: vec![0; nodes * width], reached: vec![false; nodes] }
    }

    /// The cost of the best path; none when there is no path.
    pub(super) fn of(&self, node: usize) -> Option<&[i64]> {
        self.reached[node].then(|| self.row(node))
    }

    fn row(&self, node: usize) -> &[i64] {
        &self.numbers[node * self.width..][..self.width]
    }
}

/// Where paths begin or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Paths from anywhere, so that each node is reached at no cost at least.
    FromAnywhere,
    /// Paths to this node.
    To(usize),
}

/// A residual graph with its arcs by node.
pub(super) struct Paths<'a> {
    residual: &'a Residual,
    adjacent: Vec<Vec<usize>>,
    ends: Ends,
    distances: Distances,
    /// The arc by which a node was last reached.
    by: Vec<Option<usize>>,
    queue: VecDeque<usize>,
    waiting: Vec<bool>,
}

impl<'a> Paths<'a> {
    /// The distances of all nodes.
    ///
    /// # Errors
    /// [`NoDistances`], when there is a cycle of negative cost, or too much work.
    pub(super) fn find(
        residual: &'a Residual,
        ends: Ends,
        steps: &mut Steps,
    ) -> Result<Distances, NoDistances> {
        let (nodes, width) = (residual.nodes, residual.costs.width());
        if nodes.saturating_mul(width) > DISTANCE_NUMBERS_MAX {
            return Err(NoDistances::TooMuch);
        }
        let mut paths = Self {
            residual,
            adjacent: residual.adjacent(ends != Ends::FromAnywhere),
            ends,
            distances: Distances::new(nodes, width),
            by: vec![None; nodes],
            queue: VecDeque::new(),
            waiting: vec![false; nodes],
        };
        match ends {
            Ends::FromAnywhere => (0..nodes).for_each(|node| paths.start(node)),
            Ends::To(node) => paths.start(node),
        }
        paths.run(steps)?;
        Ok(paths.distances)
    }

    fn start(&mut self, node: usize) {
        self.distances.reached[node] = true;
        self.wait(node);
    }

    fn wait(&mut self, node: usize) {
        if !std::mem::replace(&mut self.waiting[node], true) {
            self.queue.push_back(node);
        }
    }

    fn run(&mut self, steps: &mut Steps) -> Result<(), NoDistances> {
        let mut shortened = 0;
        while let Some(node) = self.queue.pop_front() {
            self.waiting[node] = false;
            for index in 0..self.adjacent[node].len() {
                if !steps.take() {
                    return Err(NoDistances::TooMuch);
                }
                if self.shorten(node, self.adjacent[node][index]) {
                    shortened += 1;
                }
            }
            if shortened >= self.residual.nodes {
                shortened = 0;
                self.check_cycle()?;
            }
        }
        self.check_cycle()
    }

    /// The node at the other side of an arc from the ends.
    fn beyond(&self, arc: usize) -> usize {
        let arc = &self.residual.arcs[arc];
        if self.ends == Ends::FromAnywhere { arc.to } else { arc.from }
    }

    /// Reaches the node beyond by an arc if that is shorter.
    fn shorten(&mut self, node: usize, arc: usize) -> bool {
        let (beyond, costs) = (self.beyond(arc), self.residual.costs);
        let written = &self.residual.arcs[arc];
        let width = self.distances.width;
        let distances = &mut self.distances;
        let base = distances.row(node);
        let reached = distances.reached[beyond];
        if reached && costs.compare(base, written, distances.row(beyond)).is_ge() {
            return false;
        }
        distances.reached[beyond] = true;
        distances.numbers.copy_within(node * width..(node + 1) * width, beyond * width);
        costs.add(written, &mut distances.numbers[beyond * width..][..width]);
        self.by[beyond] = Some(arc);
        self.wait(beyond);
        true
    }

    /// Looks for a cycle among the arcs by which nodes were reached.
    fn check_cycle(&self) -> Result<(), NoDistances> {
        // 0: not seen; otherwise the walk in which the node was seen.
        let mut seen = vec![0_usize; self.residual.nodes];
        for start in 0..self.residual.nodes {
            let mut node = start;
            while seen[node] == 0 {
                seen[node] = start + 1;
                match self.by[node] {
                    Some(arc) => node = self.before(arc),
                    None => break,
                }
            }
            if seen[node] == start + 1 && self.by[node].is_some() {
                return Err(NoDistances::NegativeCycle(self.cycle(node)));
            }
        }
        Ok(())
    }

    fn before(&self, arc: usize) -> usize {
        let arc = &self.residual.arcs[arc];
        if self.ends == Ends::FromAnywhere { arc.from } else { arc.to }
    }

    fn cycle(&self, start: usize) -> Vec<usize> {
        let mut arcs = Vec::new();
        let mut node = start;
        while let Some(arc) = self.by[node] {
            arcs.push(arc);
            node = self.before(arc);
            if node == start {
                break;
            }
        }
        arcs
    }
}
