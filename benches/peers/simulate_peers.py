"""Component events per second on one core: steadfast, RePyability and SimPy on the same system.

    simulate_peers.py BIN [UNITS...]

The system is that of `cargo bench --bench engine`: a series of groups of three units of which two are needed,
MTBF 1,000 h, MTTR 10 h, both exponential, over ten years. An event is a failure or the end of a repair. All
figures are processor time of one thread: of the whole process for steadfast, including reading the file and
writing the report; of the simulation alone for the peers, after a first run that compiles and warms up. The
table also shows the unavailability that each program finds: they must agree within their errors.
"""

import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

MTBF_H, MTTR_H, HORIZON_H = 1_000.0, 10.0, 87_600.0
ROUNDS = 5
# By default RePyability also computes exact figures to reduce the variance of the simulated ones, and stores
# every change of state. Both are switched off here.
PLAIN = {"curve_points": 100, "control_variate": False, "conditional": False}


def events_of(units, replications):
    """The expected number of events. Each program runs so many that the relative error of this is far below 1 %."""
    return replications * units * 2 * HORIZON_H / (MTBF_H + MTTR_H)


def steadfast(binary, units, replications, seed, crew):
    lines = ["horizon: 87600h", "components:"]
    lines += [f"  unit-{i}: {{ mtbf: 1000h, mttr: 10h }}" for i in range(units)]
    lines += ["system:", "  series:"]
    lines += [f"    - k_of_n: {{ k: 2, of: [unit-{i}, unit-{i + 1}, unit-{i + 2}] }}" for i in range(0, units, 3)]
    if crew:
        served = ", ".join(f"unit-{i}" for i in range(units))
        lines.append(f"crews: {{ all: {{ size: {crew}, serves: [{served}] }} }}")
    with tempfile.TemporaryDirectory() as folder:
        topology, output = pathlib.Path(folder) / "groups.yaml", pathlib.Path(folder) / "report.json"
        topology.write_text("\n".join(lines) + "\n")
        options = ["--method", "monte-carlo", "--threads", "1", "--quiet", "--seed", str(seed)]
        options += ["--replications", str(replications), "--output", str(output)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([binary, "simulate", str(topology), *options], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads(output.read_text())
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figure = next(figure for figure in report["figures"] if figure["key"] == "unavailability")
    return report["simulation"]["events"] / spent_s, figure["simulated"]["value"]


def repyability(rbd, units, replications, seed, engine):
    start_s = time.process_time()
    result = rbd.availability(HORIZON_H, mc_samples=replications, seed=seed, engine=engine, n_jobs=1, **PLAIN)
    spent_s = time.process_time() - start_s
    return events_of(units, replications) / spent_s, 1.0 - result.sample_mean_availability


def repyability_system(units, crew):
    import surpyval
    from repyability import PerfectReliability, RepairableRBD

    edges, components, needed = [], {}, {}
    before = "in"
    for group in range(units // 3):
        vote = f"vote-{group}"
        for i in range(3 * group, 3 * group + 3):
            edges += [(before, f"unit-{i}"), (f"unit-{i}", vote)]
            components[f"unit-{i}"] = {
                "reliability": surpyval.Exponential.from_params([1 / MTBF_H]),
                "repairability": surpyval.Exponential.from_params([1 / MTTR_H]),
            }
        components[vote] = {"reliability": PerfectReliability, "repairability": "instant"}
        needed[vote] = 2
        before = vote
    edges.append((before, "out"))
    crews = {"repair_crews": crew} if crew else {}
    return RepairableRBD(edges, components, k=needed, **crews)


def simpy_run(units, replications, seed, crew):
    import simpy

    rng = random.Random(seed)
    down_h, events = 0.0, 0

    class System:
        def __init__(self):
            self.failed = [0] * (units // 3)
            self.groups_down, self.since_h = 0, 0.0

    def unit(env, system, group, staff):
        nonlocal down_h, events
        while True:
            yield env.timeout(rng.expovariate(1 / MTBF_H))
            events += 1
            system.failed[group] += 1
            if system.failed[group] == 2:
                system.groups_down += 1
                if system.groups_down == 1:
                    system.since_h = env.now
            if staff is None:
                yield env.timeout(rng.expovariate(1 / MTTR_H))
            else:
                with staff.request() as request:
                    yield request
                    yield env.timeout(rng.expovariate(1 / MTTR_H))
            events += 1
            system.failed[group] -= 1
            if system.failed[group] == 1:
                system.groups_down -= 1
                if system.groups_down == 0:
                    down_h += env.now - system.since_h

    start_s = time.process_time()
    for _ in range(replications):
        env, system = simpy.Environment(), System()
        staff = simpy.Resource(env, capacity=crew) if crew else None
        for i in range(units):
            env.process(unit(env, system, i // 3, staff))
        env.run(until=HORIZON_H)
        if system.groups_down:
            down_h += HORIZON_H - system.since_h
    return events / (time.process_time() - start_s), down_h / replications / HORIZON_H


def main():
    binary = sys.argv[1]
    print("| units | repair | program | million events a second | steadfast's to this one's | unavailability |")
    print("|--:|---|---|--:|--:|--:|")
    for units in [int(word) for word in sys.argv[2:]] or [9, 99]:
        for crew in (None, 20 if units > 20 else units - 1):
            measure(binary, units, crew)


def measure(binary, units, crew):
    """Prints the rates of all programs, which take turns, so that other work on the machine affects all alike."""
    rbd = repyability_system(units, crew)
    many = max(1, int(20_000_000 / events_of(units, 1)))
    some = max(1, int(2_000_000 / events_of(units, 1)))
    few = max(1, int(200_000 / events_of(units, 1)))
    programs = {
        "steadfast": lambda seed: steadfast(binary, units, many, seed, crew),
        "RePyability, compiled by numba": lambda seed: repyability(rbd, units, some, seed, "numba"),
        "SimPy": lambda seed: simpy_run(units, few, seed, crew),
    }
    found = {name: [] for name in programs}
    for seed in range(ROUNDS + 1):
        for name, run in programs.items():
            found[name].append(run(seed))
    # The first run, which compiles and fills caches, is left out.
    rates = {name: statistics.median(rate for rate, _ in runs[1:]) for name, runs in found.items()}
    repair = f"one crew of {crew}" if crew else "at once"
    for name, rate in rates.items():
        ratio = "" if name == "steadfast" else f"{rates['steadfast'] / rate:.1f}"
        down = statistics.mean(down for _, down in found[name])
        print(f"| {units} | {repair} | {name} | {rate / 1e6:.2f} | {ratio} | {down:.3e} |", flush=True)


main()
