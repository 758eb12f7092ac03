#!/usr/bin/env python3
"""Computes the expected figures of the log scenarios without steadfast, and writes them into the .toml
files.

    python3 scenarios/expect.py            print them
    python3 scenarios/expect.py --write    write them into the [figures] sections

The method is deliberately simple, so that it does not share an error with the program: a window is an
array with one byte per second, and every row marks its seconds. Outages are runs of marked seconds. All
times in the scenarios are whole seconds. Intervals use the quantile functions of SciPy.
"""

import csv
import gzip
import json
import math
import re
import sys
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path
from statistics import fmean, variance
from zoneinfo import ZoneInfo

from scipy.stats import chi2, f, t

HERE = Path(__file__).parent / "availability"
YEAR_S = 8766 * 3600
DAY_S = 86400


def at(text, zone=timezone.utc):
    """Seconds since 1970 of an ISO 8601 time; times without an offset are in `zone`."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


class Line:
    """The state of one service over a window: one byte per second for each of down, planned and unknown."""

    def __init__(self, start, end):
        self.start, self.end, self.n = start, end, end - start
        self.out, self.planned, self.unknown = (bytearray(self.n) for _ in range(3))
        self.still_down = False
        # Seconds for which an outage at the start of the window had lasted before it.
        self.before = 0
        self.instants = set()

    def mark(self, which, start, end):
        """Marks [start, end) in one of the arrays, clipped to the window."""
        a, b = max(start, self.start) - self.start, min(end, self.end) - self.start
        if a < b:
            which[a:b] = b"\1" * (b - a)

    def down(self):
        """Seconds of unplanned downtime."""
        return bytes(o & (1 - p) for o, p in zip(self.out, self.planned))

    def counted(self):
        """Observed seconds: not planned, and known. Down takes precedence over unknown."""
        return [not p and (o or not u) for o, p, u in zip(self.out, self.planned, self.unknown)]


def runs(marks):
    """Start and end of each maximal run of marked seconds."""
    return [(m.start(), m.end()) for m in re.finditer(b"\1+", bytes(marks))]


def measures(line):
    """The measures of docs/definitions.md, with the uptime, the failures and the finished times to
    restore."""
    down = line.down()
    downtime, observed = sum(down), sum(line.counted())
    uptime = observed - downtime
    outages = runs(line.out)
    lengths = [(a, b, sum(down[a:b])) for a, b in outages]
    failures = [(a, b, s) for a, b, s in lengths if s > 0]
    is_open = [line.still_down and b == line.n for _, b, _ in failures]
    whole = [s + (line.before if a == 0 else 0) for a, _, s in failures]
    repairs = [s for s, still in zip(whole, is_open) if not still]
    found = {
        "outages": len(outages),
        "failures": len(failures),
        "open": sum(is_open),
        "window_s": line.n,
        "maintenance_s": sum(line.planned),
        "observed_s": observed,
        "downtime_s": downtime,
        "unavailability/value": downtime / observed,
        "mtbf_s/value": uptime / len(failures),
        "mttr_s/value": fmean(repairs),
        "mttr_s/n": len(repairs),
        "longest_s": max(s for _, _, s in failures),
        "failure_rate_per_year": len(failures) / uptime * YEAR_S,
        "zero_length": sum(not line.out[i] for i in line.instants),
    }
    found["unknown_s"] = line.n - found["maintenance_s"] - observed
    if sum(is_open):
        # With an open outage, its length so far bounds the mean of all.
        found["ttr_bounds/mean_least_s"] = fmean(whole)
    return found, uptime, failures, repairs


def intervals(line):
    """The headline intervals at 95 %, each by its formula in docs/definitions.md."""
    found, uptime, failures, repairs = measures(line)
    n, down = len(failures), found["downtime_s"]
    low, high = 0.025, 0.975
    result = {
        "mtbf_s/lower": 2 * uptime / chi2.ppf(high, 2 * n + 2),
        "mtbf_s/upper": 2 * uptime / chi2.ppf(low, 2 * n),
    }
    # Up times are taken from the start of the window to each outage; planned or unknown time would split
    # them.
    if n >= 5 and not sum(line.planned) and not found["unknown_s"]:
        edges = [0] + [b for _, b in runs(line.out)]
        ups = [a - before for (a, _), before in zip(runs(line.out), edges) if a > before]
        cv2 = lambda xs: variance(xs) / fmean(xs) ** 2
        half = t.ppf(high, n - 1) * math.sqrt((cv2(ups) + cv2(repairs)) / n)
        ratios = [down / uptime * math.exp(sign * half) for sign in (-1, 1)]
    elif n < 5:
        factor = f.ppf(high, 2 * n, 2 * n)
        ratios = [down / uptime / factor, down / uptime * factor]
    else:
        ratios = []
    for name, ratio in zip(("lower", "upper"), ratios):
        result[f"unavailability/{name}"] = ratio / (1 + ratio)
    if found["open"]:
        result["mttr_s/lower"] = found["ttr_bounds/mean_least_s"]
    elif 1 <= len(repairs) < 5:
        k, total = len(repairs), sum(repairs)
        result |= {"mttr_s/lower": 2 * total / chi2.ppf(high, 2 * k), "mttr_s/upper": 2 * total / chi2.ppf(low, 2 * k)}
    elif len(repairs) < 40:
        logs = [math.log(x) for x in repairs]
        m, s2, k = fmean(logs), variance(logs), len(repairs)
        half = t.ppf(high, k - 1) * math.sqrt(s2 / k + s2 * s2 / (2 * (k - 1)))
        result |= {"mttr_s/lower": math.exp(m + s2 / 2 - half), "mttr_s/upper": math.exp(m + s2 / 2 + half)}
    return result


def under(path, found, keys=None):
    return {f"{path}/{key}": value for key, value in found.items() if keys is None or key in keys}


BASIC = ("outages", "failures", "downtime_s", "unavailability/value", "mtbf_s/value", "mttr_s/value", "mttr_s/n", "open")


def read_incidents(zone):
    """The rows of the checkout log that count, by service, and the number of rows in each ledger entry."""
    start, end = at("2026-01-01", zone), at("2026-04-01", zone)
    kept, seen, ledger = defaultdict(list), set(), defaultdict(int)
    for row in csv.DictReader(open(HERE / "checkout-2026q1.csv")):
        a, b = at(row["started_at"]), at(row["resolved_at"]) if row["resolved_at"] else None
        key = (row["service"], a, b)
        if b is not None and b < a:
            ledger["reversed"] += 1
        elif b is not None and (b <= start or a >= end):
            ledger["outside_window"] += 1
        elif key in seen:
            ledger["duplicate"] += 1
        else:
            seen.add(key)
            ledger["open"] += b is None
            ledger["zero_length"] += a == b
            ledger["clipped"] += a < start
            kept[row["service"]].append((a, b, row))
    for rows in kept.values():
        # A row is merged if it starts no later than the latest end of the rows before it.
        reach = start - 1
        for a, b, _ in sorted(rows, key=lambda r: r[0]):
            if a != b:
                ledger["merged"] += max(a, start) <= reach
                reach = max(reach, b or end)
    return start, end, kept, dict(ledger)


def checkout_lines(planned=(), zone=timezone.utc):
    start, end, kept, ledger = read_incidents(zone)
    lines = {}
    for service in sorted(kept):
        line = lines[service] = Line(start, end)
        for a, b, _ in kept[service]:
            line.mark(line.out, a, end if b is None else b)
            line.still_down |= b is None
            line.before = max(line.before, start - a)
            if a == b:
                line.instants.add(a - start)
        for of, a, b in planned:
            if of in ("", service):
                line.mark(line.planned, a, b)
    return lines, kept, ledger


def system(lines):
    """The line of all services together: down while any is down, otherwise planned while any is planned."""
    first = next(iter(lines.values()))
    whole = Line(first.start, first.end)
    down = bytearray(whole.n)
    for line in lines.values():
        for a, b in runs(line.out):
            whole.mark(whole.out, a + whole.start, b + whole.start)
        for a, b in runs(line.down()):
            down[a:b] = b"\1" * (b - a)
        for a, b in runs(line.planned):
            whole.mark(whole.planned, a + whole.start, b + whole.start)
        whole.still_down |= line.still_down
        whole.before = max(whole.before, line.before)
        whole.instants |= line.instants
    whole.planned = bytearray(p & (1 - d) for p, d in zip(whole.planned, down))
    return whole


def ledger_figures(found):
    order = ["unparsable", "reversed", "duplicate", "merged", "clipped", "outside_window", "zero_length", "open", "maintenance"]
    present = [reason for reason in order if found.get(reason)]
    figures = {}
    for i, reason in enumerate(present):
        figures |= {f"/ledger/{i}/reason": reason, f"/ledger/{i}/rows": found[reason]}
    return figures


def checkout():
    lines, kept, ledger = checkout_lines()
    figures = {}
    whole = system(lines)
    figures |= under("/total", measures(whole)[0]) | under("/total", intervals(whole))
    rows = [row for rows in kept.values() for row in rows]
    figures["/total/incidents"] = len(rows)
    for name, column in (("mttd", "detected_at"), ("mtta", "acknowledged_at")):
        waits = [at(row[column]) - a for a, _, row in rows if row[column]]
        figures |= {f"/total/{name}/mean_s": fmean(waits), f"/total/{name}/n": len(waits)}
    for i, (service, line) in enumerate(lines.items()):
        path = f"/breakdowns/0/lines/{i}"
        figures |= {f"{path}/name": service, f"{path}/incidents": len(kept[service])}
        figures |= under(path, measures(line)[0], BASIC) | under(path, intervals(line))
    return figures | ledger_figures(ledger)


def checkout_maintenance():
    planned = [(r["service"], at(r["started_at"]), at(r["resolved_at"])) for r in csv.DictReader(open(HERE / "maintenance.csv"))]
    zone = ZoneInfo("Europe/London")
    lines, _, _ = checkout_lines(planned, zone)
    figures = under("/total", measures(system(lines))[0])
    for i, (service, line) in enumerate(lines.items()):
        path = f"/breakdowns/0/lines/{i}"
        figures |= {f"{path}/name": service} | under(path, measures(line)[0], BASIC + ("maintenance_s", "observed_s"))
        down, counted = line.down(), line.counted()
        inside = [False] * line.n
        for hour in range(0, line.n, 3600):
            clock = datetime.fromtimestamp(line.start + hour, zone)
            if clock.weekday() < 5 and 9 <= clock.hour < 18:
                inside[hour : hour + 3600] = [True] * 3600
        figures[f"{path}/hours/observed_s"] = sum(a and b for a, b in zip(inside, counted))
        figures[f"{path}/hours/downtime_s"] = sum(a and b for a, b in zip(inside, down))
    return figures


def checkout_slo():
    lines, _, _ = checkout_lines()
    targets = {"checkout": (0.001, 3), "search": (0.01, 1)}
    figures = {}
    for i, (service, line) in enumerate(lines.items()):
        allowed, first_month = targets.get(service, (0.005, 3))
        from_ = at(f"2026-{first_month:02}-01")
        budget = allowed * (line.end - from_)
        spent = sum(line.down()[from_ - line.start :])
        figures |= {
            f"/slo/{i}/subject": service,
            f"/slo/{i}/budget/budget_s": budget,
            f"/slo/{i}/budget/spent_s": spent,
            f"/slo/{i}/budget/left_share": 1 - spent / budget,
            f"/slo/{i}/budget/burn_rate": spent / budget,
        }
    edges = [at(f"2026-{m:02}-01") for m in (1, 2, 3, 4)]
    down = lines["checkout"].down()
    spent = [sum(down[a - edges[0] : b - edges[0]]) for a, b in zip(edges, edges[1:])]
    missed = sum(s > 0.001 * (b - a) for s, a, b in zip(spent, edges, edges[1:]))
    return figures | {"/slo/1/budget/units/units": 3, "/slo/1/budget/units/missed_units": missed}


def routers():
    zone = ZoneInfo("Europe/Berlin")
    start, end = at("2026-03-01", zone), at("2026-04-01", zone)
    changes = defaultdict(list)
    for row in csv.DictReader(open(HERE / "routers.csv"), delimiter=";"):
        changes[row["device"]].append((at(row["time"], zone), row["state"]))
    lines = {}
    for device, events in sorted(changes.items()):
        line = lines[device] = Line(start, end)
        events = [(start, "unknown")] + sorted(events) + [(end, "")]
        for (a, state), (b, _) in zip(events, events[1:]):
            line.mark(line.out, a, b if state == "down" else a)
            line.mark(line.unknown, a, b if state == "unknown" else a)
    whole = Line(start, end)
    both = list(lines.values())
    whole.out = bytearray(x & y for x, y in zip(both[0].out, both[1].out))
    # The pair is down while both are down, so it is unknown while neither is known to be up.
    whole.unknown = bytearray((a | b) & (c | d) for a, b, c, d in zip(both[0].out, both[0].unknown, both[1].out, both[1].unknown))
    figures = under("/total", measures(whole)[0], BASIC + ("unknown_s", "observed_s", "window_s"))
    for i, (device, line) in enumerate(lines.items()):
        path = f"/breakdowns/0/lines/{i}"
        figures |= {f"{path}/name": device} | under(path, measures(line)[0], BASIC + ("unknown_s", "observed_s"))
    return figures


def probes():
    start, end = at("2026-03-01"), at("2026-03-04")
    samples = [(int(r["time"]), r["up"]) for r in csv.DictReader(gzip.open(HERE / "probes.csv.gz", "rt"))]
    line = Line(start, end)
    line.unknown = bytearray(b"\1" * line.n)
    shortest = longest = 0
    for i, (a, up) in enumerate(samples):
        after = samples[i + 1][0] if i + 1 < len(samples) else end + 1
        b = min(a + 60, after)  # twice the usual step of 30 s
        line.unknown[a - start : min(b, end) - start] = bytes(min(b, end) - a)
        if up == "0":
            line.mark(line.out, a, b)
            # The state changes at an unknown time between two samples: the longest downtime begins at the
            # sample before, the shortest ends at the last sample that was down.
            first, last = samples[i - 1][1] == "1", samples[i + 1][1] == "1"
            longest += (a - samples[i - 1][0]) * first + samples[i + 1][0] - a
            shortest += 0 if last else samples[i + 1][0] - a
    good = sum(up == "1" for _, up in samples)
    path = "/breakdowns/0/lines/0"
    figures = under("/total", measures(line)[0], BASIC + ("unknown_s", "observed_s"))
    return figures | {
        "/max_gap_s": 60,
        "/inputs/0/rows": len(samples),
        f"{path}/samples/good": good,
        f"{path}/samples/known": len(samples),
        f"{path}/samples/success_ratio": good / len(samples),
        f"{path}/samples/downtime_shortest_s": shortest,
        f"{path}/samples/downtime_longest_s": longest,
    }


def pagerduty():
    start, end = at("2026-02-01"), at("2026-03-01")
    lines, waits = {}, []
    for row in csv.DictReader(open(HERE / "pagerduty-2026-02.csv")):
        line = lines.setdefault(row["service_name"], Line(start, end))
        line.mark(line.out, at(row["created_on"]), at(row["resolved_on"]))
        waits += [int(row["seconds_to_first_ack"])] if row["seconds_to_first_ack"] else []
    whole = system(lines)
    figures = {"/inputs/0/preset": "pagerduty-csv"}
    figures |= under("/total", measures(whole)[0], BASIC) | under("/total", intervals(whole))
    figures |= {"/total/mtta/mean_s": fmean(waits), "/total/mtta/n": len(waits)}
    for i, service in enumerate(sorted(lines)):
        path = f"/breakdowns/0/lines/{i}"
        figures |= {f"{path}/name": service} | under(path, measures(lines[service])[0], BASIC) | under(path, intervals(lines[service]))
    return figures


SCENARIOS = [checkout, checkout_maintenance, checkout_slo, routers, probes, pagerduty]


def main():
    for scenario in SCENARIOS:
        path = HERE / f"{scenario.__name__.replace('_', '-')}.toml"
        figures = scenario()
        lines = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in figures.items()]
        section = "[figures]\n" + "\n".join(lines) + "\n"
        if "--write" in sys.argv:
            head = path.read_text().split("[figures]")[0]
            path.write_text(head + section)
        else:
            print(f"# {path.name}\n{section}")


main()
