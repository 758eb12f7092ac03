#!/usr/bin/env python3
"""Generate the two input files of the benchmark: the same bytes for the same options.

    generate.py FOLDER [--rows 10000000] [--services 1000] [--seed 1]

FOLDER/incidents.csv   service,started_at,resolved_at   51 bytes a row
FOLDER/samples.csv     time,service,up                  32 bytes a row

Incidents
    Each service has the same number of incidents, spread over the year 2025.
    A repair time is lognormal with a median of 6 minutes and sigma 1.1 (mean
    11 minutes). Ten million incidents over a thousand services are one per
    53 minutes and service, so with realistic repairs of half an hour most
    services would be down nearly all the time. After a repair, the next incident
    of a service follows after an exponential up time. A few per cent (--overlap)
    are second alerts instead: they start at a uniform point inside the repair
    before them, so that there is something to merge. With fewer rows only the up
    times grow. The up times of a service are scaled so that its incidents fill
    the year exactly. Rows are ordered by started_at over all services, as an
    incident tracker exports them.

Samples
    One sample per service per step (--step, 60 s), ordered by time and then by
    service. Runs of up and of down samples have geometric lengths, with a mean
    of 5 samples down and 1 % of all samples down. --missing drops that share of
    the samples at random, to test the handling of gaps; it is 0 for the
    benchmark.

Rows have a fixed width, so a block of them is filled as a matrix of bytes, column
by column from lookup tables: formatting ten million rows one by one in Python
would take longer than the whole benchmark.
"""

import argparse
from pathlib import Path

import numpy as np

EPOCH = np.datetime64("2025-01-01")
YEAR_SECONDS = 365 * 86_400
REPAIR_SIGMA = 1.1
MEAN_DOWN_SAMPLES = 5.0
UNAVAILABILITY = 0.01
BLOCK_ROWS = 1_000_000


def text_table(strings):
    """Strings of equal length as a matrix of bytes, one string per row."""
    joined = "".join(strings).encode("ascii")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(strings), -1)


def seconds_of_day_table():
    """The text "THH:MM:SSZ" for each second of a day."""
    return text_table(
        [
            f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
            for second in range(86_400)
        ]
    )


