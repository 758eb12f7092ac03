#!/usr/bin/env python3
"""Print the records of measure.py as a Markdown table.

    report.py RESULTS

Labels are LOG/PROGRAM. `bin` is the program under test, all others are peers.
CPU and wall time are medians over the rounds, memory is the maximum. The last
column is the CPU time of `bin` divided by that of the peer with the lowest CPU
time.
"""

import json
import statistics
import sys
from collections import defaultdict


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: report.py RESULTS")
    logs = defaultdict(lambda: defaultdict(list))
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            figures = json.loads(line)
            log, _, program = figures["label"].partition("/")
            logs[log][program].append(figures)

    print("| log | program | rounds | CPU s | wall s | peak MiB | CPU / better peer |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for log, programs in logs.items():
        cpu = {
            program: statistics.median(run["cpu_s"] for run in runs)
            for program, runs in programs.items()
        }
        peers = [seconds for program, seconds in cpu.items() if program != "bin"]
        for program, runs in programs.items():
            wall = statistics.median(run["wall_s"] for run in runs)
            highest = max(runs, key=lambda run: run["peak_mib"])
            # See measure.py: a peak at the floor is only an upper bound.
            at_floor = highest["peak_mib"] <= 1.05 * highest["floor_mib"]
            peak = ("≤ " if at_floor else "") + f"{highest['peak_mib']:.0f}"
            ratio = f"{cpu[program] / min(peers):.2f}" if program == "bin" else ""
            print(
                f"| {log} | {program} | {len(runs)} | {cpu[program]:.2f} "
                f"| {wall:.2f} | {peak} | {ratio} |"
            )


if __name__ == "__main__":
    main()
