#!/usr/bin/env python3
"""Kills `portcullis run` at random moments of a run, and looks for what is left after the next start.

    killed.py PORTCULLIS [--moments 50] [--seed 1] [--backend docker --image NAME] [--without-namespaces] [--cell]

A run is killed with SIGKILL somewhere between its start and its end; then the same is run to its end. Nothing of the
cells may be there afterwards: no process, no control group, no mount, no temporary file, no container; and the audit log
verifies. With --cell, it is the first process of the cell that is killed."""
import argparse, glob, os, random, signal, subprocess, sys, tempfile, time

SCRIPT = """import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
open(os.environ["TMPDIR"] + "/x", "w").write("x")
time.sleep(0.3)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portcullis")
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-namespaces", action="store_true", help="where none can be made")
    parser.add_argument("--cell", action="store_true", help="kill the cell instead of its supervisor")
    parser.add_argument("--backend", choices=["native", "docker", "podman"], default="native")
    parser.add_argument("--image", help="for a run in a container")
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
    if options.without_namespaces:
        command[2:2] = ["--allow-weaker", "namespaces"]
        command[:0] = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "without_namespaces.py")]
    if options.backend != "native":
        command[2:2] = ["--backend", options.backend, "--image", options.image]
    # About as long as a run takes from its start to its end.
    longest = 0.5 if options.backend == "native" else 2
    supervisors, volumes = set(), listed(options, "volume", "ls", "--quiet")
    before = set(os.listdir(tempfile.gettempdir()))
    moments = [random.uniform(0, longest) for _ in range(options.moments)]
    for moment in moments:
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(moment)
        kill(cells(run.pid) if options.cell else [run.pid])
        run.wait()
        supervisors.add(str(run.pid))
    if options.backend != "native":
        # The engine may still be at what it was asked for last.
        time.sleep(1)
    last = subprocess.run(command, capture_output=True, text=True)
    # On a busy machine, the end of what was killed takes a while.
    patience = time.monotonic() + 10
    while any(processes(mark)) and time.monotonic() < patience:
        time.sleep(0.5)
    complaints = [f"the run after it ended with {last.returncode}: {last.stderr}"] * (last.returncode != 0)
    complaints += [f"process {process} is left" for process in processes(mark)]
    complaints += [f"{group} is left" for group in glob.glob("/sys/fs/cgroup/**/portcullis-*", recursive=True)]
    complaints += [f"a mount is left: {line}" for line in open("/proc/self/mounts") if folder in line]
    label = ".Label" if options.backend == "docker" else "index .Labels"
    containers = listed(options, "ps", "--all", "--format", '{{.ID}} {{%s "portcullis.supervisor"}}' % label)
    complaints += [f"container {line} is left" for line in containers if line.split(":")[-2:-1] and line.split(":")[-2] in supervisors]
    complaints += [f"volume {name} is left" for name in listed(options, "volume", "ls", "--quiet") - volumes]
    left = set(os.listdir(tempfile.gettempdir())) - before
    complaints += [f"{name} is left" for name in left if "portcullis" in name]
    verified = subprocess.run([options.portcullis, "audit", "verify", "--log", log], capture_output=True, text=True)
    complaints += [f"the audit log: {verified.stdout}{verified.stderr}"] * (verified.returncode != 0)
    for complaint in complaints:
        print(complaint)
    print(f"killed at {len(moments)} moments: {'something' if complaints else 'nothing'} is left")
    return 1 if complaints else 0


def cells(supervisor):
    """The first processes of cells below a process."""
    try:
        children = open(f"/proc/{supervisor}/task/{supervisor}/children").read().split()
        return [int(child) for child in children if open(f"/proc/{child}/cmdline").read().startswith("portcullis-cell")]
    except OSError:
        return []


def kill(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def listed(options, *arguments):
    """The lines that an engine lists."""
    if options.backend == "native":
        return set()
    return set(subprocess.run([options.backend, *arguments], capture_output=True, text=True, check=True).stdout.splitlines())


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
