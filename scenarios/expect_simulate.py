#!/usr/bin/env python3
"""Computes the expected figures of the `simulate` scenarios without steadfast, and writes them into
expected*.toml files.

    python3 scenarios/expect_simulate.py                   print them
    python3 scenarios/expect_simulate.py --write           write them below the heads of the files
    python3 scenarios/expect_simulate.py --write power     the same for one scenario only

The topologies are repeated here by hand, as numbers; the topology files are not read. There are three
methods:

* independent parts: all combinations of up and down are enumerated and their probabilities added
  (`Parts`);
* exponential times that depend on each other: all states of the Markov chain are enumerated and its
  equations solved (`chain`);
* a chain in which at most one non-exponential time runs at once (a health check, a failover): a Markov
  regenerative process, with the matrix exponential for the changes during that time (`regenerative`).

All times are in hours; a year has 8766. Needs Python 3.11, NumPy and SciPy.
"""

import itertools
import json
import math
import sys
from math import comb, exp, expm1, fsum, log, sqrt
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import expm_multiply
from scipy.special import ndtri

HERE = Path(__file__).parent / "simulate"
YEAR = 8766.0
MINUTE = 1 / 60
SECOND = 1 / 3600


# --- Independent parts ---------------------------------------------------------------------------------------------------


class Parts:
    """Independent parts with a mean time up and a mean time down. `is_down` gets a function from the
    name of a part to the array of its states (down = True), and returns the array of the system's
    states."""

    def __init__(self, parts, is_down):
        self.names = list(parts)
        self.up = np.array([parts[name][0] for name in self.names])
        self.down = np.array([parts[name][1] for name in self.names])
        n = len(self.names)
        states = np.arange(1 << n)
        self.bits = [(states >> i) & 1 == 1 for i in range(n)]
        self.failed = is_down(lambda name: self.bits[self.names.index(name)])

    def probabilities(self, q):
        """The probability of each combination, given the probability q of each part to be down."""
        p = np.ones(1 << len(self.names))
        for bit, q_i in zip(self.bits, q):
            p *= np.where(bit, q_i, 1 - q_i)
        return p

    def pivotal(self, i):
        """The states with part i up in which its failure brings the system down."""
        here = ~self.bits[i] & ~self.failed
        index = np.nonzero(here)[0]
        return index[self.failed[index + (1 << i)]]

    def at(self, q, intensity):
        """Unavailability, failures per hour, the failures that each part starts, and the Birnbaum
        importance."""
        p = self.probabilities(q)
        birnbaum = [fsum(p[self.pivotal(i)]) / (1 - q[i]) for i in range(len(q))]
        begun = [b * w for b, w in zip(birnbaum, intensity)]
        return fsum(p[self.failed]), fsum(begun), begun, birnbaum

    def long_run(self):
        q, rate = self.down / (self.up + self.down), 1 / (self.up + self.down)
        unavailability, frequency, begun, birnbaum = self.at(q, rate)
        return {
            "q": dict(zip(self.names, q)),
            "unavailability": unavailability,
            "frequency": frequency,
            "begun": dict(zip(self.names, begun)),
            "birnbaum": dict(zip(self.names, birnbaum)),
            "mtbf": (1 - unavailability) / frequency,
            "mdt": unavailability / frequency,
        }

    def over(self, horizon):
        """Mean unavailability and failures per hour over a horizon that starts new, for exponential
        times."""
        fail, mend = 1 / self.up, 1 / self.down
        pivotal = [self.pivotal(i) for i in range(len(self.names))]

        def at(t):
            q = fail / (fail + mend) * -np.expm1(-(fail + mend) * t)
            p = self.probabilities(q)
            # The failure intensity λ(1 − q) cancels the factor 1 − q by which the Birnbaum importance
            # divides.
            return p[self.failed].sum(), sum(rate * p[where].sum() for rate, where in zip(fail, pivotal))

        # Pieces that grow geometrically: the probabilities change fast at first and settle within a few
        # mean times down.
        cuts = [0.0] + [min(self.down) / 64 * 1.5**k for k in range(200)]
        cuts = [cut for cut in cuts if cut < horizon] + [horizon]
        unavailability = frequency = 0.0
        for a, b in zip(cuts, cuts[1:]):
            for t, w in gauss(a, b, 24):
                u, f = at(t)
                unavailability += w * u
                frequency += w * f
        return unavailability / horizon, frequency / horizon

    def minimal_cut_sets(self):
        """The number of minimal cut sets by order: down states in which the return of any one part
        brings the system up."""
        index = np.nonzero(self.failed)[0]
        for i in range(len(self.names)):
            without = index & ~(1 << i)
            index = index[(without == index) | ~self.failed[without]]
        orders = [int(state).bit_count() for state in index]
        return {order: orders.count(order) for order in sorted(set(orders))}


