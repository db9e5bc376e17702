#!/usr/bin/env python3
"""Time portcullis against ruff and bandit, and against itself.

    python3 benches/peers.py --portcullis target/release/portcullis \\
        [--corpus target/corpus] [--runs 5] [--only i,ii,iii,iv,v,vi,vii] \\
        [--empty-clap BIN] [--sets audit]

The corpus and the peers are those that benches/corpus.py fetches.  The parts:

    i    the ids of ruff's stable S rules on both sides, less S101, S110 and S112
    ii   every set of portcullis against all of ruff's stable S rules
    iii  bandit on the package whose size is nearest to 4 MB
    iv   one file of 200 lines, whole process, against a binary that only has clap
    v    cost per megabyte at a ninth, a third and all of the files
    vi   one thread against two
    vii  peak memory on the whole corpus

Each pair is run in turn, A B A B, after one warm-up of both; all runs read the same
files and write their JSON to a file.  The figures are medians: wall clock, user plus
system time, and the largest resident set (which cannot read lower than that of this
script, some 40 MB).  The ratio is the median of the ratios of the pairs, with the least
and the greatest.  Files are chosen from the sorted list, so that every run and machine
takes the same ones.  Run it on an otherwise idle machine.

The exit code is 1 when a bar is missed, 2 when something could not be done.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

NOISE = "S101,S110,S112"
PARTS = ("i", "ii", "iii", "iv", "v", "vi", "vii")
BANDIT_PART = 4_000_000
SMALL_FILE_LINES = 200
SMALL_FILE_RUNS = 8  # times --runs: each run is a few milliseconds

SAME_IDS_BAR = 0.8
EVERYTHING_BAR = 1.0
BANDIT_BAR = 100.0
SMALL_FILE_BAR = 0.005
EMPTY_CLAP_BAR = 2.5
LINEAR_BAR = 1.15
THREADS_BAR = 1.7
MEMORY_BAR = 150 * 1024 * 1024


@dataclass
class Run:
    """What one run of a command took, in seconds and bytes."""

    wall: float
    cpu: float
    memory: int
    output: int


@dataclass
class Job:
    """A command with a name; `stdin` is the path of a file, if it reads one."""

    name: str
    command: list
    stdin: str = os.devnull


def main():
    bench = Bench(arguments())
    bench.introduce()
    parts = {
        "i": same_ids,
        "ii": everything,
        "iii": bandit,
        "iv": small_file,
        "v": linearity,
        "vi": threads,
        "vii": memory,
    }
    for name in bench.options.only:
        parts[name](bench)
    return 1 if bench.missed else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--portcullis", type=Path, required=True, help="the release binary")
    parser.add_argument("--corpus", type=Path, default=Path("target/corpus"))
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each side")
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated parts")
    parser.add_argument("--empty-clap", type=Path, help="a binary that does nothing but parse its command line")
    parser.add_argument("--sets", default="audit", help="the --set of portcullis that switches everything on")
    options = parser.parse_args()
    options.only = options.only.split(",")
    if options.empty_clap is not None:
        options.empty_clap = options.empty_clap.resolve()
    unknown = sorted(set(options.only) - set(PARTS))
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)}")
    return options


# --- measuring -----------------------------------------------------------------------


class Bench:
    """The two sides' commands, the corpus, and the bars that were missed."""

    def __init__(self, options):
        self.options = options
        self.portcullis = str(options.portcullis.resolve())
        corpus = options.corpus.resolve()
        self.root = corpus / "packages"
        self.ruff = str(corpus / "tools" / "bin" / "ruff")
        self.bandit = str(corpus / "tools" / "bin" / "bandit")
        self.missed = []
        for needed in (self.portcullis, self.ruff, self.bandit, self.root):
            if not os.path.exists(needed):
                fail(f"{needed} is not there (benches/corpus.py fetches the corpus and the peers)")
        self.files = sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*.py"))

    def introduce(self):
        size = total_size(self.root, self.files)
        print(f"corpus: {len(self.files)} files, {size / 1e6:.1f} MB; {os.cpu_count()} cores")
        for command in ([self.portcullis, "--version"], [self.ruff, "--version"], [self.bandit, "--version"]):
            print(subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0])
        load = os.getloadavg()[0]
        print(f"load average {load:.2f}{', NOT a quiet machine' if load > 0.5 else ''}", flush=True)

    def scan(self, name, *args, stdin=os.devnull, sets=True):
        """A job that scans with portcullis, by default with every set on."""
        chosen = ["--set", self.options.sets] if sets else []
        command = [self.portcullis, "scan", "--isolated", "--output-format", "json", "--exit-zero", *chosen, *args]
        return Job(name, command, stdin)

    def check(self, name, *args):
        """A job that runs ruff's stable S rules on the whole corpus."""
        command = [self.ruff, "check", "--select", "S", *args, "--isolated", "--no-cache"]
        return Job(name, [*command, "--output-format", "json", "--exit-zero", "."])

    def judge(self, what, met):
        print(f"  {what}: {'met' if met else 'MISSED'}", flush=True)
        if not met:
            self.missed.append(what)


