#!/usr/bin/env python3
"""Compare what portcullis finds with what bandit and ruff's S rules find.

    python3 benches/conformance.py --portcullis target/release/portcullis \\
        [--corpus target/corpus] [--only bandit,ruff] [--out target/conformance] \\
        [--explained benches/conformance.toml] [--misses 20] [--extra 100] \\
        [--extra-skip 'python/import-*'] [--seed 1]

The corpus is the one that benches/corpus.py fetches.  Two comparisons are made, each
by file, line and id, with every set of portcullis on:

  bandit   on the examples in bandit's own source distribution
  ruff     its stable S rules on the packages and the standard library

Suppression comments are ignored on both sides.  Several findings of one tool with the
same file, line and id count once.  A peer's finding is

  present   when a portcullis finding that names the id in `same_as` starts on that line
  covered   when none does, but one of them spans that line (shown, and counted as met)
  explained when an entry of the --explained file states why we leave it out
  missing   otherwise

Written to --out, for triage: NAME-misses.txt (the first --misses of each id),
ruff-extra.txt (a seeded sample of what we report beyond ruff, with a box to judge each).

The --explained file has entries such as

    [[left-out]]
    id = "S602"                        # B602 speaks of bandit, S602 of ruff
    source = 'shell=True'              # regular expression, searched in the peer's lines
    path = "*/test_*.py"               # optional, pattern of the file's path
    page = "python/subprocess-shell"   # the rule page whose silent example states the case
    example = 'run("ls", shell=True)'  # text of that example, on a line without marks
    why = "A constant command has nothing to inject into."

`page` and `example` are checked: an entry whose example the page does not have is an
error.  What we do report, but on another line or without that id, has in their place

    reported-as = "python/weak-rsa-key"  # met when this rule reports on the peer's lines

The exit code is 1 when a bar is missed, 2 when something could not be done.
"""

import argparse
import collections
import fnmatch
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

RULES = Path(__file__).resolve().parent.parent / "rules"

BANDIT_BAR = 97.0
RUFF_BAR = 95.0
RUFF_MEAN_BAR = 97.0
RUFF_ENOUGH = 20


@dataclass(frozen=True)
class Place:
    """A peer's finding: what is compared, and the lines that it spans."""

    path: str
    line: int
    id: str
    last_line: int


@dataclass(frozen=True)
class Finding:
    """A finding of portcullis."""

    path: str
    line: int
    column: int
    last_line: int
    rule: str
    same_as: tuple
    message: str


def main():
    options = arguments()
    left_out = read_explained(options.explained)
    met = True
    if "bandit" in options.only:
        met &= compare_bandit(options, left_out)
    if "ruff" in options.only:
        met &= compare_ruff(options, left_out)
    return 0 if met else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--portcullis", type=Path, required=True, help="the binary")
    parser.add_argument("--corpus", type=Path, default=Path("target/corpus"))
    parser.add_argument("--only", default="bandit,ruff", help="comma-separated: bandit, ruff")
    parser.add_argument("--out", type=Path, default=Path("target/conformance"))
    parser.add_argument("--explained", type=Path, help="a TOML file of classes left out on purpose")
    parser.add_argument("--misses", type=int, default=20, help="how many misses of an id to write")
    parser.add_argument("--extra", type=int, default=100, help="how many extra findings to sample")
    parser.add_argument("--extra-skip", default="", help="comma-separated patterns of rules not to sample")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.only = options.only.split(",")
    options.portcullis = options.portcullis.resolve()
    options.corpus = options.corpus.resolve()
    options.tools = options.corpus / "tools" / "bin"
    options.out.mkdir(parents=True, exist_ok=True)
    return options


# --- running the tools ---------------------------------------------------------------