def gauss(a, b, n):
    """Points and weights of Gauss-Legendre quadrature on [a, b]."""
    x, w = np.polynomial.legendre.leggauss(n)
    return zip(0.5 * (b - a) * x + 0.5 * (a + b), 0.5 * (b - a) * w)


def at_least(k, bits):
    return sum(bit.astype(int) for bit in bits) >= k


def lognormal_mean(median, p95):
    """The mean of a lognormal distribution given by its median and 95th percentile."""
    return median * exp((log(p95 / median) / ndtri(0.95)) ** 2 / 2)


# --- Markov chains -------------------------------------------------------------------------------------------------------


def explore(start, moves):
    """All states that can be reached, and the off-diagonal entries of the generator."""
    number, todo, entries = {start: 0}, [start], []
    for state in todo:
        for rate, after in moves(state):
            if after not in number:
                number[after] = len(todo)
                todo.append(after)
            if after != state and rate > 0:
                entries.append((number[state], number[after], rate))
    return todo, entries


def chain(start, moves, is_down, horizon=None):
    """Unavailability and failures per hour: in the long run, and over a horizon that begins in `start`."""
    states, entries = explore(start, moves)
    n = len(states)
    q = np.zeros((n, n))
    for i, j, rate in entries:
        q[i, j] += rate
    q -= np.diag(q.sum(axis=1))
    down = np.array([is_down(state) for state in states])
    failing = np.where(down, 0.0, (q * down[None, :]).sum(axis=1))
    # Time x spent in each state: x Q = π(H) − π(0), x·1 = H; in the long run x Q = 0, x·1 = 1. The last
    # equation, which depends on the others, is replaced by the normalisation.
    system = q.T.copy()
    system[-1] = 1.0

    def solve(right, total):
        right = right.copy()
        right[-1] = total
        return np.linalg.solve(system, right)

    settled = solve(np.zeros(n), 1.0)
    result = {"unavailability": settled @ down, "frequency": settled @ failing}
    if horizon:
        first = np.zeros(n)
        first[0] = 1.0
        # All chains here have reached their stationary distribution after 5000 h.
        last = expm_multiply(csc_matrix(q.T), first, start=0, stop=min(horizon, 5000), num=2)[-1]
        spent = solve(last - first, min(horizon, 5000)) + (horizon - min(horizon, 5000)) * settled
        result |= {"unavailability_over": spent @ down / horizon, "frequency_over": spent @ failing / horizon}
    result["states"] = n
    return result


class Law:
    """A distribution of a time, as points with weights that integrate smooth functions over it."""

    def __init__(self, points):
        self.points = [(t, w) for t, w in points if w > 0]

    @staticmethod
    def fixed(t):
        return Law([(t, 1.0)])

    @staticmethod
    def uniform(low, high):
        return Law([(t, w / (high - low)) for t, w in gauss(low, high, 12)])

    @staticmethod
    def lognormal(median, p95):
        sigma = log(p95 / median) / ndtri(0.95)
        normal = [(z, w * exp(-z * z / 2) / sqrt(2 * math.pi)) for a in range(-8, 8) for z, w in gauss(a, a + 1, 6)]
        return Law([(median * exp(sigma * z), w) for z, w in normal])

    def mean(self):
        return fsum(t * w for t, w in self.points)