def run_once(job):
    """Run a command to its end in the current directory."""
    with tempfile.TemporaryDirectory() as scratch:
        out, err = os.path.join(scratch, "out"), os.path.join(scratch, "err")
        writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, job.stdin, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out, writing, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, err, writing, 0o600),
        ]
        begin = time.perf_counter()
        pid = os.posix_spawn(job.command[0], job.command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            tail = Path(err).read_text(errors="replace")[-1000:]
            fail(f"{job.name} ended with exit code {code}: {' '.join(job.command)}\n{tail}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.path.getsize(out))


def interleave(jobs, runs):
    """Run the jobs in turn, after a warm-up of each; returns a list of runs for each job."""
    for job in jobs:
        run_once(job)
    results = [[] for _ in jobs]
    for _ in range(runs):
        for job, result in zip(jobs, results):
            result.append(run_once(job))
    return results


def pair(jobs, runs, unit="s"):
    """Run two jobs in turn and print their medians and the ratio of the first to the second."""
    results = interleave(jobs, runs)
    for job, result in zip(jobs, results):
        print_row(job.name, result, unit)
    walls = ratios(*results, "wall")
    cpus = ratios(*results, "cpu")
    print(f"  ratio of wall {show_ratios(walls)}, of cpu {show_ratios(cpus)}")
    return statistics.median(walls), statistics.median(cpus), results


def ratios(first, second, field):
    # Below a clock tick the CPU time reads as nothing, so keep the divisor off zero.
    return [getattr(a, field) / max(getattr(b, field), 1e-6) for a, b in zip(first, second)]


def show_ratios(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def print_row(name, runs, unit="s"):
    scale = {"s": 1, "ms": 1000}[unit]
    wall, cpu = middle(runs, "wall") * scale, middle(runs, "cpu") * scale
    memory = max(run.memory for run in runs) / 2**20
    output = middle(runs, "output") / 1e6
    print(
        f"  {name:34} wall {wall:8.3f} {unit}  cpu {cpu:8.3f} {unit}  memory {memory:6.1f} MiB  output {output:6.1f} MB"
    )


def middle(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


def total_size(root, files):
    return sum(os.stat(os.path.join(root, name)).st_size for name in files)


def heading(text):
    print(f"\n# {text}", flush=True)


def fail(message):
    print(f"peers: {message}", file=sys.stderr)
    sys.exit(2)


# --- the parts -----------------------------------------------------------------------


def same_ids(bench):
    heading(f"i. the same ids on both sides, less {NOISE}")
    ids = ",".join(identifier for identifier in stable_ids(bench) if identifier not in NOISE.split(","))
    jobs = [
        bench.scan("portcullis, ruff's stable S ids", "--select", ids, "--ignore", NOISE, "."),
        bench.check("ruff", "--ignore", NOISE),
    ]
    with contextlib.chdir(bench.root):
        wall, cpu, _ = pair(jobs, bench.options.runs)
    bench.judge(f"wall <= {SAME_IDS_BAR} of ruff's", wall <= SAME_IDS_BAR)
    bench.judge(f"cpu <= {SAME_IDS_BAR} of ruff's", cpu <= SAME_IDS_BAR)


def stable_ids(bench):
    command = [bench.ruff, "rule", "--all", "--output-format", "json"]
    rules = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [rule["code"] for rule in rules if re.fullmatch(r"S\d+", rule["code"] or "") and "Stable" in rule["status"]]


def everything(bench):
    heading("ii. every set of portcullis, every stable S rule of ruff")
    jobs = [bench.scan("portcullis, every set", "."), bench.check("ruff")]
    with contextlib.chdir(bench.root):
        wall, cpu, _ = pair(jobs, bench.options.runs)
    bench.judge(f"wall <= {EVERYTHING_BAR} of ruff's", wall <= EVERYTHING_BAR)
    bench.judge(f"cpu <= {EVERYTHING_BAR} of ruff's", cpu <= EVERYTHING_BAR)


def bandit(bench):
    sizes = {}
    for name in bench.files:
        package = name.split(os.sep)[0]
        sizes[package] = sizes.get(package, 0) + os.stat(bench.root / name).st_size
    package = min(sorted(sizes), key=lambda package: abs(sizes[package] - BANDIT_PART))
    heading(f"iii. bandit on {package}, {sizes[package] / 1e6:.1f} MB")
    jobs = [
        Job("bandit", [bench.bandit, "-q", "-r", "-f", "json", "--exit-zero", "."]),
        bench.scan("portcullis, every set", "."),
    ]
    with contextlib.chdir(bench.root / package):
        wall, _, _ = pair(jobs, min(3, bench.options.runs))
    bench.judge(f"bandit takes >= {BANDIT_BAR:.0f} times the wall time", wall >= BANDIT_BAR)


def small_file(bench):
    name = file_of_lines(bench, SMALL_FILE_LINES)
    size = os.stat(bench.root / name).st_size
    heading(f"iv. one file of {SMALL_FILE_LINES} lines, whole process: {name}, {size} bytes")
    runs = SMALL_FILE_RUNS * bench.options.runs
    scan = bench.scan("portcullis, default sets", name, sets=False)
    with contextlib.chdir(bench.root):
        if bench.options.empty_clap is None:
            results = interleave([scan], runs)
            print_row(scan.name, results[0], "ms")
            print("  skipped the comparison: no --empty-clap BIN given")
        else:
            empty = Job("empty clap binary", [str(bench.options.empty_clap), "x.py"])
            wall, _, results = pair([scan, empty], runs, "ms")
            bench.judge(f"wall <= {EMPTY_CLAP_BAR} of the empty clap binary's", wall <= EMPTY_CLAP_BAR)
        audit = bench.scan("portcullis, every set", name)
        print_row(audit.name, interleave([audit], runs)[0], "ms")
    taken = middle(results[0], "wall")
    bench.judge(f"wall <= {SMALL_FILE_BAR * 1000:.0f} ms ({taken * 1000:.2f})", taken <= SMALL_FILE_BAR)


def file_of_lines(bench, lines):
    """Of the corpus's files with that many lines, the one of middling size."""
    found = []
    for name in bench.files:
        data = (bench.root / name).read_bytes()
        if data.count(b"\n") == lines:
            found.append((len(data), name))
    if not found:
        fail(f"the corpus has no file of {lines} lines")
    return sorted(found)[len(found) // 2][1]


def linearity(bench):
    heading("v. cost against size")
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(bench.root):
        jobs, sizes = [], []
        for step, name in ((9, "a ninth"), (3, "a third"), (1, "all")):
            files = bench.files[::step]
            names = Path(scratch, f"every-{step}")
            names.write_text("".join(f"{file}\n" for file in files))
            sizes.append(total_size(bench.root, files) / 1e6)
            label = f"{name}: {len(files)} files, {sizes[-1]:.1f} MB"
            jobs.append(bench.scan(label, "--files-from", "-", stdin=str(names)))
        results = interleave(jobs, bench.options.runs)
    costs = []
    for job, size, runs in zip(jobs, sizes, results):
        print_row(job.name, runs)
        costs.append(middle(runs, "cpu") / size)
        print(f"  {'':34} wall {1000 * middle(runs, 'wall') / size:.3f} ms/MB, cpu {1000 * costs[-1]:.3f} ms/MB")
    growth = costs[-1] / costs[0]
    bench.judge(f"cpu per MB of all <= {LINEAR_BAR} of a ninth's ({growth:.3f})", growth <= LINEAR_BAR)


def threads(bench):
    heading("vi. one thread against two")
    jobs = [bench.scan(f"portcullis, --threads {count}", "--threads", str(count), ".") for count in (1, 2)]
    with contextlib.chdir(bench.root):
        wall, _, _ = pair(jobs, bench.options.runs)
    bench.judge(f"two threads >= {THREADS_BAR} times as fast as one", wall >= THREADS_BAR)


def memory(bench):
    heading("vii. peak memory on the whole corpus")
    jobs = [bench.scan("portcullis, every set", "."), bench.check("ruff")]
    with contextlib.chdir(bench.root):
        results = interleave(jobs, min(3, bench.options.runs))
    for job, runs in zip(jobs, results):
        print_row(job.name, runs)
    peak = max(run.memory for run in results[0])
    bench.judge(f"at most {MEMORY_BAR / 2**20:.0f} MiB ({peak / 2**20:.1f})", peak <= MEMORY_BAR)


if __name__ == "__main__":
    sys.exit(main())
