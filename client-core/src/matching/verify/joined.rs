//! When the ends of arcs become strongly connected in a graph that only grows.
//!
//! Halving the dates: what is strongly connected with the arcs up to the middle was joined by then, and all
//! other arcs are looked at again between the nodes that the joined ones have become. Each arc is in one half
//! on each level, so the work is that of finding components, with Tarjan, *Depth-first search and linear
//! graph algorithms* (1972), once for each level.

/// An arc and when it is added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dated {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) date: usize,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    from: usize,
    to: usize,
    date: usize,
    index: usize,
}

/// For each arc the first date, 0 to `last`, at which the arcs added until then, that date's with them, make
/// its ends strongly connected. None when they never are.
pub(super) fn joined_at(arcs: &[Dated], last: usize) -> Vec<Option<usize>> {
    let mut dates = vec![None; arcs.len()];
    let open = arcs.iter().enumerate();
    let open = open.map(|(index, &Dated { from, to, date })| Open { from, to, date, index });
    halve(open.collect(), 0, last + 1, last, &mut dates);
    dates
}

/// All of `open` are joined at `first` to `end`, where `end` may be after `last`: never.
fn halve(open: Vec<Open>, first: usize, end: usize, last: usize, dates: &mut [Option<usize>]) {
    if open.is_empty() || first > last {
        return;
    }
    if first == end {
        open.iter().for_each(|arc| dates[arc.index] = Some(first));
        return;
    }
    let middle = first.midpoint(end);
    let mut open = open;
    let nodes = renumber(&mut open);
    let component = components(nodes, open.iter().filter(|arc| arc.date <= middle));
    let (joined, mut apart): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|arc| component[arc.from] == component[arc.to]);
    for arc in &mut apart {
        (arc.from, arc.to) = (component[arc.from], component[arc.to]);
    }
    halve(joined, first, middle, last, dates);
    halve(apart, middle + 1, end, last, dates);
}

/// Numbers the nodes from 0, and says how many there are.
fn renumber(open: &mut [Open]) -> usize {
    let mut nodes: Vec<usize> = open.iter().flat_map(|arc| [arc.from, arc.to]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let number = |node| nodes.partition_point(|&other| other < node);
    for arc in open {
        (arc.from, arc.to) = (number(arc.from), number(arc.to));
    }
    nodes.len()
}

/// The number of each node's strongly connected component.
fn components<'a>(nodes: usize, arcs: impl Iterator<Item = &'a Open>) -> Vec<usize> {
    let mut next = vec![Vec::new(); nodes];
    for arc in arcs {
        next[arc.from].push(arc.to);
    }
    let mut tarjan = Tarjan {
        next,
        number: vec![0; nodes],
        lowest: vec![0; nodes],
        component: vec![usize::MAX; nodes],
        stack: Vec::new(),
        numbers: 0,
        components: 0,
    };
    for node in 0..nodes {
        if tarjan.number[node] == 0 {
            tarjan.walk(node);
        }
    }
    tarjan.component
}

struct Tarjan {
    next: Vec<Vec<usize>>,
    /// The order in which nodes are found, from 1; 0 is not found.
    number: Vec<usize>,
    lowest: Vec<usize>,
    component: Vec<usize>,
    stack: Vec<usize>,
    numbers: usize,
    components: usize,
}

impl Tarjan {
    /// Walks from a node in depth, without recursion: the depth is in the hands of the file.
    fn walk(&mut self, root: usize) {
        let mut way = vec![(root, 0)];
        self.enter(root);
        while let Some((node, arc)) = way.pop() {
            let Some(&to) = self.next[node].get(arc) else {
                self.leave(node);
                if let Some(&(before, _)) = way.last() {
                    self.lowest[before] = self.lowest[before].min(self.lowest[node]);
                }
                continue;
            };
            way.push((node, arc + 1));
            if self.number[to] == 0 {
                self.enter(to);
                way.push((to, 0));
            } else if self.component[to] == usize::MAX {
                self.lowest[node] = self.lowest[node].min(self.number[to]);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.numbers += 1;
        self.number[node] = self.numbers;
        self.lowest[node] = self.numbers;
        self.stack.push(node);
    }

    /// Closes a component when the node is its first.
    fn leave(&mut self, node: usize) {
        if self.lowest[node] != self.number[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.component[member] = self.components;
            if member == node {
                break;
            }
        }
        self.components += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_joins_when_its_last_arc_comes() {
        let arc = |from, to, date| Dated { from, to, date };
        // 0 → 1 → 2 → 0 closes on day 3, 2 → 3 → 2 on day 1, 4 → 0 never.
        let arcs =
            [arc(0, 1, 0), arc(1, 2, 3), arc(2, 0, 2), arc(2, 3, 1), arc(3, 2, 0), arc(4, 0, 0)];
        let expected = [Some(3), Some(3), Some(3), Some(1), Some(1), None];
        assert_eq!(joined_at(&arcs, 4), expected);
    }

    #[test]
    fn an_arc_that_comes_late_may_join_nodes_that_are_joined_already() {
        let arc = |from, to, date| Dated { from, to, date };
        let arcs = [arc(7, 9, 0), arc(9, 7, 1), arc(7, 9, 5)];
        assert_eq!(joined_at(&arcs, 5), [Some(1), Some(1), Some(1)]);
    }
}
