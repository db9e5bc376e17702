#!/usr/bin/env python3
"""Runs many scripts at once, each of which says what it sees of the others.

    together.py PORTCULLIS [--runs 200] [--at-once 200]

Each run writes its number into /tmp, waits, and says what lies there, which processes it sees and what its host is called.
All must see themselves alone."""
import argparse, concurrent.futures, json, os, subprocess, sys, tempfile

SCRIPT = """import json, os, socket, sys, time
open("/tmp/" + sys.argv[1], "w").write(sys.argv[1])
time.sleep(0.2)
print(json.dumps([sys.argv[1], os.listdir("/tmp"), sum(name.isdigit() for name in os.listdir("/proc")), socket.gethostname()]))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portcullis")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = os.path.join(folder, "work")
        os.mkdir(work)
        script, policy = os.path.join(work, "a.py"), os.path.join(folder, "policy.toml")
        open(script, "w").write(SCRIPT)
        open(policy, "w").write('extends = "moderate"\ngate = "record"\n')
        log = os.path.join(folder, "audit.jsonl")
        common = ["run", "--policy", policy, "--audit-log", log, "--budget-ms", "60000", "--workspace-root", work]

        def one(number):
            return subprocess.run([options.portcullis, *common, script, str(number)], capture_output=True, text=True)

        with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
            done = list(pool.map(one, range(options.runs)))
    wrong = [(number, run) for number, run in enumerate(done) if not is_alone(number, run)]
    for number, run in wrong[:10]:
        print(f"run {number} ended with {run.returncode}: {run.stdout}{run.stderr}")
    print(f"{options.runs} runs at once: {len(wrong)} went wrong")
    sys.exit(1 if wrong else 0)


def is_alone(number, run):
    try:
        return run.returncode == 0 and json.loads(run.stdout) == [str(number), [str(number)], 1, "cell"]
    except ValueError:
        return False


main()
