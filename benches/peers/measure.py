#!/usr/bin/env python3
"""Run one command and append its cost to a file, as a line of JSON.

    measure.py RESULTS LABEL STDOUT COMMAND...

The command's standard output goes to the file STDOUT. The figures come from
wait4, which reports on exactly the process waited for (and any children that it
waited for itself): user plus system CPU seconds over all threads, and peak
resident memory. These are the figures of `time -v`, without the need to install
it.

The peak of a process includes its memory before it executes COMMAND: on Linux
that is this Python interpreter, about 10 MiB. This floor is recorded beside the
peak, because a smaller peak cannot be distinguished from it.
"""

import json
import os
import resource
import sys
import time


def main():
    if len(sys.argv) < 5:
        sys.exit("usage: measure.py RESULTS LABEL STDOUT COMMAND...")
    results, label, stdout, *command = sys.argv[1:]
    with open(stdout, "wb") as out:
        began = time.monotonic()
        # posix_spawn instead of fork and exec: copying page tables would count
        # as CPU time of the child.
        pid = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - began
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"{label}: exit status {code}: {' '.join(command)}")
    # ru_maxrss is in bytes on macOS and in KiB elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    figures = {
        "label": label,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": wall,
        "peak_mib": usage.ru_maxrss * unit / 2**20,
        "floor_mib": floor * unit / 2**20,
    }
    with open(results, "a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