def run_json(command, cwd):
    """Run a command in `cwd` and read the JSON that it prints."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = subprocess.run([str(part) for part in command], cwd=cwd, stdout=out, stderr=err).returncode
        out.seek(0)
        err.seek(0)
        text = out.read()
        try:
            return json.loads(text)
        except ValueError:
            tail = err.read().decode("utf-8", "replace")[-2000:]
            fail(f"{command[0]} gave no JSON (exit code {code}):\n{tail}")


def run_portcullis(options, root):
    command = [options.portcullis, "scan", "--set", "audit", "--output-format", "json"]
    report = run_json([*command, "--exit-zero", "--isolated", "."], root)
    return [read_finding(item, root) for item in report["findings"]]


def read_finding(item, root):
    """The one place that knows the shape of portcullis's JSON."""
    return Finding(
        path=normal(item["path"], root),
        line=item["start"]["line"],
        column=item["start"]["column"],
        last_line=item["end"]["line"],
        rule=item["rule"],
        same_as=tuple(item.get("same_as") or ()),
        message=item["title"],
    )


def run_bandit(options, root):
    command = [options.tools / "bandit", "-q", "-r", "-f", "json", "--ignore-nosec", "--exit-zero", "."]
    report = run_json(command, root)
    unread = sorted(normal(error["filename"], root) for error in report["errors"])
    places = [
        Place(
            normal(item["filename"], root),
            item["line_number"],
            item["test_id"],
            max([item["line_number"], *item["line_range"]]),
        )
        for item in report["results"]
    ]
    return places, unread


def run_ruff(options, root):
    command = [options.tools / "ruff", "check", "--select", "S", "--isolated", "--no-cache", "--ignore-noqa"]
    report = run_json([*command, "--output-format", "json", "--exit-zero", "."], root)
    return [
        Place(
            normal(item["filename"], root),
            item["location"]["row"],
            item["code"],
            item["end_location"]["row"],
        )
        for item in report
        if re.fullmatch(r"S\d+", item["code"] or "")  # the rest are syntax errors
    ]


def normal(path, root):
    """A path as both sides would write it: relative to the scanned directory."""
    return os.path.relpath(os.path.join(root, path), root)


# --- comparing -----------------------------------------------------------------------


class Comparison:
    """A peer's findings sorted into present, covered, explained and missing."""

    def __init__(self, places, findings, left_out, sources):
        starts, spans = index(findings)
        lines_of = by_rule(findings)
        self.total = collections.Counter()
        self.present = collections.Counter()
        self.covered = collections.Counter()
        self.explained = collections.Counter()
        self.missing = collections.defaultdict(list)
        for place in sorted(distinct(places), key=lambda place: (place.id, place.path, place.line)):
            self.total[place.id] += 1
            key = (place.path, place.id)
            if place.line in starts[key]:
                self.present[place.id] += 1
            elif any(first <= place.line <= last for first, last in spans[key]):
                self.covered[place.id] += 1
            elif any(entry.applies(place, lines_of, sources) for entry in left_out):
                self.explained[place.id] += 1
            else:
                self.missing[place.id].append(place)

    def raw(self, identifier):
        met = self.present[identifier] + self.covered[identifier]
        return 100 * met / self.total[identifier]

    def with_explained(self, identifier):
        return self.raw(identifier) + 100 * self.explained[identifier] / self.total[identifier]

    def overall(self, explained=False):
        met = self.present.total() + self.covered.total() + (self.explained.total() if explained else 0)
        return 100 * met / max(1, self.total.total())


def distinct(places):
    """One place for each file, line and id, the one that spans most lines."""
    best = {}
    for place in places:
        key = (place.path, place.line, place.id)
        if key not in best or best[key].last_line < place.last_line:
            best[key] = place
    return best.values()


def index(findings):
    starts = collections.defaultdict(set)
    spans = collections.defaultdict(set)
    for finding in findings:
        for identifier in finding.same_as:
            starts[finding.path, identifier].add(finding.line)
            spans[finding.path, identifier].add((finding.line, finding.last_line))
    return starts, spans


def by_rule(findings):
    """The lines on which the findings of each rule start, by file."""
    lines = collections.defaultdict(set)
    for finding in findings:
        lines[finding.path, finding.rule].add(finding.line)
    return lines


