//! Builds one reduced, ordered binary decision diagram; nodes are hash-consed (Bryant 1986).
//!
//! Failure functions of coherent systems are monotone, so conjunction and disjunction suffice. Apart
//! from the constants, a monotone function is never the complement of another, so complement edges would
//! share nothing and are left out.
//!
//! No function here is recursive: depth is limited by memory alone, and memory by the limit on nodes.

use super::Budget;

/// The function that is never true: the system cannot be down.
pub(super) const ZERO: u32 = 0;
/// The function that is always true.
pub(super) const ONE: u32 = 1;

/// The level of the two constants, below all variables.
pub(super) const BOTTOM: u32 = u32::MAX;
/// Level of a node on the free list.
const FREE: u32 = u32::MAX - 1;
/// Marks an empty slot.
const NONE: u32 = u32::MAX;
/// Slots of the smallest tables; like all their sizes a power of two.
const SLOTS_MIN: usize = 1 << 4;
/// Steps of operations allowed per node. The cache forgets results, so few nodes can still mean much
/// work.
const STEPS_PER_NODE: usize = 16;
/// Steps after which the time is looked at.
const STEPS_BETWEEN_LOOKS: usize = 1 << 14;
/// Size beyond which the cache of results does not grow.
const CACHE_MAX: usize = 1 << 20;

/// The function "`hi` if the variable of `level` has failed, else `lo`".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub level: u32,
    pub lo: u32,
    pub hi: u32,
}

/// The limit on nodes was reached, or the limit on steps that follows from it, or that on time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    And,
    Or,
}

/// A remembered result of an operation on two functions.
#[derive(Clone, Copy)]
struct Cached {
    left: u32,
    right: u32,
    result: u32,
}

const EMPTY: Cached = Cached { left: NONE, right: NONE, result: NONE };

/// An operation on two functions that follows from its results for both states of their first variable
/// (Shannon's expansion).
pub(super) trait Expansion {
    /// Returns the result where it is known without expansion.
    fn known(&self, manager: &Manager, left: u32, right: u32) -> Option<u32>;

    /// Returns the two functions with their first variable working, and with it failed.
    fn split(&self, manager: &Manager, left: u32, right: u32) -> [(u32, u32); 2] {
        let (a, b) = (manager.node(left), manager.node(right));
        let (left_lo, left_hi) = if a.level <= b.level { (a.lo, a.hi) } else { (left, left) };
        let (right_lo, right_hi) = if b.level <= a.level { (b.lo, b.hi) } else { (right, right) };
        [(left_lo, right_lo), (left_hi, right_hi)]
    }

    /// Joins the results for the first variable working and failed, and remembers the outcome.
    fn join(&mut self, manager: &mut Manager, functions: (u32, u32), lo: u32, hi: u32) -> Result<u32, Full>;
}

/// The stacks of an expansion.
#[derive(Default)]
struct Stacks {
    /// Pairs of functions; of those that are split already, the two results come before them.
    tasks: Vec<(u32, u32, bool)>,
    results: Vec<u32>,
}

/// The nodes of a diagram under construction.
pub(super) struct Manager {
    nodes: Vec<Node>,
    /// Numbers of nodes that can be used again.
    free: Vec<u32>,
    /// Unique table, open addressing with linear probing: slots hold node numbers.
    table: Vec<u32>,
    /// Cache of results, direct-mapped: a new result replaces the one in its slot.
    cache: Vec<Cached>,
    budget: Budget,
    steps_left: usize,
    /// Largest number of nodes in use at once, garbage included.
    peak: usize,
    stacks: Stacks,
}

impl Manager {
    /// Creates an empty manager within a budget.
    pub(super) fn new(budget: Budget) -> Self {
        Self::with_steps(budget, budget.nodes_max.saturating_mul(STEPS_PER_NODE))
    }

    /// As [`Self::new`], with a limit of its own on the steps of all operations together.
    pub(super) fn with_steps(budget: Budget, steps_max: usize) -> Self {
        let constant = |value| Node { level: BOTTOM, lo: value, hi: value };
        Self {
            nodes: vec![constant(ZERO), constant(ONE)],
            free: Vec::new(),
            table: vec![NONE; SLOTS_MIN],
            cache: vec![EMPTY; SLOTS_MIN],
            budget,
            steps_left: steps_max,
            peak: 2,
            stacks: Stacks::default(),
        }
    }

