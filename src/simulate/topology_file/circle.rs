//! Detects blocks and requirements that depend on themselves.

use super::component::Draft;
use super::wiring::{Owner, Use};
use crate::config::document::Node;
use crate::config::document::Reading;

/// Maximum number of steps of a cycle that an error lists.
const STEPS_SHOWN_MAX: usize = 12;

/// Maximum number of cycles that are reported.
const CIRCLES_MAX: usize = 20;

/// Adds a problem for each cycle that a depth-first search finds, with its path.
///
/// The graph has names as vertices, not units: all units of a component have the same requirements, so a
/// cycle of names is a cycle of units.
pub(super) fn refuse(
    uses: &[Use<'_>],
    drafts: &[Draft<'_>],
    blocks: Option<Node<'_>>,
    reading: &mut Reading<'_>,
) {
    let names: Vec<&str> = blocks
        .and_then(|section| section.entries())
        .into_iter()
        .flatten()
        .map(|(key, _)| key.text().unwrap_or_default())
        .chain(drafts.iter().map(|draft| draft.name))
        .collect();
    let block_count = names.len() - drafts.len();
    let vertex = |owner: Owner| match owner {
        Owner::Block(block) => Some(block as usize),
        Owner::Component(component) => Some(block_count + component as usize),
        Owner::System => None,
    };
    let edges: Vec<Edge> = uses
        .iter()
        .enumerate()
        .filter_map(|(number, found)| Some(Edge { from: vertex(found.from)?, to: vertex(found.to)?, number }))
        .collect();
    for circle in circles(names.len(), edges) {
        enter(&circle, uses, &names, reading);
    }
}

/// A reference from one name to another.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    number: usize,
}

/// Finds cycles, each as its list of edges. The depth-first search has an explicit stack, so that deep
/// graphs cannot overflow the call stack.
fn circles(count: usize, mut edges: Vec<Edge>) -> Vec<Vec<Edge>> {
    edges.sort_by_key(|edge| edge.from);
    let mut found = Vec::new();
    let mut marks = vec![Mark::Unseen; count];
    for start in 0..count {
        if marks.get(start) != Some(&Mark::Unseen) {
            continue;
        }
        let mut path: Vec<Edge> = Vec::new();
        let mut stack = vec![Visit::of(start, &edges)];
        set(&mut marks, start, Mark::Open);
        while let Some(visit) = stack.last_mut() {
            let next = edges.get(visit.next).filter(|edge| edge.from == visit.vertex).copied();
            visit.next += 1;
            let Some(edge) = next else {
                set(&mut marks, visit.vertex, Mark::Done);
                stack.pop();
                path.pop();
                continue;
            };
            match marks.get(edge.to) {
                Some(Mark::Unseen) => {
                    set(&mut marks, edge.to, Mark::Open);
                    stack.push(Visit::of(edge.to, &edges));
                    path.push(edge);
                }
                // An open vertex lies on the current path: this back edge closes a cycle.
                Some(Mark::Open) if found.len() < CIRCLES_MAX => {
                    let along = path.iter().copied().skip_while(|step| step.from != edge.to);
                    found.push(along.chain([edge]).collect());
                }
                _ => {}
            }
        }
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

/// A vertex on the search path, and the index of its next edge to follow.
struct Visit {
    vertex: usize,
    next: usize,
}

impl Visit {
    fn of(vertex: usize, edges: &[Edge]) -> Self {
        Self { vertex, next: edges.partition_point(|edge| edge.from < vertex) }
    }
}

fn set(marks: &mut [Mark], vertex: usize, mark: Mark) {
    if let Some(slot) = marks.get_mut(vertex) {
        *slot = mark;
    }
}

fn enter(circle: &[Edge], uses: &[Use<'_>], names: &[&str], reading: &mut Reading<'_>) {
    let name = |vertex: usize| names.get(vertex).copied().unwrap_or_default();
    let at = |edge: &Edge| uses.get(edge.number).map(|found| found.at);
    let (Some(first), Some(place)) = (circle.first(), circle.first().and_then(at)) else {
        return;
    };
    let mut steps: Vec<&str> = circle.iter().map(|edge| name(edge.from)).collect();
    if steps.len() > STEPS_SHOWN_MAX {
        let tail = steps.split_off(steps.len() - STEPS_SHOWN_MAX / 2);
        steps.truncate(STEPS_SHOWN_MAX / 2);
        steps.push("…");
        steps.extend(tail);
    }
    steps.push(name(first.from));
    let mut problem = place
        .problem(format!("`{}` depends on itself: {}", name(first.from), steps.join(" → ")))
        .label(format!("`{}` needs `{}`", name(first.from), name(first.to)));
    for edge in circle.iter().skip(1).take(STEPS_SHOWN_MAX) {
        if let Some(node) = at(edge) {
            problem = problem.and(node.place(), format!("`{}` needs `{}`", name(edge.from), name(edge.to)));
        }
    }
    reading.refuse(problem);
}