def regenerative(start, moves, timer, expire, is_down):
    """A chain in which some states run a timer: `timer(state)` is (label, law) or None. Moves within a
    label leave the timer running, entering a label restarts it, and `expire(state)` lists the
    probabilities and states after it expires."""

    def label(state):
        found = timer(state)
        return found[0] if found else None

    def everything(state):
        return [(rate, after) for rate, after in moves(state)] + [
            (0.0, after) for _, after in (expire(state) if timer(state) else [])
        ]

    number, todo = {start: 0}, [start]
    for state in todo:
        for _, after in everything(state):
            if after not in number:
                number[after] = len(todo)
                todo.append(after)
    groups = {}
    for state in todo:
        if timer(state):
            groups.setdefault(timer(state)[0], []).append(state)
    solved = {}
    for name, members in groups.items():
        place = {state: i for i, state in enumerate(members)}
        n = len(members)
        sub = np.zeros((n, n))
        for state in members:
            for rate, after in moves(state):
                sub[place[state], place[state]] -= rate
                if after in place:
                    sub[place[state], place[after]] += rate
        # expm of [[Q, 1], [0, 0]] t has exp(Q t) and the integral of exp(Q u) from 0 to t in its upper
        # blocks.
        whole = np.zeros((2 * n, 2 * n))
        whole[:n, :n], whole[:n, n:] = sub, np.eye(n)
        ends, spent = np.zeros((n, n)), np.zeros((n, n))
        for t, w in timer(members[0])[1].points:
            both = expm(whole * t)
            ends += w * both[:n, :n]
            spent += w * both[:n, n:]
        solved[name] = (place, ends, spent)

    def cycle(entry):
        """One cycle between regenerations: time in each state, flows between states, and the
        probabilities of its end."""
        time, flows, ending = {}, [], {}
        if not timer(entry):
            total = fsum(rate for rate, _ in moves(entry))
            time[entry] = 1 / total
            for rate, after in moves(entry):
                flows.append((entry, after, rate / total))
                ending[after] = ending.get(after, 0) + rate / total
            return time, flows, ending
        place, ends, spent = solved[label(entry)]
        for state, i in place.items():
            hours, expiring = spent[place[entry], i], ends[place[entry], i]
            if hours <= 0 and expiring <= 0:
                continue
            time[state] = hours
            for rate, after in moves(state):
                flows.append((state, after, hours * rate))
                if after not in place:
                    ending[after] = ending.get(after, 0) + hours * rate
            for share, after in expire(state):
                flows.append((state, after, expiring * share))
                ending[after] = ending.get(after, 0) + expiring * share
        return time, flows, ending

    entries, cycles = {start: 0}, []
    todo = [start]
    for entry in todo:
        cycles.append(cycle(entry))
        for after in cycles[-1][2]:
            if after not in entries:
                entries[after] = len(todo)
                todo.append(after)
    n = len(todo)
    kernel = np.zeros((n, n))
    for i, (_, _, ending) in enumerate(cycles):
        for after, share in ending.items():
            kernel[i, entries[after]] += share
    assert abs(kernel.sum(axis=1) - 1).max() < 1e-7, kernel.sum(axis=1)
    system = kernel.T - np.eye(n)
    system[-1] = 1.0
    right = np.zeros(n)
    right[-1] = 1.0
    visits = np.linalg.solve(system, right)
    total = down = failures = 0.0
    begun = {}
    for share, (time, flows, _) in zip(visits, cycles):
        total += share * fsum(time.values())
        down += share * fsum(hours for state, hours in time.items() if is_down(state))
        for before, after, flow in flows:
            if is_down(after) and not is_down(before):
                failures += share * flow
                begun[after] = begun.get(after, 0) + share * flow
    return {
        "unavailability": down / total,
        "frequency": failures / total,
        "begun": {state: flow / total for state, flow in begun.items()},
        "states": len(number),
    }


def in_series(*parts):
    """Unavailability and failures per hour of independent systems in series."""
    up = math.prod(1 - u for u, _ in parts)
    unavailability = -expm1(fsum(math.log1p(-u) for u, _ in parts))
    return unavailability, fsum(f * up / (1 - u) for u, f in parts)


def alternating(up, down):
    """Unavailability and failures per hour of one part."""
    return down / (up + down), 1 / (up + down)


def k_of_n_down(n, down_needed, up, down):
    """The same for n equal parts; the system is down while at least `down_needed` of them are."""
    q, rate = alternating(up, down)
    unavailability = fsum(comb(n, i) * q**i * (1 - q) ** (n - i) for i in range(down_needed, n + 1))
    before = down_needed - 1
    return unavailability, n * rate * comb(n - 1, before) * q**before * (1 - q) ** (n - 1 - before)


# --- Expected figures ----------------------------------------------------------------------------------------------------


def settled(found):
    """The exact figures of the long run."""
    return {
        "/figures/unavailability_long_run/exact/value": found["unavailability"],
        "/figures/mtbf_long_run_s/exact/value": (1 - found["unavailability"]) / found["frequency"] * 3600,
        "/figures/mdt_long_run_s/exact/value": found["unavailability"] / found["frequency"] * 3600,
    }


def exact_over(unavailability, frequency):
    return {
        "/figures/unavailability/exact/value": unavailability,
        "/figures/failure_frequency_per_year/exact/value": frequency * YEAR,
    }


def simulated(unavailability, frequency, mdt=None):
    mdt = unavailability / frequency if mdt is None else mdt
    return {
        "/figures/unavailability/simulated": unavailability,
        "/figures/failure_frequency_per_year/simulated": frequency * YEAR,
        "/figures/mdt_s/simulated": mdt * 3600,
    }


def counted(path, per_year, years):
    """Bounds of a yearly count that is estimated from `years` simulated years: four standard errors of a
    Poisson count."""
    half = 4 * sqrt(per_year * years) / years
    return {path: [per_year - half, per_year + half]}


def importance(found, *names):
    result = {}
    for name in names:
        result[f"/importance/{name}/birnbaum"] = found["birnbaum"][name]
        result[f"/importance/{name}/criticality"] = (
            found["birnbaum"][name] * found["q"][name] / found["unavailability"]
        )
    return result


def cut_sets(parts):
    orders = parts.minimal_cut_sets()
    result = {"/cut_sets/count": str(sum(orders.values()))}
    for order in range(1, min(max(orders), 6) + 1):
        result[f"/cut_sets/by_order/{order - 1}"] = str(orders.get(order, 0))
    return result


