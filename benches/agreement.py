#!/usr/bin/env python3
"""Compares the advisories that portcullis finds in lockfiles with those of pip-audit and cargo-audit, offline.

    python3 benches/agreement.py --portcullis P --osv FOLDER --lockfiles FOLDER [--pip-audit PROGRAM] [--cargo-audit PROGRAM]

FOLDER of --osv holds ECOSYSTEM.jsonl.zst; of --lockfiles, any tree of them. pip-audit asks a server of this script on 127.0.0.1 that
speaks OSV's query API (https://google.github.io/osv.dev/post-v1-query/); its versions are compared by `packaging`, so that this
wants the Python that pip-audit is installed in. cargo-audit reads a database in its own format that is made of the same records.
Prints what either tells alone; ends with 1 where there is any such thing.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from packaging.version import InvalidVersion, Version


def records(folder, ecosystem):
    raw = subprocess.run(["zstd", "-dc", str(folder / f"{ecosystem}.jsonl.zst")], check=True, capture_output=True).stdout
    return [json.loads(line) for line in raw.splitlines() if line.strip()]


def found_by_portcullis(program, osv, lockfiles, folder):
    """(path, ecosystem, name, version) with the names of each advisory, and every package that stands anywhere."""
    database, inventory = folder / "advisories.db", folder / "inventory.json"
    files = [str(path) for path in sorted(osv.glob("*.jsonl.zst"))]
    subprocess.run([program, "db", "import", "--db", str(database), *files], check=True, capture_output=True)
    command = [program, "scan", "--isolated", "--no-ignore", "--hidden", "--select", "package", "--db", str(database)]
    command += ["--output-format", "json", "--output", f"cyclonedx={inventory}", "--exit-zero", "."]
    done = subprocess.run(command, check=True, capture_output=True, cwd=lockfiles)
    found = defaultdict(list)
    for finding in json.loads(done.stdout)["findings"]:
        advisory, package = finding.get("advisory"), finding.get("package")
        if advisory and package and finding["rule"] != "package/unevaluable":
            key = (finding["path"], package["ecosystem"], package["name"], package["version"])
            found[key].append({advisory["id"], *advisory["aliases"]})
    return found, json.loads(inventory.read_text())["components"]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def affects(affected, asked):
    """Whether a record's entry for one package speaks of a version (OSV schema, `affected[].ranges` and `versions`)."""
    if any(version(listed) == asked for listed in affected.get("versions", [])):
        return True
    for span in affected.get("ranges", []):
        if span["type"] != "ECOSYSTEM":
            continue
        events = []
        for event in span["events"]:
            (kind, bound), = event.items()
            at = version("0.dev0" if bound == "0" else bound)
            if at is None:
                events = []
                break
            events.append((at, kind != "introduced", kind))
        inside = False
        for at, _, kind in sorted(events):
            if kind == "introduced" and asked >= at:
                inside = True
            elif kind == "fixed" and asked >= at or kind == "last_affected" and asked > at:
                inside = False
        if inside:
            return True
    return False