def compare_bandit(options, left_out):
    root = next(iter(sorted((options.corpus / "bandit").glob("bandit-*/examples"))), None)
    if root is None:
        fail(f"no bandit examples below {options.corpus}: run benches/corpus.py first")
    places, unread = run_bandit(options, root)
    findings = run_portcullis(options, root)
    sources = Sources(root)
    result = Comparison(places, findings, left_out, sources)

    print(f"\n# bandit's examples: {len(places)} findings, {result.total.total()} places; portcullis {len(findings)}")
    print(f"{'id':6} {'bandit':>6} {'present':>7} {'covered':>7} {'expl.':>6} {'missing':>7}  missing places")
    for identifier in sorted(result.total):
        places = result.missing[identifier]
        listed = " ".join(f"{place.path}:{place.line}" for place in places)
        print(
            f"{identifier:6} {result.total[identifier]:6} {result.present[identifier]:7} "
            f"{result.covered[identifier]:7} {result.explained[identifier]:6} {len(places):7}  {listed}"
        )
    print_overall(result)
    if unread:
        print(f"bandit could not read: {', '.join(unread)}")
    write_misses(options, "bandit", result, sources)
    return verdict("bandit, all findings", result.overall(explained=True), BANDIT_BAR)


def compare_ruff(options, left_out):
    root = options.corpus / "packages"
    if not root.is_dir():
        fail(f"no packages below {options.corpus}: run benches/corpus.py first")
    places = run_ruff(options, root)
    findings = run_portcullis(options, root)
    sources = Sources(root)
    result = Comparison(places, findings, left_out, sources)

    print(
        f"\n# ruff S on the corpus: {len(places)} findings, {result.total.total()} places; portcullis {len(findings)}"
    )
    print(
        f"{'id':6} {'ruff':>7} {'present':>7} {'covered':>7} {'expl.':>6} "
        f"{'missing':>7} {'recall':>7} {'with expl.':>10}"
    )
    met = True
    for identifier in sorted(result.total):
        enough = result.total[identifier] >= RUFF_ENOUGH
        below = enough and result.with_explained(identifier) < RUFF_BAR
        met &= not below
        print(
            f"{identifier:6} {result.total[identifier]:7} {result.present[identifier]:7} "
            f"{result.covered[identifier]:7} {result.explained[identifier]:6} {len(result.missing[identifier]):7} "
            f"{result.raw(identifier):6.1f}% {result.with_explained(identifier):9.1f}%"
            f"{'  BELOW' if below else '' if enough else '  (few)'}"
        )
    print_overall(result)
    print(f"ruff, each id with >= {RUFF_ENOUGH} against {RUFF_BAR} %: {'met' if met else 'MISSED'}")
    enough = [identifier for identifier in result.total if result.total[identifier] >= RUFF_ENOUGH]
    for name, identifiers in (("all ids", list(result.total)), (f"ids with >= {RUFF_ENOUGH}", enough)):
        raw, explained = (mean(map(share, identifiers)) for share in (result.raw, result.with_explained))
        print(f"mean over {name} ({len(identifiers)}): {raw:.2f} %, with explained {explained:.2f} %")
        met &= verdict(f"ruff, mean over {name}", explained, RUFF_MEAN_BAR)

    write_misses(options, "ruff", result, sources)
    report_extra(options, places, findings, sources)
    return met


def mean(values):
    values = list(values)
    return sum(values) / max(1, len(values))


def print_overall(result):
    print(f"recall {result.overall():.2f} %, with explained {result.overall(explained=True):.2f} %")


def verdict(name, value, bar):
    met = value >= bar
    print(f"{name}: {value:.2f} % against {bar} %: {'met' if met else 'MISSED'}")
    return met


# --- classes left out on purpose ------------------------------------------------------


@dataclass(frozen=True)
class LeftOut:
    id: str
    source: re.Pattern
    path: str
    reported_as: str | None

    def applies(self, place, lines_of, sources):
        if place.id != self.id or not fnmatch.fnmatch(place.path, self.path):
            return False
        spanned = range(place.line, place.last_line + 1)
        if self.reported_as and lines_of[place.path, self.reported_as].isdisjoint(spanned):
            return False
        return self.source.search(sources.lines(place.path, place.line, place.last_line)) is not None


