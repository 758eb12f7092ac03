//! The two lines of one connection and the faults on them, which can be switched while it is open.

use super::armed::Armed;
use super::site::ProxyState;
use crate::base::random::FastRng;
use crate::chaos::experiment::Direction;
use crate::chaos::fault::{Effect, Wire};
use crate::chaos::link::{FaultId, Line};
use std::cell::{RefCell, RefMut};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// One connection as the faults see it.
#[derive(Debug)]
pub(super) struct Circuit {
    pub site: Arc<ProxyState>,
    pub number: u64,
    state: RefCell<CircuitState>,
}

/// The state that the pump works on.
#[derive(Debug, Default)]
pub(super) struct CircuitState {
    pub upstream: Way,
    pub downstream: Way,
    /// The faults that have been drawn for this connection, whether it was selected or not.
    decided: Vec<FaultId>,
    /// The faults that selected this connection and have not acted yet.
    idle: Vec<Arc<Armed>>,
    waker: Option<Waker>,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub line: Line,
    /// The faults on the line that delay bytes.
    delaying: Vec<Arc<Armed>>,
}

impl Circuit {
    /// Builds the state of a new connection, with the faults that are on.
    pub(super) fn new(site: Arc<ProxyState>, number: u64, now: Duration) -> Self {
        let circuit = Self { site, number, state: RefCell::default() };
        for fault in circuit.site.faults() {
            circuit.switch_on(&fault, now);
        }
        circuit
    }

    /// Adds a fault that was switched on, if it selects this connection.
    pub(super) fn switch_on(&self, fault: &Arc<Armed>, now: Duration) {
        let Effect::Wire(wire) = &fault.injection.effect else {
            return;
        };
        let mut state = self.state.borrow_mut();
        // A new connection may meet a fault twice: in `new`, and in the command that switches the fault on.
        if state.decided.contains(&fault.id) {
            return;
        }
        state.decided.push(fault.id);
        if let Some(chance) = fault.draw(self.number) {
            state.put(fault, wire.as_ref(), now, chance);
            state.idle.push(Arc::clone(fault));
            state.wake();
        }
    }

    /// Removes a fault that was switched off.
    pub(super) fn switch_off(&self, fault: FaultId, now: Duration) {
        let state = &mut *self.state.borrow_mut();
        state.count_hits();
        state.idle.retain(|armed| armed.id != fault);
        state.decided.retain(|id| *id != fault);
        for way in [&mut state.upstream, &mut state.downstream] {
            way.line.remove(now, fault);
            way.delaying.retain(|armed| armed.id != fault);
        }
        state.wake();
    }

    /// Counts a hit for each fault that has acted for the first time.
    pub(super) fn count_hits(&self) {
        self.state.borrow_mut().count_hits();
    }

    /// Borrows the state for the task that moves the bytes. The task is woken when faults are switched.
    pub(super) fn enter(&self, waker: &Waker) -> RefMut<'_, CircuitState> {
        let mut state = self.state.borrow_mut();
        state.waker.get_or_insert_with(|| waker.clone()).clone_from(waker);
        state
    }
}

impl CircuitState {
    fn put(&mut self, fault: &Arc<Armed>, wire: &Wire, now: Duration, chance: FastRng) {
        // A jump of the generator makes the draws of the two directions independent of each other.
        let mut other = chance.clone();
        other.jump();
        let covers = |way| fault.injection.direction.covers(way) || wire.both_directions;
        if covers(Direction::Upstream) {
            self.upstream.put(fault, wire, now, chance);
        }
        if covers(Direction::Downstream) {
            self.downstream.put(fault, wire, now, other);
        }
    }

    fn count_hits(&mut self) {
        let (up, down) = (&self.upstream.line, &self.downstream.line);
        self.idle.retain(|fault| {
            let acted = up.has_acted(fault.id) || down.has_acted(fault.id);
            if acted {
                fault.count_hit();
            }
            !acted
        });
    }

    fn wake(&self) {
        self.waker.iter().for_each(Waker::wake_by_ref);
    }
}

impl Way {
    fn put(&mut self, fault: &Arc<Armed>, wire: &Wire, now: Duration, chance: FastRng) {
        self.line.add(fault.id, (wire.stage)(now, chance));
        if wire.delays {
            self.delaying.push(Arc::clone(fault));
        }
    }

    /// Records the requested and the delivered delay of bytes that have left. If several faults delay
    /// the same bytes, nothing is recorded, since their shares are unknown.
    pub(super) fn record(&self, asked: Duration, delivered: Duration) {
        if let [fault] = self.delaying.as_slice() {
            fault.record(asked, delivered);
        }
    }
}
