#!/usr/bin/env python3
"""Generate the inputs of the benchmark: the same bytes for the same options.

    generate.py FOLDER [--scale 1] [--seed 1]

| file | rows | services | what it is |
|---|---|---|---|
| incidents.csv | 10 M | 1,000 | `service,started_at,resolved_at`, 51 bytes a row |
| samples.csv | 10 M | 1,000 | `time,service,up`, 32 bytes a row |
| services.csv | 2 M | 50,000 | incidents |
| plain.csv | 2 M | 1,000 | incidents; the same ones are in the files that follow |
| quoted.csv, fractions.csv, offsets.csv | 2 M | 1,000 | every cell in quotes; times with milliseconds; times of UTC+02:00 |
| lines.jsonl, list.json | 2 M | 1,000 | an object per line, or all of them in one list |
| fat.jsonl | 1 M | 1,000 | the first half of them, with a dozen further keys: 390 bytes a line |
| files/ | 1 M | 1,000 | the first half of them, in 2,000 files of 500 rows |

With --scale 0.01 there is a hundredth of the rows, for a trial.

Incidents
    Each service has the same number of incidents, spread over the year 2025.
    A repair time is lognormal with a median of 6 minutes and sigma 1.1 (mean
    11 minutes). Ten million incidents over a thousand services are one per
    53 minutes and service, so with realistic repairs of half an hour most
    services would be down nearly all the time. After a repair, the next incident
    of a service follows after an exponential up time. Four per cent are second
    alerts instead: they start at a uniform point inside the repair before them,
    so that there is something to merge. With fewer rows only the up times grow.
    The up times of a service are scaled so that its incidents fill the year
    exactly. Rows are ordered by started_at over all services, as an incident
    tracker exports them.

Samples
    One sample per service per minute, ordered by time and then by service. Runs
    of up and of down samples have geometric lengths, with a mean of 5 samples
    down and 1 % of all samples down.

Rows have a fixed width, so a block of them is filled as a matrix of bytes, column
by column from lookup tables: formatting ten million rows one by one in Python
would take longer than the whole benchmark.
"""

import argparse
import contextlib
import string
from pathlib import Path

import numpy as np

EPOCH = np.datetime64("2025-01-01")
YEAR_SECONDS = 365 * 86_400
REPAIR_MEDIAN_S = 360.0
REPAIR_SIGMA = 1.1
SECOND_ALERTS = 0.04
STEP_S = 60
MEAN_DOWN_SAMPLES = 5.0
UNAVAILABILITY = 0.01
BLOCK_ROWS = 1_000_000
ROWS_PER_FILE = 500

CSV = "{service},{start}Z,{end}Z\n"
OBJECT = '{{"service":"{service}","started_at":"{start}Z","resolved_at":"{end}Z"}}'
FAT_OBJECT = (
    '{{"id":"b1946ac9-2f4c-4d1c-9f0e-5b3c1e7d9a42","title":"Elevated error rate on the public API",'
    '"service":"{service}","team":{{"name":"platform","contact":"platform@example.org"}},"tags":["prod","eu-west","tier-1"],'
    '"started_at":"{start}Z","resolved_at":"{end}Z","comments":12,"postmortem":null,'
    '"url":"https://status.example.org/i/b1946ac9","note":"rolled back \\"v42\\""}}'
)


def text_table(strings):
    """Strings of equal length as a matrix of bytes, one string per row."""
    joined = "".join(strings).encode("ascii")
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(strings), -1)