    pub(super) fn node(&self, function: u32) -> Node {
        self.nodes[function as usize]
    }

    /// Returns the level of a function's first variable; beyond all levels for a constant.
    pub(super) fn level(&self, function: u32) -> u32 {
        self.nodes[function as usize].level
    }

    /// Returns the number of nodes in use, including garbage that has not been collected.
    pub(super) fn used(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    pub(super) fn peak(&self) -> usize {
        self.peak
    }

    /// Returns one more than the largest number of a node.
    pub(super) fn numbers(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the function "`hi` if the variable of `level` failed, else `lo`"; both must lie below
    /// that level.
    pub(super) fn make(&mut self, level: u32, lo: u32, hi: u32) -> Result<u32, Full> {
        if lo == hi {
            return Ok(lo);
        }
        self.intern(Node { level, lo, hi })
    }

    /// Returns a family of sets (zero-suppressed, Minato 1993): the sets of `lo`, and those of `hi` with
    /// the variable of `level` added. [`ZERO`] holds no set, [`ONE`] only the empty one. A manager is
    /// used for families or for functions, not for both.
    pub(super) fn make_sets(&mut self, level: u32, lo: u32, hi: u32) -> Result<u32, Full> {
        if hi == ZERO {
            return Ok(lo);
        }
        self.intern(Node { level, lo, hi })
    }

    /// Returns the number of a node, and creates the node if it is new.
    fn intern(&mut self, wanted: Node) -> Result<u32, Full> {
        // An equal node that exists is returned, so equal functions are the same node.
        let Node { level, lo, hi } = wanted;
        let mask = self.table.len() - 1;
        let mut slot = hash(level, lo, hi) & mask;
        while self.table[slot] != NONE {
            let found = self.table[slot];
            if self.nodes[found as usize] == wanted {
                return Ok(found);
            }
            slot = (slot + 1) & mask;
        }
        if self.used() >= self.budget.nodes_max {
            return Err(Full);
        }
        let number = self.allocate(wanted);
        self.peak = self.peak.max(self.used());
        self.table[slot] = number;
        // At most half full, so that linear probing stays short.
        if 2 * self.used() > self.table.len() {
            self.rebuild_table(2 * self.table.len());
            self.grow_cache();
        }
        Ok(number)
    }

    fn allocate(&mut self, node: Node) -> u32 {
        if let Some(number) = self.free.pop() {
            self.nodes[number as usize] = node;
            return number;
        }
        self.nodes.push(node);
        self.nodes.len() as u32 - 1
    }

    fn rebuild_table(&mut self, slots: usize) {
        self.table.clear();
        self.table.resize(slots, NONE);
        let mask = slots - 1;
        for (number, node) in self.nodes.iter().enumerate().skip(2) {
            if node.level == FREE {
                continue;
            }
            let mut slot = hash(node.level, node.lo, node.hi) & mask;
            while self.table[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            self.table[slot] = number as u32;
        }
    }

    fn grow_cache(&mut self) {
        let slots = self.table.len().min(CACHE_MAX);
        if slots > self.cache.len() {
            let old = std::mem::replace(&mut self.cache, vec![EMPTY; slots]);
            for cached in old.into_iter().filter(|cached| cached.left != NONE) {
                self.note(cached);
            }
        }
    }

    fn slot(&self, left: u32, right: u32) -> usize {
        hash(left, right, 0) & (self.cache.len() - 1)
    }

    fn note(&mut self, cached: Cached) {
        let slot = self.slot(cached.left, cached.right);
        self.cache[slot] = cached;
    }

    /// Remembers the outcome of the caller's own operation on two numbers. Must not be mixed with
    /// [`Self::apply`], which uses the same cache.
    pub(super) fn remember(&mut self, left: u32, right: u32, result: u32) {
        self.note(Cached { left, right, result });
    }

    /// Returns the outcome that was remembered, unless another one has replaced it.
    pub(super) fn recall(&self, left: u32, right: u32) -> Option<u32> {
        let cached = self.cache[self.slot(left, right)];
        (cached.left == left && cached.right == right).then_some(cached.result)
    }

    /// Returns the conjunction or disjunction of two functions.
    pub(super) fn apply(&mut self, mut op: Op, left: u32, right: u32) -> Result<u32, Full> {
        self.expand(&mut op, left, right)
    }

    /// Computes an operation on two functions, depth first with a stack.
    pub(super) fn expand(
        &mut self,
        operation: &mut impl Expansion,
        left: u32,
        right: u32,
    ) -> Result<u32, Full> {
        // The stacks are used again by the next expansion, unless this one ends early.
        let mut stacks = std::mem::take(&mut self.stacks);
        stacks.tasks.push((left, right, false));
        while let Some((left, right, is_split)) = stacks.tasks.pop() {
            self.step()?;
            if is_split {
                let hi = stacks.results.pop().unwrap_or(ZERO);
                let lo = stacks.results.pop().unwrap_or(ZERO);
                stacks.results.push(operation.join(self, (left, right), lo, hi)?);
            } else if let Some(result) = operation.known(self, left, right) {
                stacks.results.push(result);
            } else {
                // The last task is taken first: `lo`, then `hi`, then the join of both results.
                let [lo, hi] = operation.split(self, left, right);
                stacks.tasks.extend([(left, right, true), (hi.0, hi.1, false), (lo.0, lo.1, false)]);
            }
        }
        let result = stacks.results.pop().unwrap_or(ZERO);
        self.stacks = stacks;
        Ok(result)
    }

    /// Returns the level of the first variable of two functions.
    pub(super) fn first_level(&self, (left, right): (u32, u32)) -> u32 {
        self.level(left).min(self.level(right))
    }

    /// Counts one step of an operation; fails when the limit is reached.
    pub(super) fn step(&mut self) -> Result<(), Full> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Full)?;
        let looks = self.steps_left.is_multiple_of(STEPS_BETWEEN_LOOKS);
        if looks && self.budget.patience.is_over() { Err(Full) } else { Ok(()) }
    }

    /// Frees every node that cannot be reached from the roots. The others keep their numbers.
    pub(super) fn collect(&mut self, roots: impl Iterator<Item = u32>) {
        // Mark and sweep.
        let mut alive = vec![false; self.nodes.len()];
        alive[ZERO as usize] = true;
        alive[ONE as usize] = true;
        let mut stack: Vec<u32> = roots.collect();
        while let Some(number) = stack.pop() {
            if !std::mem::replace(&mut alive[number as usize], true) {
                let node = self.nodes[number as usize];
                stack.push(node.lo);
                stack.push(node.hi);
            }
        }
        self.free.clear();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            if !alive[number] {
                node.level = FREE;
                self.free.push(number as u32);
            }
        }
        // Results and table entries may refer to nodes that were freed.
        self.cache.fill(EMPTY);
        self.rebuild_table(self.table.len());
    }
}

