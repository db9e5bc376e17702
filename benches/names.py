#!/usr/bin/env python3
"""Measure how well names that imitate popular ones are told from honest ones.

    python3 benches/names.py --portcullis target/release/portcullis --squats typosquats.csv
                             [--real REGISTRY=FILE …] [--half tune|test|all] [--misses]

--squats    known squats: a CSV file with the columns malicious_package, target_package and
            ecosystem, as in ecosyste-ms/typosquatting-dataset (CC0 1.0)
--real      names of honest packages of a registry (PyPI, npm, RubyGems), one a line. Those
            that are popular are left out; of the others 2,000 are drawn. Where no file
            is given for PyPI or RubyGems, the names of Debian's packages of Python and
            Ruby stand in, if apt-cache is there.

Of the squats only those count whose target could be known: it is in the list of popular
names, and the squat is not. They are split by a seeded shuffle: the limits in
src/lookalike/profile.rs were set by looking at one half (`tune`); the figure is that of
the other half (`test`).

Every name is put into a manifest, and the program itself judges it.  The last lines time a
lockfile of a thousand packages that few use: as look-alikes, and by a rule that does little.
"""

import argparse
import csv
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

LISTS = Path(__file__).parent.parent / "rules" / "names"
REGISTRIES = {"PyPI": "pypi", "npm": "npm", "RubyGems": "rubygems"}
RECALL, ALARMS = 0.55, 0.02
DRAWN = 2000
DEBIAN = {"PyPI": "python3-", "RubyGems": "ruby-"}


def normal(registry, name):
    return re.sub(r"[-_.]+", "-", name).lower() if registry == "PyPI" else name


