#!/usr/bin/env python3
"""Fetch the Python sources and the peer tools that the benches compare against.

    python3 benches/corpus.py [--dir target/corpus] [--only packages,lib,examples,tools]

What ends up below DIR:

    packages/NAME-VERSION/   the *.py files of each wheel in PACKAGES
    packages/cpython-X.Y.Z/  the standard library of the interpreter that runs this
                             script, without site-packages
    bandit/                  bandit's source distribution, for its examples
    tools/                   a virtual environment with ruff and bandit
    manifest.json            what is there already, with sizes

Everything comes from the package index that pip is set up for.  Wheels are only
unpacked, never installed, and the platform is pinned, so that every machine gets
the same files.  bandit has its examples in the source distribution alone; pip
prepares such a file's metadata with the project's own build backend, in a build
environment of its own.  (bandit itself is installed and run by the benches.)

Running the script again fetches only what is missing.
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

# Thirty of the biggest and best-known distributions that have wheels with Python
# sources.
PACKAGES = """
aiohttp==3.14.5
ansible-core==2.21.5
apache-airflow-core==3.3.2
awscli==1.46.2
botocore==1.44.5
celery==5.7.0
dask==2026.8.0
django==6.1.3
homeassistant==2026.11.0
jax==0.12.0.1
langchain-community==0.4.2
matplotlib==3.11.2
mlflow==3.18.0
moto==5.2.5
mypy==2.4.1
networkx==3.7
nltk==3.10.4
numpy==2.5.5
pandas==3.1.1
paramiko==5.1.0
pip==26.3
ray==2.60.0
scikit-learn==1.9.1
scipy==1.18.1
scrapy==2.19.0
setuptools==84.2.1
sqlalchemy==2.1.9
sympy==1.14.0
transformers==5.23.0
twisted==26.10.0
""".split()

RUFF = "ruff==0.17.6"
BANDIT = "bandit==1.9.4"

# Wheels are chosen for this target, whatever machine the script runs on.
TARGET = [
    "--python-version", "3.14.99",
    "--implementation", "cp",
    "--abi", "cp314", "--abi", "abi3", "--abi", "none",
    "--platform", "manylinux_2_28_x86_64",
    "--platform", "manylinux_2_27_x86_64",
    "--platform", "manylinux2014_x86_64",
    "--platform", "manylinux_2_17_x86_64",
]  # fmt: skip

LIBRARY = f"cpython-{platform.python_version()}"
MINIMUM_BYTES = 300_000_000
PARTS = ("packages", "lib", "examples", "tools")


def main():
    options = arguments()
    root = options.dir
    (root / "packages").mkdir(parents=True, exist_ok=True)
    manifest = Manifest(root / "manifest.json")
    failures = []

    if "packages" in options.only:
        drop_unpinned(root, manifest)
        for pin in PACKAGES:
            attempt(failures, pin, fetch_package, root, pin, manifest)
    if "lib" in options.only:
        attempt(failures, LIBRARY, copy_standard_library, root, manifest)
    if "examples" in options.only:
        attempt(failures, BANDIT, fetch_bandit_source, root, manifest)
    if "tools" in options.only:
        attempt(failures, "tools", install_tools, root)

    total = report(manifest)
    if "packages" in options.only and total < MINIMUM_BYTES:
        failures.append(f"the corpus has {total} bytes of Python, less than {MINIMUM_BYTES}")
    for failure in failures:
        print(f"corpus: {failure}", file=sys.stderr)
    return 1 if failures else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--dir", type=Path, default=Path("target/corpus"), help="where to put everything")
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated parts: " + ", ".join(PARTS))
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = sorted(set(options.only) - set(PARTS))
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)}")
    return options


def attempt(failures, what, action, *args):
    """Run one step; a failed one is kept for the end and does not stop the rest."""
    try:
        action(*args)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        failures.append(f"{what}: {' '.join(last) or error}")
    except (OSError, ValueError, zipfile.BadZipFile, tarfile.TarError) as error:
        failures.append(f"{what}: {error}")


class Manifest:
    """The list of finished directories, kept on disk after each of them."""

    def __init__(self, path):
        self.path = path
        self.entries = json.loads(path.read_text()) if path.exists() else {}

    def __contains__(self, name):
        return name in self.entries

    def add(self, name, directory):
        sizes = [path.stat().st_size for path in directory.rglob("*.py")]
        self.entries[name] = {"files": len(sizes), "bytes": sum(sizes)}
        self.save()

    def remove(self, name):
        del self.entries[name]
        self.save()

    def save(self):
        self.path.write_text(json.dumps(self.entries, indent=1, sort_keys=True) + "\n")


def pip(*args):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *args]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def directory_name(pin):
    return pin.replace("==", "-")


def drop_unpinned(root, manifest):
    """Remove what an earlier list asked for, so that the corpus is what PACKAGES says."""
    wanted = {directory_name(pin) for pin in [*PACKAGES, BANDIT]} | {LIBRARY}
    for directory in (root / "packages").iterdir():
        if directory.name not in wanted:
            print(f"corpus: removing {directory.name}, not in the list", flush=True)
            shutil.rmtree(directory)
    for name in set(manifest.entries) - wanted:
        manifest.remove(name)


def fetch_package(root, pin, manifest):
    name = directory_name(pin)
    if name in manifest:
        return
    print(f"corpus: fetching {pin}", flush=True)
    target = fresh(root / "packages" / name)
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        pip("download", "--no-deps", "--only-binary", ":all:", *TARGET, "--dest", scratch, pin)
        for wheel in Path(scratch).glob("*.whl"):
            unpack_wheel(wheel, target)
    manifest.add(name, target)


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def unpack_wheel(wheel, target):
    """Write the *.py members of a wheel below `target`."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if path.suffix != ".py" or path.is_absolute() or ".." in path.parts:
                continue
            out = target / path
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(archive.read(member))