def replications(file):
    """The number of replications in the scenario's command."""
    command = (HERE / file).read_text().split("command = ")[1].split("\n")[0]
    words = json.loads(command)
    return int(words[words.index("--replications") + 1])


# --- The scenarios -------------------------------------------------------------------------------------------------------


def web_shop():
    file = "web-shop/expected.toml"
    parts = {f"lb-{i}": (3000, 1 / 6) for i in (1, 2)}
    parts |= {f"web-{i}": (1500, 0.5) for i in range(1, 7)}
    parts |= {f"db-{i}": (4000, 2) for i in (1, 2)}
    parts |= {f"zone-{z}": (2 * YEAR, 2) for z in "ab"}

    def is_down(of):
        zone = lambda place: of("zone-a") if place == 0 else of("zone-b")
        edge = (of("lb-1") | zone(0)) & (of("lb-2") | zone(1))
        app = at_least(4, [of(f"web-{i}") | zone((i - 1) // 3) for i in range(1, 7)])
        return edge | app | (of("db-1") | zone(0)) & (of("db-2") | zone(1))

    model = Parts(parts, is_down)
    found = model.long_run()
    unavailability, frequency = model.over(YEAR)
    figures = settled(found) | exact_over(unavailability, frequency)
    figures |= importance(found, "db-1", "zone-a", "web-1") | cut_sets(model)
    figures["/objectives/0/outcome"] = "held"
    bounds = {}
    for name in ("zone-a", "db-2"):
        bounds |= counted(f"/downtime_by_cause/{name}/outages_per_year", found["begun"][name] * YEAR, replications(file))
    yield file, figures, simulated(unavailability, frequency), bounds


def quorum_store():
    """Servers and zones are independent, and a patch depends on the servers alone. So the states of the
    servers from one patch day to the next form a Markov chain (5 × 32 states), and zones are included by
    multiplication."""
    fail, mend, week, patch = 1 / 2000, 1 / 4, 168.0, 0.5
    zone_q = 3 / (YEAR + 3)
    zone_of = [0, 0, 1, 1, 2]

    def lost(down):
        """The probability that the majority is lost, given the servers that are down."""
        total = 0.0
        for zones in itertools.product((0, 1), repeat=3):
            p = math.prod(zone_q if z else 1 - zone_q for z in zones)
            total += p * (sum(d or zones[z] for d, z in zip(down, zone_of)) >= 3)
        return total

    states = list(itertools.product((0, 1), repeat=5))
    lost_in = np.array([lost(state) for state in states])

    def q_after(was_down, hours):
        stationary = fail / (fail + mend)
        return stationary + (was_down - stationary) * exp(-(fail + mend) * hours)

    def spread(q):
        return np.array([math.prod(q_i if d else 1 - q_i for d, q_i in zip(state, q)) for state in states])

    def after(state, turn, hours):
        """The distribution `hours` after a patch day that found the servers in `state`."""
        q = [q_after(d, hours) for d in state]
        if any(state):
            return spread(q)
        q[turn] = 1.0 if hours < patch else q_after(0, hours - patch)
        return spread(q)

    n = len(states)
    kernel = np.zeros((5 * n, 5 * n))
    for turn, (i, state) in itertools.product(range(5), enumerate(states)):
        following = turn if any(state) else (turn + 1) % 5
        kernel[turn * n + i, following * n : (following + 1) * n] = after(state, turn, week)
    system = kernel.T - np.eye(5 * n)
    system[-1] = 1.0
    right = np.zeros(5 * n)
    right[-1] = 1.0
    visits = np.linalg.solve(system, right)
    cuts = [0.0, patch, patch + 1, patch + 4, patch + 12, patch + 40, week]
    unavailability = 0.0
    for turn, (i, state) in itertools.product(range(5), enumerate(states)):
        share = visits[turn * n + i]
        if share < 1e-15:
            continue
        for a, b in zip(cuts, cuts[1:]):
            unavailability += share * fsum(w * (after(state, turn, t) @ lost_in) for t, w in gauss(a, b, 8)) / week
    yield "quorum-store/expected.toml", {"/objectives/0/outcome": "held"}, {
        "/figures/unavailability/simulated": unavailability
    }, {}


def database_failover():
    fail, mend, orchestrator = 1 / 1500, 1 / 4, 1000 / 1001
    works = 0.95 * orchestrator
    detection = Law.uniform(22 * SECOND, 32 * SECOND)
    switchover = Law.uniform(30 * SECOND, 90 * SECOND)
    manual = Law.lognormal(25 * MINUTE, 90 * MINUTE)
    laws = {"detect": detection, "switch": switchover, "by hand": manual}
    # States: both up; one serves and the other is in repair; none up; and the primary lost while the
    # named phase is under way, with the replica up. If the replica fails too, none is up, and the first
    # that returns serves at once.
    moves = {
        "both": [(fail, "detect"), (fail, "one")],
        "one": [(mend, "both"), (fail, "none")],
        "none": [(2 * mend, "one")],
    }
    moves |= {phase: [(mend, "both"), (fail, "none")] for phase in laws}
    after = {
        "detect": [(works, "switch"), (1 - works, "by hand")],
        "switch": [(1, "one")],
        "by hand": [(1, "one")],
    }
    found = regenerative(
        "both",
        lambda state: moves[state],
        lambda state: (state, laws[state]) if state in laws else None,
        lambda state: after[state],
        lambda state: state in laws or state == "none",
    )
    file = "database-failover/expected.toml"
    bounds = counted("/downtime_by_cause/db-1 failure/outages_per_year", found["begun"]["none"] / 2 * YEAR, 2 * replications(file))
    yield file, {"/objectives/0/outcome": "held"}, simulated(found["unavailability"], found["frequency"]), bounds


def power():
    grid_fails, grid_returns, breaks, mended, by_hand = 1 / 8000, 1 / 2, 1 / 1000, 1 / 24, 3.0
    works = 0.98

    # (utility up, generators up, source that serves): a generator, the utility, none while one is started
    # by hand, none. Generators are alike, so their number is sufficient; only the serving one wears.
    def lost(utility, spares):
        """The states after the loss of the serving source, with `spares` generators in standby."""
        if spares:
            return [(works, (utility, spares, "generator")), (1 - works, (utility, spares, "by hand"))]
        return [(1.0, (utility, 0, "nobody"))]

    def moves(state):
        utility, up, serving = state
        found = []
        if up < 2:
            # A generator returns; if no source serves, it takes the load at once.
            then = "generator" if serving in ("by hand", "nobody") else serving
            found.append(((2 - up) * mended, (utility, up + 1, then)))
        if utility:
            found += [(grid_fails * p, after) for p, after in lost(False, up)]
        else:
            found.append((grid_returns, (True, up, "utility")))
        if serving == "generator":
            # The serving generator fails; the other one, if it is up, must start.
            found += [(breaks * p, after) for p, after in lost(utility, up - 1)]
        if serving == "by hand":
            found.append((by_hand, (utility, up, "generator")))
        return found

    source = chain((True, 2, "utility"), moves, lambda state: state[2] in ("by hand", "nobody"))
    whole = in_series(
        (source["unavailability"], source["frequency"]),
        k_of_n_down(3, 2, 60000, 12),
        k_of_n_down(2, 2, 300000, 8),
    )
    yield "power/expected.toml", {"/objectives/0/outcome": "held"}, simulated(*whole), {}


def cdn():
    file = "cdn/expected.toml"
    h = MINUTE
    parts = {f"cdn-{i}": (4000, lognormal_mean(40 * h, 4)) for i in (1, 2)}
    parts |= {f"dns-{i}": (2 * YEAR, lognormal_mean(1, 6)) for i in (1, 2)}
    parts |= {f"shield-{i}": (1500, lognormal_mean(5 * h, 30 * h)) for i in (1, 2)}
    parts |= {f"origin-{i}": (700, lognormal_mean(20 * h, 2)) for i in (1, 2, 3)}
    parts["release"] = (1500, 10 * h)

    def is_down(of):
        names = of("dns-1") & of("dns-2")
        delivery = (of("cdn-1") | names) & (of("cdn-2") | names)
        backend = of("shield-1") & of("shield-2") | at_least(2, [of(f"origin-{i}") for i in (1, 2, 3)]) | of("release")
        return delivery | backend

    model = Parts(parts, is_down)
    found = model.long_run()
    figures = settled(found) | exact_over(found["unavailability"], found["frequency"])
    figures |= importance(found, "release", "origin-1", "cdn-1", "dns-1") | cut_sets(model)
    figures["/objectives/0/outcome"] = "held"
    bounds = {}
    for name in ("release", "origin-1"):
        bounds |= counted(f"/downtime_by_cause/{name}/outages_per_year", found["begun"][name] * YEAR, replications(file))
    yield file, figures, simulated(found["unavailability"], found["frequency"]), bounds


def replicated_log():
    parts = {f"broker-{i}": (3000, 1) for i in range(1, 7)}
    parts |= {f"controller-{i}": (4000, 0.5) for i in (1, 2, 3)}
    parts |= {f"rack-{r}": (4 * YEAR, 3) for r in "abc"}

    def is_down(of):
        broker = {i: of(f"broker-{i}") | of("rack-" + "abc"[(i - 1) % 3]) for i in range(1, 7)}
        down = at_least(2, [of(f"controller-{i}") | of("rack-" + "abc"[i - 1]) for i in (1, 2, 3)])
        for first in range(6):
            down = down | at_least(2, [broker[(first + i) % 6 + 1] for i in range(3)])
        return down

    model = Parts(parts, is_down)
    found = model.long_run()
    unavailability, frequency = model.over(YEAR)
    figures = settled(found) | exact_over(unavailability, frequency)
    figures |= importance(found, "broker-1", "rack-a", "controller-1") | cut_sets(model)
    figures["/objectives/0/outcome"] = "held"
    yield "replicated-log/expected.toml", figures, simulated(unavailability, frequency), {}


def regions():
    whole, app, db = (3 * YEAR, 4), (700, 0.5), (3000, 0.75)
    dns, change = (4 * YEAR, 1), (2000, 0.2)
    parts = {"east": whole, "app-1": app, "app-2": app, "app-3": app, "db": db, "dns": dns, "change": change}

    def is_down(of):
        stack = at_least(2, [of(f"app-{i}") for i in (1, 2, 3)]) | of("db")
        return of("dns") | of("change") | of("east") | stack

    model = Parts(parts, is_down)
    found = model.long_run()
    unavailability, frequency = model.over(YEAR)
    figures = settled(found) | exact_over(unavailability, frequency) | cut_sets(model)
    figures["/objectives/0/outcome"] = "missed"
    yield "regions/expected-one-region.toml", figures, simulated(unavailability, frequency), {}

    # A region: (region down, applications down, database down). The third element of a state is the
    # serving region, a phase of the switchover, or "nobody".
    def within(region):
        (w, a, d) = region
        found = [(1 / (whole[1] if w else whole[0]), (1 - w, a, d)), (1 / (db[1] if d else db[0]), (w, a, 1 - d))]
        if a < 3:
            found.append(((3 - a) / app[0], (w, a + 1, d)))
        if a > 0:
            found.append((a / app[1], (w, a - 1, d)))
        return found

    gone = lambda region: region[0] == 1 or region[1] >= 2 or region[2] == 1

    def settle(before, east, west):
        """The serving region, or the phase, after a change of one region."""
        _, _, serving = before
        up = {"east": not gone(east), "west": not gone(west)}
        if serving in up:
            if up[serving]:
                return serving
            other = "west" if serving == "east" else "east"
            return "detect" if up[other] else "nobody"
        back = [name for name, old, new in (("east", before[0], east), ("west", before[1], west)) if gone(old) and not gone(new)]
        return back[0] if back else serving

    def moves(state):
        east, west, _ = state
        found = [(rate, (after, west, settle(state, after, west))) for rate, after in within(east)]
        return found + [(rate, (east, after, settle(state, east, after))) for rate, after in within(west)]

    laws = {"detect": Law.uniform(65 * SECOND, 95 * SECOND), "switch": Law.fixed(60 * SECOND)}

    def expire(state):
        east, west, serving = state
        if serving == "detect":
            return [(1.0, (east, west, "switch"))]
        ready = "east" if not gone(east) else "west" if not gone(west) else "nobody"
        return [(1.0, (east, west, ready))]

    traffic = regenerative(
        ((0, 0, 0), (0, 0, 0), "east"),
        moves,
        lambda state: (state[2], laws[state[2]]) if state[2] in laws else None,
        expire,
        lambda state: state[2] not in ("east", "west"),
    )
    system = in_series((traffic["unavailability"], traffic["frequency"]), alternating(*dns), alternating(*change))
    yield "regions/expected-two-regions.toml", {"/objectives/0/outcome": "held"}, simulated(*system), {}


def on_call():
    kinds = {"db": (2, 1000, 3), "web": (3, 500, 1), "build": (1, 60, 6), "reports": (1, 150, 8)}
    order = list(kinds)
    noticed = 6.0  # failures are noticed at this rate per hour: after ten minutes on average

    # (unnoticed by kind, in repair by kind, waiting in order of arrival). Units of one kind are alike.
    # Repairs are exponential, so the remainder of an interrupted repair is distributed as a whole one.
    def model(size, discipline):
        def dispatch(repairing, waiting):
            repairing, waiting = list(repairing), list(waiting)
            while waiting and sum(repairing) < size:
                pick = 0 if discipline == "fifo" else waiting.index(min(waiting))
                repairing[waiting.pop(pick)] += 1
            return tuple(repairing), tuple(waiting)

        def arrive(repairing, waiting, kind):
            repairing = list(repairing)
            if sum(repairing) < size:
                repairing[kind] += 1
                return tuple(repairing), waiting
            worst = max(k for k in range(4) if repairing[k])
            if discipline == "preemptive_priority" and kind < worst:
                repairing[worst] -= 1
                repairing[kind] += 1
                return tuple(repairing), waiting + (worst,)
            return tuple(repairing), waiting + (kind,)

        def moves(state):
            unnoticed, repairing, waiting = state
            found = []
            for kind, name in enumerate(order):
                count, mtbf, mttr = kinds[name]
                up = count - unnoticed[kind] - repairing[kind] - waiting.count(kind)
                if up:
                    more = tuple(u + (k == kind) for k, u in enumerate(unnoticed))
                    found.append((up / mtbf, (more, repairing, waiting)))
                if unnoticed[kind]:
                    less = tuple(u - (k == kind) for k, u in enumerate(unnoticed))
                    found.append((unnoticed[kind] * noticed, (less, *arrive(repairing, waiting, kind))))
                if repairing[kind]:
                    less = tuple(r - (k == kind) for k, r in enumerate(repairing))
                    found.append((repairing[kind] / mttr, (unnoticed, *dispatch(less, waiting))))
            return found

        def is_down(state):
            unnoticed, repairing, waiting = state
            out = [unnoticed[k] + repairing[k] + waiting.count(k) for k in range(4)]
            return out[0] >= 2 or out[1] >= 2

        if discipline != "fifo":
            # With priorities the order of arrival matters only among units of one kind, which are alike.
            inner = moves
            moves = lambda state: [(rate, (u, r, tuple(sorted(w)))) for rate, (u, r, w) in inner(state)]
        return chain(((0,) * 4, (0,) * 4, ()), moves, is_down, YEAR)

    cases = {"one-responder": (1, "fifo"), "two-responders": (2, "fifo"), "shop-first": (1, "preemptive_priority")}
    for name, (size, discipline) in cases.items():
        found = model(size, discipline)
        figures = {"/objectives/0/outcome": "held"}
        yield f"on-call/expected-{name}.toml", figures, simulated(found["unavailability_over"], found["frequency_over"]), {}


def tested_backup():
    fail, mend, bad, every, horizon = 1 / (2 * YEAR), 1 / 12, 1 / 6500, 720.0, 5 * YEAR

    def at(t):
        lost = fail / (fail + mend) * -expm1(-(fail + mend) * t)
        gone = -expm1(-bad * (t % every))
        return lost * gone, lost * bad * (1 - gone) + gone * fail * (1 - lost)

    cuts = [0.0, 3.0, 12.0, 40.0, 120.0] + [every * i for i in range(1, int(horizon / every) + 1)] + [horizon]
    unavailability = frequency = 0.0
    for a, b in zip(cuts, cuts[1:]):
        for t, w in gauss(a, b, 30):
            u, f = at(t)
            unavailability += w * u / horizon
            frequency += w * f / horizon
    figures = exact_over(unavailability, frequency)
    yield "tested-backup/expected.toml", figures, simulated(unavailability, frequency), {}


def crash_loop():
    success, attempt, human = 0.8, 20 * SECOND, lognormal_mean(45 * MINUTE, 4)
    waits = [min(10 * 2**i, 300) * SECOND for i in range(6)]  # after attempts 1 to 6
    mean = 26 * SECOND  # uniform from 21 s to 31 s
    for number in range(1, 8):
        # Attempt `number` is the one that works: its time includes all attempts before it and the waits
        # between.
        took = number * attempt + sum(waits[: number - 1])
        mean += success * (1 - success) ** (number - 1) * took
    mean += (1 - success) ** 7 * (7 * attempt + sum(waits) + human)
    unavailability, frequency = k_of_n_down(3, 2, 60, mean)
    figures = settled({"unavailability": unavailability, "frequency": frequency})
    figures["/importance/pod-1/unavailability"] = mean / (60 + mean)
    figures["/objectives/0/outcome"] = "held"
    yield "crash-loop/expected.toml", figures, simulated(unavailability, frequency), {}


def disks():
    pieces = [(0, 0.051), (1.5, 0.014), (3, 0.118)]
    age, down = 4.0, 54 / YEAR  # in years

    def hazard(t):
        return sum(rate * max(0.0, min(t, end) - start) for (start, rate), end in zip(pieces, (1.5, 3, math.inf)))

    # Renewal-reward (Barlow and Proschan 1965): a life ends by failure or at the age.
    up = fsum(quad(lambda t: exp(-hazard(t)), a, b, epsabs=0, epsrel=1e-13)[0] for a, b in ((0, 1.5), (1.5, 3), (3, age)))
    fails = -expm1(-hazard(age))
    # Per failure there is up / fails of operating time, then the repair. Replacements take no time and
    # are not failures.
    unavailability, frequency = k_of_n_down(8, 2, up / fails, down)
    found = {"unavailability": unavailability, "frequency": frequency / YEAR}
    figures = settled(found) | exact_over(unavailability, frequency / YEAR)
    figures |= {"/cut_sets/count": "28", "/cut_sets/by_order/1": "28"}
    yield "disks/expected.toml", figures, simulated(unavailability, frequency / YEAR), {}


def sealed_module():
    def of(n, needed, up):
        return fsum(comb(n, i) * up**i * (1 - up) ** (n - i) for i in range(needed, n + 1))

    def reliability(t):
        server = of(24, 18, exp(-((t / 12) ** 1.3)))
        return server * of(2, 1, exp(-t / 40)) * of(3, 2, exp(-((t / 10) ** 2))) * exp(-t / 150)

    mttf = fsum(quad(reliability, a, b, epsabs=0, epsrel=1e-13)[0] for a, b in ((0, 1), (1, 5), (5, 10), (10, 20), (20, 40)))
    over = lambda length: quad(lambda t: 1 - reliability(t), 0, length, epsabs=0, epsrel=1e-13)[0] / length
    unreliability = 1 - reliability(2)
    figures = {
        "/figures/unreliability/exact/value": unreliability,
        "/figures/mttf_s/exact/value": mttf * YEAR * 3600,
        "/figures/unavailability/exact/value": over(5),
        "/figures/failure_frequency_per_year/exact/value": (1 - reliability(5)) / 5,
        "/objectives/0/outcome": "held",
        # Any 7 of 24 servers, both switches, any 2 of 3 power supplies, the uplink.
        "/cut_sets/count": str(comb(24, 7) + 1 + 3 + 1),
    }
    drawn = {"/figures/unreliability/simulated": unreliability, "/figures/unavailability/simulated": over(5)}
    yield "sealed-module/expected.toml", figures, drawn, {}


def firmware():
    own, together, mend = 0.95 / 4000, 0.05 / 4000, 1 / 6

    def moves(down):
        found = [((3 - down) * own, down + 1)] if down < 3 else []
        found += [(together, 3)] if down < 3 else []
        return found + ([(down * mend, down - 1)] if down else [])

    firewalls = chain(0, moves, lambda down: down == 3)
    whole = in_series((firewalls["unavailability"], firewalls["frequency"]), k_of_n_down(2, 2, 2000, 3))
    # Outages that the firmware starts: it takes all three down, from any state in which at least one is up.
    links, _ = k_of_n_down(2, 2, 2000, 3)
    begun = together * (1 - firewalls["unavailability"]) * (1 - links) * YEAR
    file = "firmware/expected.toml"
    bounds = counted("/downtime_by_cause/firmware/outages_per_year", begun, 10 * replications(file))
    yield file, {"/objectives/0/outcome": "held"}, simulated(*whole), bounds


def checkout():
    parts = {"catalog": (359, 0.9), "checkout": (195, 1), "login": (431, 0.5), "payments": (215, 62 / 60), "search": (263, 56 / 60)}
    model = Parts(parts, lambda of: of("catalog") | of("checkout") | of("login") | of("payments") | of("search"))
    unavailability, frequency = model.over(YEAR)
    figures = settled(model.long_run()) | exact_over(unavailability, frequency) | cut_sets(model)
    figures["/objectives/0/outcome"] = "missed"
    yield "checkout/expected.toml", figures, simulated(unavailability, frequency), {}

    # The pair of providers: which have failed, and the phase of the switchover. A provider that is
    # repaired while neither serves takes over at once.
    fail, mend = 1 / 215, 60 / 62
    detect, switch, manual = 120, 60, 3
    after = {
        "both up": [(fail, "detect"), (fail, "one up")],
        "one up": [(fail, "none up"), (mend, "both up")],
        "detect": [(0.95 * detect, "switch"), (0.05 * detect, "by hand"), (fail, "none up"), (mend, "both up")],
        "switch": [(switch, "one up"), (fail, "none up"), (mend, "both up")],
        "by hand": [(manual, "one up"), (fail, "none up"), (mend, "both up")],
        "none up": [(2 * mend, "one up")],
    }
    paying = chain("both up", after.get, lambda state: state not in ("both up", "one up"))
    others = [alternating(*parts[name]) for name in ("catalog", "checkout", "login", "search")]
    whole = in_series((paying["unavailability"], paying["frequency"]), *others)
    found = {"unavailability": whole[0], "frequency": whole[1]}
    yield "checkout/expected-two-providers.toml", settled(found) | {"/objectives/0/outcome": "missed"}, {}, {}


SCENARIOS = [
    web_shop,
    quorum_store,
    database_failover,
    power,
    cdn,
    replicated_log,
    regions,
    on_call,
    tested_backup,
    crash_loop,
    disks,
    sealed_module,
    firmware,
    checkout,
]
MARK = "# Written by scenarios/expect_simulate.py.\n"


def section(name, figures):
    if not figures:
        return ""
    plain = {key: [float(v) for v in value] if isinstance(value, list) else value for key, value in figures.items()}
    plain = {key: float(value) if isinstance(value, np.floating) else value for key, value in plain.items()}
    return f"[{name}]\n" + "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in plain.items())


def main():
    words = [word for word in sys.argv[1:] if word != "--write"]
    for scenario in SCENARIOS:
        if words and scenario.__name__.replace("_", "-") not in words:
            continue
        for file, figures, drawn, bounds in scenario():
            text = MARK + section("figures", figures) + section("simulated", drawn) + section("bounds", bounds)
            path = HERE / file
            if "--write" in sys.argv:
                path.write_text(path.read_text().split(MARK)[0] + text)
            else:
                print(f"## {file}\n{text}")


main()
