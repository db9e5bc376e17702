#!/usr/bin/env python3
"""Time what a sandbox adds to the start of Python: portcullis, bubblewrap, and containers.

    python3 benches/sandbox.py --portcullis target/release/portcullis [--pairs 40] [--image IMAGE]

All run a Python that does nothing.  portcullis judges the script, writes its audit log and makes every layer;
bubblewrap makes its namespaces and a root, with no filter of system calls, no Landlock and no limits.  Each round runs
every command once, so that all meet the same machine.  The figures are medians, in milliseconds; what is added is the
difference of medians to plain Python.  The exit code is 1 when the bar is missed: no more than 1.1 times what bubblewrap
adds.  With --image, a container is timed as well, in fewer rounds.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON = ["/usr/bin/python3", "-I", "-c", "pass"]
BUBBLEWRAP = (
    "bwrap --unshare-all --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin"
    " --proc /proc --dev /dev --tmpfs /tmp --clearenv --die-with-parent --new-session"
).split()
BAR = 1.1
CONTAINER_ROUNDS = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portcullis", required=True)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--image")
    options = parser.parse_args()
    if not shutil.which("bwrap"):
        sys.exit("there is no bwrap: install the package bubblewrap")
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "nothing.py")
        with open(script, "w") as file:
            file.write("pass\n")
        run = [options.portcullis, "run", "--workspace-root", folder]
        commands = {"plain": PYTHON, "bubblewrap": BUBBLEWRAP + PYTHON, "portcullis": [*run, script]}
        medians = rounds(commands, options.pairs)
        if options.image:
            waived = [part for layer in ("user-namespace", "time-namespace", "landlock") for part in ("--allow-weaker", layer)]
            container = [*run, "--backend", "docker", "--image", options.image, *waived, script]
            medians |= rounds({"container": container}, CONTAINER_ROUNDS)
    for name, median in medians.items():
        print(f"{name:<12}{median:8.1f} ms{median - medians['plain']:+9.1f} ms")
    ratio = (medians["portcullis"] - medians["plain"]) / (medians["bubblewrap"] - medians["plain"])
    print(f"portcullis adds {ratio:.2f} times what bubblewrap adds (bar {BAR}); load {os.getloadavg()[0]:.1f}")
    sys.exit(ratio > BAR)


def rounds(commands, count):
    times = {name: [] for name in commands}
    for number in range(count + 1):
        for name, command in commands.items():
            begun = time.perf_counter()
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{name} ended with {done.returncode}: {done.stderr}")
            # The first round warms up.
            if number > 0:
                times[name].append((time.perf_counter() - begun) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


main()
