#!/usr/bin/env python3
"""Kills `portcullis run` at random moments of a run, and looks for what is left after the next start.

    killed.py PORTCULLIS [--moments 50] [--seed 1]

A run is killed with SIGKILL somewhere between its start and its end; then the same is run to its end. Nothing of the
cells may be there afterwards: no process, no control group, no mount, no temporary file; and the audit log verifies."""
import argparse, glob, os, random, signal, subprocess, sys, tempfile, time

SCRIPT = """import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
open("/tmp/x", "w").write("x")
time.sleep(0.3)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portcullis")
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(attempt(options, folder))


def attempt(options, folder):
    mark = f"mark-{os.getpid()}.py"
    work = os.path.join(folder, "work")
    os.mkdir(work)
    script, policy, log = os.path.join(work, mark), os.path.join(folder, "policy.toml"), os.path.join(folder, "audit.jsonl")
    open(script, "w").write(SCRIPT)
    open(policy, "w").write('extends = "moderate"\ngate = "record"\n')
    command = [options.portcullis, "run", "--policy", policy, "--audit-log", log, "--workspace-root", work, script]
    before = set(os.listdir(tempfile.gettempdir()))
    moments = [random.uniform(0, 0.5) for _ in range(options.moments)]
    for moment in moments:
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(moment)
        run.send_signal(signal.SIGKILL)
        run.wait()
    last = subprocess.run(command, capture_output=True, text=True)
    time.sleep(0.5)
    complaints = [f"the run after it ended with {last.returncode}: {last.stderr}"] * (last.returncode != 0)
    complaints += [f"process {process} is left" for process in processes(mark)]
    complaints += [f"{group} is left" for group in glob.glob("/sys/fs/cgroup/**/portcullis-*", recursive=True)]
    complaints += [f"a mount is left: {line}" for line in open("/proc/self/mounts") if folder in line]
    left = set(os.listdir(tempfile.gettempdir())) - before
    complaints += [f"{name} is left" for name in left if "portcullis" in name]
    verified = subprocess.run([options.portcullis, "audit", "verify", "--log", log], capture_output=True, text=True)
    complaints += [f"the audit log: {verified.stdout}{verified.stderr}"] * (verified.returncode != 0)
    for complaint in complaints:
        print(complaint)
    print(f"killed at {len(moments)} moments: {'something' if complaints else 'nothing'} is left")
    return 1 if complaints else 0


def processes(mark):
    """Those that have the script's name in their arguments, or are the first of a cell."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = open(f"/proc/{process}/cmdline", "rb").read().decode(errors="replace")
        except OSError:
            continue
        if int(process) != os.getpid() and (mark in arguments or arguments.startswith("portcullis-cell")):
            yield f"{process} ({arguments.replace(chr(0), ' ').strip()})"


main()