class RowFormatter:
    """Formats arrays of seconds and service numbers as the bytes of CSV rows."""

    def __init__(self, services, last_second):
        days = int(last_second) // 86_400 + 1
        self.days = text_table([str(EPOCH + day) for day in range(days)])
        self.times = seconds_of_day_table()
        self.services = text_table([f"svc-{number:04}" for number in range(services)])

    def timestamp(self, rows, column, seconds):
        """Writes RFC 3339 times (20 bytes) into `rows` from `column` on."""
        rows[:, column : column + 10] = self.days[seconds // 86_400]
        rows[:, column + 10 : column + 20] = self.times[seconds % 86_400]

    def incidents(self, service, start, end):
        """Rows of incidents.csv."""
        rows = np.empty((len(service), 51), dtype=np.uint8)
        rows[:, 0:8] = self.services[service]
        rows[:, 8] = ord(",")
        self.timestamp(rows, 9, start)
        rows[:, 29] = ord(",")
        self.timestamp(rows, 30, end)
        rows[:, 50] = ord("\n")
        return rows.tobytes()

    def samples(self, time, service, up):
        """Rows of samples.csv."""
        rows = np.empty((len(service), 32), dtype=np.uint8)
        self.timestamp(rows, 0, time)
        rows[:, 20] = ord(",")
        rows[:, 21:29] = self.services[service]
        rows[:, 29] = ord(",")
        rows[:, 30] = ord("0") + up
        rows[:, 31] = ord("\n")
        return rows.tobytes()


def incidents_of_one_service(rng, count, repair_median, overlap):
    """Starts and ends, in whole seconds from the epoch, ordered by start."""
    repair = rng.lognormal(np.log(repair_median), REPAIR_SIGMA, count)
    up = rng.exponential(1.0, count)  # before each incident; scaled below
    # second_alert[i]: incident i + 1 starts inside the repair of incident i.
    second_alert = rng.random(count) < overlap
    second_alert[-1] = False
    inside = np.where(second_alert, repair * rng.random(count), repair)
    up[1:][second_alert[:-1]] = 0.0
    room = YEAR_SECONDS - inside.sum()
    if room <= 0:
        raise SystemExit(
            "the repairs do not fit into the year: fewer rows, more services or "
            "a shorter --repair-median"
        )
    up *= room / up.sum()
    start = np.cumsum(up + np.concatenate(([0.0], inside[:-1])))
    start = np.floor(start).astype(np.int64)
    # At least one second: incidents of zero length are a special case that is
    # not part of this benchmark.
    return start, start + np.maximum(np.rint(repair), 1).astype(np.int64)


def write_incidents(path, rows, services, seed, repair_median, overlap):
    """Writes incidents.csv."""
    rng = np.random.default_rng([seed, 1])
    service = np.empty(rows, dtype=np.int16)
    start = np.empty(rows, dtype=np.int64)
    end = np.empty(rows, dtype=np.int64)
    share, rest = divmod(rows, services)
    at = 0
    for number in range(services):
        count = share + (number < rest)
        if count == 0:
            break
        part = slice(at, at + count)
        service[part] = number
        start[part], end[part] = incidents_of_one_service(
            rng, count, repair_median, overlap
        )
        at += count
    # A stable sort keeps incidents of the same second ordered by service, on every machine.
    order = np.argsort(start, kind="stable")
    formatter = RowFormatter(services, end.max())
    with open(path, "wb") as out:
        out.write(b"service,started_at,resolved_at\n")
        for at in range(0, rows, BLOCK_ROWS):
            block = order[at : at + BLOCK_ROWS]
            out.write(formatter.incidents(service[block], start[block], end[block]))


def states_of_one_service(rng, steps):
    """One 1 (up) or 0 (down) per step, in runs of geometric length."""
    mean_up = MEAN_DOWN_SAMPLES * (1 - UNAVAILABILITY) / UNAVAILABILITY
    # Twice the expected number of pairs of runs, and some more, to fill all steps.
    pairs = int(steps / (mean_up + MEAN_DOWN_SAMPLES) * 2) + 20
    starts_up = rng.random() >= UNAVAILABILITY
    spells = np.empty(2 * pairs, dtype=np.int64)
    state = np.empty(2 * pairs, dtype=np.uint8)
    first, second = (mean_up, MEAN_DOWN_SAMPLES)[:: 1 if starts_up else -1]
    spells[0::2] = rng.geometric(1 / first, pairs)
    spells[1::2] = rng.geometric(1 / second, pairs)
    state[0::2] = starts_up
    state[1::2] = not starts_up
    # If the runs are still too short, the last one is extended to the end.
    spells[-1] += max(0, steps - spells.sum())
    return np.repeat(state, spells)[:steps]


def write_samples(path, rows, services, seed, step, missing):
    """Writes samples.csv."""
    rng = np.random.default_rng([seed, 2])
    steps = -(-rows // services)
    up = np.empty((steps, services), dtype=np.uint8)
    for number in range(services):
        up[:, number] = states_of_one_service(rng, steps)
    up = up.reshape(-1)
    formatter = RowFormatter(services, steps * step)
    with open(path, "wb") as out:
        out.write(b"time,service,up\n")
        for at in range(0, rows, BLOCK_ROWS):
            index = np.arange(at, min(at + BLOCK_ROWS, rows))
            if missing > 0:
                index = index[rng.random(len(index)) >= missing]
            out.write(
                formatter.samples(index // services * step, index % services, up[index])
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows per file")
    parser.add_argument("--services", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=60, help="seconds between samples")
    parser.add_argument(
        "--repair-median", type=float, default=360.0, help="seconds (default 360)"
    )
    parser.add_argument(
        "--overlap", type=float, default=0.04, help="share of second alerts"
    )
    parser.add_argument(
        "--missing", type=float, default=0.0, help="share of samples left out"
    )
    args = parser.parse_args()
    if not 1 <= args.services <= 10_000:
        parser.error("--services must be between 1 and 10000: names have four digits")
    if args.rows < 1:
        parser.error("--rows must be at least 1")

    args.folder.mkdir(parents=True, exist_ok=True)
    # Each file is written under a temporary name, so that a file with the final name is complete.
    for name, write in (
        (
            "incidents.csv",
            lambda path: write_incidents(
                path,
                args.rows,
                args.services,
                args.seed,
                args.repair_median,
                args.overlap,
            ),
        ),
        (
            "samples.csv",
            lambda path: write_samples(
                path, args.rows, args.services, args.seed, args.step, args.missing
            ),
        ),
    ):
        partial = args.folder / (name + ".partial")
        write(partial)
        partial.replace(args.folder / name)


if __name__ == "__main__":
    main()