def copy_standard_library(root, manifest):
    if LIBRARY in manifest:
        return
    source = Path(sysconfig.get_path("stdlib"))
    print(f"corpus: copying the standard library of this interpreter, {LIBRARY}", flush=True)
    target = fresh(root / "packages" / LIBRARY)
    for path in sorted(source.rglob("*.py")):
        relative = path.relative_to(source)
        if {"site-packages", "dist-packages"} & set(relative.parts) or not path.is_file():
            continue
        out = target / relative
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, out)
    manifest.add(LIBRARY, target)


def fetch_bandit_source(root, manifest):
    name = directory_name(BANDIT)
    if name in manifest:
        return
    print(f"corpus: fetching the source distribution of {BANDIT}", flush=True)
    target = fresh(root / "bandit")
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        pip("download", "--no-deps", "--no-binary", "bandit", "--dest", scratch, BANDIT)
        for archive in Path(scratch).glob("*.tar.gz"):
            with tarfile.open(archive) as source:
                source.extractall(target, filter="data")
    manifest.add(name, target)


def install_tools(root):
    """Make the virtual environment with the peers, or bring it to the pinned versions."""
    tools = root / "tools"
    if installed_versions(tools) == {RUFF, BANDIT}:
        return
    print(f"corpus: installing {RUFF} and {BANDIT}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(tools)], check=True)
    command = [tools / "bin" / "python", "-m", "pip", "install", "--quiet", RUFF, BANDIT]
    subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True)


def installed_versions(tools):
    if not (tools / "bin" / "ruff").exists() or not (tools / "bin" / "bandit").exists():
        return set()
    command = [tools / "bin" / "python", "-m", "pip", "freeze"]
    frozen = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return set(frozen) & {RUFF, BANDIT}


def report(manifest):
    """Print the sizes; returns the bytes of Python in the packages and the library."""
    examples = directory_name(BANDIT)
    rows = [(name, row) for name, row in manifest.entries.items() if name != examples]
    for name, row in sorted(rows, key=lambda item: -item[1]["bytes"]):
        print(f"{name:40} {row['files']:7} files {row['bytes'] / 1e6:8.1f} MB")
    total = sum(row["bytes"] for _, row in rows)
    print(f"{'total':40} {sum(row['files'] for _, row in rows):7} files {total / 1e6:8.1f} MB")
    if examples in manifest:
        print(f"bandit's source distribution: {manifest.entries[examples]['files']} files")
    return total


if __name__ == "__main__":
    sys.exit(main())