def read_explained(path):
    if path is None:
        return []
    entries = tomllib.loads(path.read_text()).get("left-out", [])
    return [read_left_out(entry, path) for entry in entries]


def read_left_out(entry, path):
    reported_as = entry.get("reported-as")
    missing = {"id", "source", "why", *(() if reported_as else ("page", "example"))} - set(entry)
    if missing:
        fail(f"{path}: entry {entry.get('id', '?')} lacks {', '.join(sorted(missing))}")
    page = RULES / f"{reported_as or entry['page']}.md"
    if not page.is_file():
        fail(f"{path}: entry {entry['id']}: no page {page}")
    if not reported_as and not has_silent_line(page, entry["example"]):
        fail(f"{path}: entry {entry['id']}: {entry['page']} has no silent line with {entry['example']!r}")
    return LeftOut(entry["id"], re.compile(entry["source"]), entry.get("path", "*"), reported_as)


def has_silent_line(page, example):
    return any(example in line and "«" not in line for line in page.read_text().splitlines())


# --- files for triage -----------------------------------------------------------------


class Sources:
    """The text of the scanned files, by line."""

    def __init__(self, root):
        self.root = root
        self.cache = {}

    def lines(self, path, first, last):
        if path not in self.cache:
            if len(self.cache) > 500:
                self.cache.clear()
            with open(self.root / path, encoding="utf-8", errors="replace") as file:
                self.cache[path] = file.read().split("\n")
        return "\n".join(self.cache[path][max(0, first - 1) : last])


def write_misses(options, name, result, sources):
    out = options.out / f"{name}-misses.txt"
    with open(out, "w", encoding="utf-8") as file:
        for identifier, places in sorted(result.missing.items()):
            if places:
                print(f"## {identifier}: {len(places)} of {result.total[identifier]} missing", file=file)
            for place in places[: options.misses]:
                last = min(place.last_line, place.line + 4)
                print(f"{place.path}:{place.line}\n{sources.lines(place.path, place.line, last)}\n", file=file)
    print(f"the misses are in {out}")


def report_extra(options, places, findings, sources):
    """Count what we report beyond the peer by rule, and write a sample to be judged."""
    theirs = collections.defaultdict(set)
    for place in places:
        theirs[place.path, place.id].add(place.line)
    extra = [finding for finding in findings if is_extra(finding, theirs)]
    print(f"\nbeyond ruff: {len(extra)} findings, by rule")
    for rule, count in collections.Counter(finding.rule for finding in extra).most_common():
        print(f"{count:7} {rule}")

    skip = [pattern for pattern in options.extra_skip.split(",") if pattern]
    pool = [one for one in extra if not any(fnmatch.fnmatch(one.rule, pattern) for pattern in skip)]
    pool.sort(key=lambda one: (one.path, one.line, one.column, one.rule))
    sample = random.Random(options.seed).sample(pool, min(options.extra, len(pool)))
    out = options.out / "ruff-extra.txt"
    with open(out, "w", encoding="utf-8") as file:
        print(f"{len(sample)} of {len(pool)} extra findings, seed {options.seed}\n", file=file)
        for number, one in enumerate(sample, 1):
            ids = " ".join(one.same_as) or "-"
            print(f"[ ] {number}. {one.rule} ({ids}): {one.message}", file=file)
            print(f"    {one.path}:{one.line}:{one.column}", file=file)
            last = min(one.last_line, one.line + 4)
            print(f"{sources.lines(one.path, one.line, last)}\n", file=file)
    print(f"the sample of extra findings is in {out}")


def is_extra(finding, theirs):
    """No finding of the peer with one of its ids stands on the lines that it spans."""
    for identifier in finding.same_as:
        lines = theirs.get((finding.path, identifier), ())
        if any(finding.line <= line <= finding.last_line for line in lines):
            return False
    return True


def fail(message):
    print(f"conformance: {message}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
