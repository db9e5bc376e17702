#!/usr/bin/env python3
"""Makes the lists of names in this folder anew from packages of the index that pip is set up for.

    python3 rules/names/update.py [--dir FOLDER]

    pypi.txt, npm.txt   the names of widely used packages, the most used first
    rubygems.txt        the same in no order
    imports.txt         modules of Python, each with the distributions that have it, where
                        one is called otherwise; the most used first

The lists hold names and their order, which are facts; no code is taken. Each file says
in its first lines where it comes from. Every package is pinned and held against its hash.
To update: change versions and hashes in WHEELS, run, read the difference.
"""

import argparse
import datetime
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
WHEELS = {
    "guarddog": ("3.2.0", "e503812dc8cf79b74327b7a85a819d62bfb420e3fa8739a7f2f29a93a372c84d", "Apache-2.0"),
    "pigar": ("2.2.0", "73ba65974dc63e7bb68f81f753642b61d93cbd1aafc2a902aaaaa834a85d07d5", "BSD-3-Clause"),
    "pipreqs": ("0.5.0", "0809f6217028e35785f80e90217e18043e58c99ba28175e28320f9074dd03874", "Apache-2.0"),
}
LISTS = {
    "pypi": "PyPI, by downloads as the index's public statistics count them",
    "npm": "npm, by downloads",
    "rubygems": "RubyGems, in no order",
}
# A module that so many widely used distributions have is a namespace, or a folder that was packed by mistake.
MOST = 12
# How many distributions are told of a module.
TOLD = 5
# What the packages above get wrong, or leave out.
KNOWN = {"pkg_resources": ["setuptools"]}
# Folders that are packed by mistake, and names that say nothing.
NOTHING = set(
    "benchmark benchmarks bin build conf config data demo demos dist doc docs example examples lib misc sample samples "
    "script scripts setup src test testing tests tools util utils version".split()
)


def fetch(folder):
    """The wheels, each with the hash that it must have."""
    wishes = folder / "wheels.txt"
    lines = (f"{name}=={version} --hash=sha256:{sha}\n" for name, (version, sha, _) in WHEELS.items())
    wishes.write_text("".join(lines))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--require-hashes", "--dest", folder, "--requirement", wishes], check=True)
    return {name: zipfile.ZipFile(next(folder.glob(f"{name}-*.whl"))) for name in WHEELS}


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def source(*names):
    told = [f"{name} {WHEELS[name][0]} ({WHEELS[name][2]}, sha256 {WHEELS[name][1][:16]}…)" for name in names]
    return f"# From {', '.join(told)}, by update.py.\n"


def popular(wheel, registry):
    """The names in order, each once, and the day on which they were listed."""
    listed = json.loads(wheel.read(f"guarddog/analyzer/metadata/resources/top_{registry}_packages.json"))
    day = datetime.datetime.fromtimestamp(listed["downloaded_timestamp"], datetime.timezone.utc).date()
    names = (normal(name) if registry == "pypi" else name for name in listed["packages"])
    return [name for name in dict.fromkeys(names) if re.fullmatch(r"[!-~]+", name)], day


def modules(wheels, ranked, folder):
    """Modules with the distributions that have them, of the widely used ones."""
    rank = {name: number for number, name in enumerate(ranked)}
    wheels["pigar"].extract("pigar/.db.sqlite3", folder)
    with sqlite3.connect(folder / "pigar/.db.sqlite3") as base:
        rows = base.execute(
            "select m.name, d.name from top_level_module_names m join distributions d on d.id = m.distribution_id"
        ).fetchall()
    found, everything = {}, {}
    for module, distribution in rows:
        distribution = normal(distribution)
        everything.setdefault(distribution, set()).add(module)
        if distribution in rank:
            found.setdefault(module, set()).add(distribution)
    for line in wheels["pipreqs"].read("pipreqs/mapping").decode().splitlines():
        module, _, distribution = line.partition(":")
        distribution = normal(distribution)
        if module in everything.get(distribution, ()):
            found.setdefault(module, {distribution})
    for module, distributions in sorted({**found, **KNOWN}.items()):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", module) or module.lower() in NOTHING:
            continue
        if module in sys.stdlib_module_names or len(distributions) > MOST:
            continue
        by_use = sorted(distributions, key=lambda name: (rank.get(name, len(rank)), name))
        if by_use != [normal(module)]:
            yield module, by_use[:TOLD]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, help="where the packages are kept (a temporary folder where absent)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.dir or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        wheels = fetch(folder)
        for registry, what in LISTS.items():
            names, day = popular(wheels["guarddog"], registry)
            head = f"# {what}, listed on {day}.\n{source('guarddog')}"
            (HERE / f"{registry}.txt").write_text(head + "".join(f"{name}\n" for name in names))
            print(f"{registry}.txt: {len(names)} names of {day}")
        ranked, _ = popular(wheels["guarddog"], "pypi")
        lines = [f"{module} {' '.join(names)}\n" for module, names in modules(wheels, ranked, folder)]
        head = f"# Modules of Python and the distributions that have them.\n{source('pigar', 'pipreqs')}"
        (HERE / "imports.txt").write_text(head + "".join(lines))
        print(f"imports.txt: {len(lines)} modules")
    for name, (version, sha, licence) in WHEELS.items():
        print(f"from {name} {version}, {licence}, sha256 {sha}")


if __name__ == "__main__":
    main()