impl Op {
    /// Returns the key of the cache. Both operations commute, so the order of the two numbers can encode
    /// the operation.
    fn key(self, left: u32, right: u32) -> (u32, u32) {
        let (low, high) = (left.min(right), left.max(right));
        if self == Self::And { (low, high) } else { (high, low) }
    }
}

impl Expansion for Op {
    fn known(&self, manager: &Manager, left: u32, right: u32) -> Option<u32> {
        let (first, second) = self.key(left, right);
        simple(*self, left, right).or_else(|| manager.recall(first, second))
    }

    fn join(&mut self, manager: &mut Manager, functions: (u32, u32), lo: u32, hi: u32) -> Result<u32, Full> {
        let result = manager.make(manager.first_level(functions), lo, hi)?;
        let (first, second) = self.key(functions.0, functions.1);
        manager.remember(first, second, result);
        Ok(result)
    }
}

/// Returns the result where it needs no new node.
fn simple(op: Op, left: u32, right: u32) -> Option<u32> {
    let (neutral, dominant) = match op {
        Op::And => (ONE, ZERO),
        Op::Or => (ZERO, ONE),
    };
    if left == right || right == neutral {
        Some(left)
    } else if left == neutral {
        Some(right)
    } else if left == dominant || right == dominant {
        Some(dominant)
    } else {
        None
    }
}

/// Mixes three numbers by multiplication with odd constants. The high bits, which depend on all inputs,
/// are folded into the low ones that the tables use.
pub(super) fn hash(a: u32, b: u32, c: u32) -> usize {
    let mixed = u64::from(a)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(u64::from(b))
        .wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        .wrapping_add(u64::from(c))
        .wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed ^ (mixed >> 32)) as usize
}
