#!/usr/bin/env python3
"""Time what a lockfile of a thousand packages costs, and the making of the index that it is held against.

    python3 benches/packages.py --portcullis target/release/portcullis --osv FOLDER --lockfiles FOLDER [--runs 40]

FOLDER of --osv holds records in the OSV format (JSON lines, also as .zst); of --lockfiles, any tree of lockfiles, of which the
packages are drawn that stand in the one that is made: a thousand of npm's, seeded. In each round `scan` of that file, with findings
printed as text, and a plain start of the program (`--version`) run in turn; medians, with the largest resident set of any scan.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNT = 1000


def timed(command, **more):
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, **more)
    return (time.perf_counter() - begun) * 1000, done


def drawn(program, lockfiles, folder):
    inventory = folder / "inventory.json"
    command = [program, "scan", "--isolated", "--no-ignore", "--hidden", "--select", "package", "--exit-zero", "--output"]
    subprocess.run([*command, f"cyclonedx={inventory}", "."], cwd=lockfiles, check=True, capture_output=True)
    components = json.loads(inventory.read_text())["components"]
    npm = sorted({(one.get("group", "") + "/" * bool(one.get("group")) + one["name"], one["version"])
                  for one in components if one.get("purl", "").startswith("pkg:npm/") and one.get("version")})
    if len({name for name, _ in npm}) < COUNT:
        sys.exit(f"{lockfiles}: there are not {COUNT} packages of npm in it")
    random.Random(7).shuffle(npm)
    return dict(list(dict(npm).items())[:COUNT])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portcullis", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--osv", type=Path, required=True)
    parser.add_argument("--lockfiles", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        database, lock = folder / "advisories.db", folder / "package-lock.json"
        inputs = [str(path) for path in sorted(options.osv.resolve().glob("*.jsonl*"))]
        imports = [timed([options.portcullis, "db", "import", "--db", str(database), *inputs])[0] for _ in range(3)]
        packages = drawn(options.portcullis, options.lockfiles, folder)
        entries = {f"node_modules/{name}": {"version": version, "integrity": "sha512-00"} for name, version in packages.items()}
        entries = {"": {"dependencies": dict(packages)}, **entries}
        lock.write_text(json.dumps({"name": "made", "lockfileVersion": 3, "packages": entries}, indent=2))
        scan = [options.portcullis, "scan", "--isolated", "--select", "package", "--db", str(database), "--exit-zero", str(lock)]
        scans, starts, findings = [], [], 0
        for _ in range(options.runs):
            took, done = timed(scan)
            scans.append(took)
            findings = done.stdout.decode().splitlines()[-1]
            starts.append(timed([options.portcullis, "--version"])[0])
        _, done = timed(["/usr/bin/env", "python3", "-c", (
            "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], capture_output=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"), *scan])
        load = Path("/proc/loadavg").read_text().split()[0]
        print(f"import of {len(inputs)} files: {statistics.median(imports):.0f} ms; index {database.stat().st_size / 1e6:.2f} MB")
        print(f"{COUNT} packages, whole process: {statistics.median(scans):.1f} ms (least {min(scans):.1f}); {findings}")
        print(f"a plain start beside it: {statistics.median(starts):.1f} ms; load {load}")
        print(f"largest resident set of a scan: {int(done.stdout) / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