def popular(registry):
    lines = (LISTS / f"{REGISTRIES[registry]}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def manifest(registry, names):
    """The name of a file and its text, one name a line, and the line on which the first one stands."""
    if registry == "npm":
        wishes = ",\n".join(f'{json.dumps(name)}: "1.0.0"' for name in names)
        return "package.json", f'{{"dependencies": {{\n{wishes}\n}}}}\n', 2
    if registry == "RubyGems":
        specs = "\n".join(f"    {name} (1.0)" for name in names)
        return "Gemfile.lock", f"GEM\n  remote: https://rubygems.org/\n  specs:\n{specs}\n", 4
    return "requirements.txt", "".join(f"{name}==1.0\n" for name in names), 1


def judged(program, registry, names):
    """What the program says of each name, by name; those that it passes over are not there."""
    with tempfile.TemporaryDirectory() as folder:
        file, text, first = manifest(registry, names)
        Path(folder, file).write_text(text)
        command = [program, "scan", "--select", "package/looks-like", "--output-format", "json", file]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
        found = json.loads(done.stdout)["findings"]
        lines = {finding["start"]["line"]: finding["detail"] for finding in found if finding["rule"] == "package/looks-like"}
        return {name: lines[number] for number, name in enumerate(names, first) if number in lines}


def squats(path, half):
    """Squats whose target could be known, by registry, with that target."""
    shuffle = random.Random(11).shuffle
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for registry in ("PyPI", "npm"):
        known = set(popular(registry))
        pairs = [
            (row["malicious_package"], normal(registry, row["target_package"]))
            for row in rows
            if row["ecosystem"] == registry.lower()
        ]
        pairs = [(name, target) for name, target in pairs if target in known and normal(registry, name) not in known]
        shuffle(pairs)
        middle = len(pairs) // 2
        yield registry, {"tune": pairs[:middle], "test": pairs[middle:], "all": pairs}[half]


def real(registry, path):
    """Names of honest packages that are not in the list, and where they are from."""
    if path:
        names, source = Path(path).read_text().split(), Path(path).name
    elif registry in DEBIAN:
        prefix = DEBIAN[registry]
        try:
            listed = subprocess.run(["apt-cache", "pkgnames", prefix], capture_output=True, text=True).stdout.split()
        except FileNotFoundError:
            listed = []
        parts = re.compile(r"-(doc|dbg|dev|all|common|lib|ext|data|tests?|tools|examples|bin)$")
        names = [name.removeprefix(prefix) for name in listed if not parts.search(name)]
        source = f"Debian's {prefix}*"
    else:
        return [], None
    known = {normal(registry, name) for name in popular(registry)}
    if not path:
        # Debian spells all names alike.
        known = {re.sub("[_.]", "-", name).lower() for name in known}
        names = [re.sub("[_.]", "-", name) for name in names]
    names = sorted({name for name in names if normal(registry, name) not in known})
    return random.Random(1).sample(names, min(DRAWN, len(names))), source


def timed(program):
    """Milliseconds of processor time of a whole run on a lockfile of some size, the least of many."""
    names = [f"{name}-{tail}" for name in popular("npm")[:500] for tail in ("kit", "core")]
    least = {}
    with tempfile.TemporaryDirectory() as folder:
        for size, rule in ((1, "looks-like"), (1000, "looks-like"), (1000, "unhashed")):
            packages = {f"node_modules/{name}": {"version": "1.0.0", "integrity": "x"} for name in names[:size]}
            lock = {"name": "app", "lockfileVersion": 3, "packages": packages}
            Path(folder, "package-lock.json").write_text(json.dumps(lock, indent=1))
            command = [program, "scan", "--select", f"package/{rule}", "package-lock.json"]
            times = []
            for _ in range(40):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(command, cwd=folder, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
            least[size, rule] = min(times), statistics.median(times)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portcullis", required=True, type=lambda path: Path(path).resolve())
    parser.add_argument("--squats", type=Path)
    parser.add_argument("--real", action="append", default=[], metavar="REGISTRY=FILE")
    parser.add_argument("--half", choices=("tune", "test", "all"), default="test")
    parser.add_argument("--misses", action="store_true", help="list the squats that are missed, and the false alarms")
    options = parser.parse_args()
    files = dict(wish.split("=", 1) for wish in options.real)
    failed = False

    print("| registry | squats | found | recall | right target |\n|---|---|---|---|---|")
    if options.squats and options.squats.exists():
        sums = Counter()
        for registry, rows in squats(options.squats, options.half):
            told = judged(options.portcullis, registry, [name for name, _ in rows])
            right = sum(f"`{target}`" in told.get(name, "") for name, target in rows)
            sums.update(rows=len(rows), found=len(told), right=right)
            print(f"| {registry} | {len(rows)} | {len(told)} | {len(told) / max(len(rows), 1):.1%} | {right} |")
            failed |= len(told) < RECALL * len(rows)
            if options.misses:
                for name, target in rows:
                    if name not in told:
                        print(f"    missed: {name} ({target})")
        print(f"| all | {sums['rows']} | {sums['found']} | {sums['found'] / max(sums['rows'], 1):.1%} | {sums['right']} |")
    else:
        print("    skipped: no corpus of squats (--squats)")

    print("\n| registry | honest names | from | alarms | rate | ways |\n|---|---|---|---|---|---|")
    for registry in REGISTRIES:
        names, source = real(registry, files.get(registry))
        if not names:
            print(f"    skipped: no honest names of {registry} (--real {registry}=FILE)")
            continue
        told = judged(options.portcullis, registry, names)
        ways = Counter(re.sub(r"^`[^`]*` |`[^`]*`,?|which many use", "", detail).strip() for detail in told.values())
        ways = ", ".join(f"{way}: {count}" for way, count in ways.most_common())
        print(f"| {registry} | {len(names)} | {source} | {len(told)} | {len(told) / len(names):.2%} | {ways} |")
        failed |= len(told) > ALARMS * len(names)
        if options.misses:
            for detail in told.values():
                print(f"    alarm: {detail}")

    least = timed(options.portcullis)
    for (size, rule), (fastest, median) in least.items():
        print(f"\na lockfile of {size}, package/{rule}: {fastest:.1f} ms at the fastest, {median:.1f} ms in the middle", end="")
    print()
    sys.exit(failed)


if __name__ == "__main__":
    main()