class RowFormatter:
    """Formats rows by a template of fixed text and fields of fixed width."""

    def __init__(self, services):
        digits = max(4, len(str(services - 1)))
        days = text_table([str(EPOCH + day) for day in range(2 * 365)])
        times = text_table(
            [f"T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)]
        )
        self.services = text_table([f"svc-{number:0{digits}}" for number in range(services)])
        self.time = lambda seconds: np.hstack([days[seconds // 86_400], times[seconds % 86_400]])

    def rows(self, template, fields):
        """The bytes of all rows; `fields` are matrices of bytes by name."""
        count = len(next(iter(fields.values())))
        columns = []
        for text, name, _, _ in string.Formatter().parse(template):
            fixed = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
            columns.append(np.broadcast_to(fixed, (count, len(fixed))))
            if name:
                columns.append(fields[name])
        return np.hstack(columns).tobytes()

    def incidents(self, template, service, start, end):
        """Rows of incidents."""
        fields = {
            "service": self.services[service],
            "start": self.time(start),
            "end": self.time(end),
        }
        return self.rows(template, fields)


def incidents_of_one_service(rng, count):
    """Starts and ends, in whole seconds from the epoch, ordered by start."""
    repair = rng.lognormal(np.log(REPAIR_MEDIAN_S), REPAIR_SIGMA, count)
    up = rng.exponential(1.0, count)  # before each incident; scaled below
    # second_alert[i]: incident i + 1 starts inside the repair of incident i.
    second_alert = rng.random(count) < SECOND_ALERTS
    second_alert[-1] = False
    inside = np.where(second_alert, repair * rng.random(count), repair)
    up[1:][second_alert[:-1]] = 0.0
    up *= (YEAR_SECONDS - inside.sum()) / up.sum()
    start = np.cumsum(up + np.concatenate(([0.0], inside[:-1])))
    start = np.floor(start).astype(np.int64)
    # At least one second: incidents of zero length are a special case that is
    # not part of this benchmark.
    return start, start + np.maximum(np.rint(repair), 1).astype(np.int64)


class Incidents:
    """Incidents of all services, ordered by start."""

    def __init__(self, rows, services, seed):
        rng = np.random.default_rng([seed, services])
        counts = [rows // services + (number < rows % services) for number in range(services)]
        times = [incidents_of_one_service(rng, count) for count in counts if count]
        start = np.concatenate([start for start, _ in times])
        end = np.concatenate([end for _, end in times])
        service = np.repeat(np.arange(services), counts)
        # A stable sort keeps incidents of the same second ordered by service, on every machine.
        order = np.argsort(start, kind="stable")
        self.columns = service[order], start[order], end[order]
        self.formatter = RowFormatter(services)

    def rows(self, template, first, last):
        """The rows of a range of incidents."""
        return self.formatter.incidents(template, *(column[first:last] for column in self.columns))

    def write(self, path, template=CSV, header="", rows=None, shift=0):
        """Writes the first `rows` incidents, with times `shift` seconds later."""
        service, start, end = self.columns
        rows = rows or len(service)
        with written(path) as out:
            out.write(header.encode("ascii"))
            for at in range(0, rows, BLOCK_ROWS):
                part = slice(at, min(at + BLOCK_ROWS, rows))
                times = start[part] + shift, end[part] + shift
                out.write(self.formatter.incidents(template, service[part], *times))

    def write_list(self, path):
        """Writes one JSON list."""
        last = len(self.columns[0]) - 1
        with written(path) as out:
            out.write(b"[")
            for at in range(0, last, BLOCK_ROWS):
                out.write(self.rows(OBJECT + ",", at, min(at + BLOCK_ROWS, last)))
            out.write(self.rows(OBJECT, last, last + 1) + b"]\n")

    def write_files(self, folder, rows):
        """Writes one file for each 500 rows."""
        folder.mkdir(exist_ok=True)
        for number, at in enumerate(range(0, rows, ROWS_PER_FILE)):
            with written(folder / f"{number:04}.csv") as out:
                out.write(HEADER.encode("ascii"))
                out.write(self.rows(CSV, at, min(at + ROWS_PER_FILE, rows)))


HEADER = "service,started_at,resolved_at\n"


@contextlib.contextmanager
def written(path):
    """A file under a temporary name, so that a file with the final name is complete."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as out:
        yield out
    partial.replace(path)


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


def write_samples(path, rows, services, seed):
    """Writes samples.csv."""
    rng = np.random.default_rng([seed, 2])
    steps = -(-rows // services)
    up = np.empty((steps, services), dtype=np.uint8)
    for number in range(services):
        up[:, number] = states_of_one_service(rng, steps)
    up = up.reshape(-1)
    formatter = RowFormatter(services)
    digits = text_table(["0", "1"])
    with written(path) as out:
        out.write(b"time,service,up\n")
        for at in range(0, rows, BLOCK_ROWS):
            index = np.arange(at, min(at + BLOCK_ROWS, rows))
            fields = {
                "time": formatter.time(index // services * STEP_S),
                "service": formatter.services[index % services],
                "up": digits[up[index]],
            }
            out.write(formatter.rows("{time}Z,{service},{up}\n", fields))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    folder = args.folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = lambda millions: int(millions * 1e6 * args.scale)
    Incidents(rows(10), 1_000, args.seed).write(folder / "incidents.csv", header=HEADER)
    write_samples(folder / "samples.csv", rows(10), 1_000, args.seed)
    Incidents(rows(2), 50_000, args.seed).write(folder / "services.csv", header=HEADER)

    incidents = Incidents(rows(2), 1_000, args.seed)
    incidents.write(folder / "plain.csv", header=HEADER)
    quoted = '"{service}","{start}Z","{end}Z"\n'
    incidents.write(folder / "quoted.csv", quoted, header=HEADER)
    fractions = "{service},{start}.000Z,{end}.000Z\n"
    incidents.write(folder / "fractions.csv", fractions, header=HEADER)
    offsets = "{service},{start}+02:00,{end}+02:00\n"
    incidents.write(folder / "offsets.csv", offsets, header=HEADER, shift=7_200)
    incidents.write(folder / "lines.jsonl", OBJECT + "\n")
    incidents.write_list(folder / "list.json")
    incidents.write(folder / "fat.jsonl", FAT_OBJECT + "\n", rows=rows(1))
    incidents.write_files(folder / "files", rows(1))


if __name__ == "__main__":
    main()