class Server(ThreadingHTTPServer):
    def __init__(self, all_records):
        super().__init__(("127.0.0.1", 0), Handler)
        self.by_name = defaultdict(list)
        for record in all_records:
            for affected in record.get("affected", []):
                if affected["package"]["ecosystem"] == "PyPI":
                    self.by_name[normal(affected["package"]["name"])].append((record, affected))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = version(query["version"])
        vulns = []
        for record, affected in self.server.by_name[normal(query["package"]["name"])]:
            if asked is not None and not record.get("withdrawn") and affects(affected, asked) and record not in vulns:
                vulns.append(record)
        for record in vulns:
            # pip-audit fails on bounds that are no versions, and on records without an end to their summary.
            for affected in record["affected"]:
                for span in affected.get("ranges", []):
                    span["events"] = [event for event in span["events"] if all(map(version, event.values()))]
        body = json.dumps({"vulns": vulns} if vulns else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def compare(theirs, ours, what):
    """Both: package to a list of sets of names. One advisory is the same where any name is."""
    alone = 0
    for left, right, who in [(theirs, ours, "only " + what), (ours, theirs, "only portcullis")]:
        for key, advisories in sorted(left.items()):
            known = set().union(*right.get(key, [set()]))
            for names in advisories:
                if not names & known:
                    alone += 1
                    print(f"{who}: {' '.join(map(str, key))}: {' '.join(sorted(names))}")
    same = sum(1 for key, advisories in theirs.items() for names in advisories if names & set().union(*ours.get(key, [set()])))
    print(f"{what}: {same} advisories of packages on both sides, {alone} on one alone")
    return alone


def pip_audit(program, osv, found, components, folder):
    server = Server(records(osv, "PyPI"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1/query"
    pins = {(normal(c["name"]), c["version"]) for c in components if c.get("purl", "").startswith("pkg:pypi/") and c.get("version")}
    skipped = {pin for pin in pins if version(pin[1]) is None}
    # One file has each name once.
    rounds = defaultdict(list)
    seen = defaultdict(int)
    for name, pinned in sorted(pins - skipped):
        rounds[seen[name]].append(f"{name}=={pinned}")
        seen[name] += 1
    theirs = {}
    for number, lines in rounds.items():
        file = folder / f"requirements-{number}.txt"
        file.write_text("\n".join(lines) + "\n")
        command = [program, "-r", str(file), "--no-deps", "--disable-pip", "-s", "osv", "--osv-url", url, "-f", "json"]
        command += ["--cache-dir", str(folder / "cache"), "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)
        for package in json.loads(done.stdout)["dependencies"]:
            if package["vulns"]:
                key = (normal(package["name"]), package["version"])
                theirs[key] = [{vuln["id"], *vuln["aliases"]} for vuln in package["vulns"]]
    ours = {}
    for (_, ecosystem, name, pinned), advisories in found.items():
        if ecosystem == "PyPI" and version(pinned) is not None:
            ours[(normal(name), str(version(pinned)))] = advisories
    print(f"pip-audit: {len(pins)} pins, {len(skipped)} whose version is none: {sorted(skipped)}")
    return compare(theirs, ours, "pip-audit")


def page(record):
    """A record in the format of the RustSec database."""
    affected = record["affected"][0]
    patched, unaffected, after = [], [], None
    for span in affected["ranges"]:
        for event in span["events"]:
            if "introduced" in event:
                if after:
                    patched.append(f">= {after}, < {event['introduced']}")
                elif event["introduced"] not in ("0", "0.0.0-0"):
                    unaffected.append(f"< {event['introduced']}")
                after = None
            elif "fixed" in event:
                after = event["fixed"]
    if after:
        patched.append(f">= {after}")
    informational = affected.get("database_specific", {}).get("informational")
    lines = ["```toml", "[advisory]", f'id = "{record["id"]}"', f'package = "{affected["package"]["name"]}"']
    lines += [f'date = "{record["published"][:10]}"'] + ([f'informational = "{informational}"'] if informational else [])
    lines += ["[versions]", f"patched = {json.dumps(patched)}", f"unaffected = {json.dumps(unaffected)}", "```", ""]
    return "\n".join([*lines, f"# {record.get('summary') or record['id']}", "", "Text.", ""])


def cargo_audit(program, osv, lockfiles, found, folder):
    database = folder / "advisory-db"
    aliases = {}
    for record in records(osv, "crates.io"):
        if record["id"].startswith("RUSTSEC-") and not record.get("withdrawn"):
            place = database / "crates" / record["affected"][0]["package"]["name"] / f"{record['id']}.md"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(page(record))
            aliases[record["id"]] = {record["id"], *record.get("aliases", [])}
    theirs = defaultdict(list)
    for lock in sorted(lockfiles.rglob("Cargo.lock")):
        command = [program, "audit", "--db", str(database), "--no-fetch", "--json", "-f", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            told = json.loads(done.stdout)
        except json.JSONDecodeError:
            sys.exit(f"{lock}: {done.stderr}")
        warnings = [one for kind in told["warnings"].values() for one in kind if one.get("advisory")]
        for one in told["vulnerabilities"]["list"] + warnings:
            package, path = one["package"], lock.relative_to(lockfiles).as_posix()
            theirs[(path, package["name"], package["version"])].append(aliases[one["advisory"]["id"]])
    ours = defaultdict(list)
    for (path, ecosystem, name, pinned), advisories in found.items():
        if ecosystem == "crates.io":
            # Packages that were made to do harm are not in its database.
            ours[(path, name, pinned)] = [names for names in advisories if any(name.startswith("RUSTSEC-") for name in names)]
    return compare(theirs, ours, "cargo-audit")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portcullis", required=True)
    parser.add_argument("--osv", type=Path, required=True)
    parser.add_argument("--lockfiles", type=Path, required=True)
    parser.add_argument("--pip-audit")
    parser.add_argument("--cargo-audit")
    options = parser.parse_args()
    alone = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        found, components = found_by_portcullis(options.portcullis, options.osv, options.lockfiles, folder)
        if options.pip_audit:
            alone += pip_audit(options.pip_audit, options.osv, found, components, folder)
        if options.cargo_audit:
            alone += cargo_audit(options.cargo_audit, options.osv, options.lockfiles, found, folder)
    sys.exit(alone > 0)


if __name__ == "__main__":
    main()
