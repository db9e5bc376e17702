#!/usr/bin/env python3
"""Run the steps of action.yml as GitHub's runner would, and check what they leave behind.

    .ci/action.py FOLDER PROGRAM

FOLDER is a small project with findings in bad.py and none in good.py; PROGRAM is a portcullis to be put on PATH.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def run_action(folder, program, inputs):
    """Run every step in turn; gives the exit code, the log and the outputs of each step."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    unknown = set(inputs) - set(action["inputs"])
    assert not unknown, unknown
    known = {f"inputs.{name}": str(entry["default"]) for name, entry in action["inputs"].items()}
    known |= {f"inputs.{name}": value for name, value in inputs.items()}
    known["github.action_path"] = str(ROOT)
    log = ""
    with tempfile.TemporaryDirectory() as temporary:
        for number, step in enumerate(action["runs"]["steps"]):
            assert step["shell"] == "bash" and "${{" not in step["run"], "expressions belong into env"
            output, script = Path(temporary, f"output-{number}"), Path(temporary, f"{number}.sh")
            output.touch()
            script.write_text(step["run"])
            environment = dict(os.environ, GITHUB_OUTPUT=str(output), RUNNER_TEMP=temporary, CI="true")
            environment["PATH"] = f"{Path(program).parent}{os.pathsep}{environment['PATH']}"
            for name, value in step["env"].items():
                environment[name] = re.sub(r"\$\{\{ (.*?) \}\}", lambda match: known[match[1]], value)
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
            done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True)
            log += done.stdout + done.stderr
            for line in output.read_text().splitlines():
                name, value = line.split("=", 1)
                known[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                break
    return done.returncode, log, known


def check(folder, program, inputs, code, annotated=()):
    sarif = Path(folder, "portcullis.sarif")
    sarif.unlink(missing_ok=True)
    ended, log, known = run_action(folder, program, inputs)
    print(f"{inputs}: exit code {ended}\n{log}", end="")
    assert ended == code, f"exit code {ended} instead of {code}"
    for path in annotated:
        assert re.search(rf"^::(error|warning|notice) title=[^\n]*,file={re.escape(path)},line=\d+", log, re.M), path
    if code < 2:
        assert known["steps.scan.outputs.exit-code"] == str(code)
        assert known["steps.scan.outputs.sarif-file"] == sarif.name
        results = json.loads(sarif.read_text())["runs"][0]["results"]
        assert bool(results) == bool(annotated), results
    sarif.unlink(missing_ok=True)


def main():
    folder, program = sys.argv[1:]
    check(folder, program, {"version": "path"}, 1, ["bad.py", "broken.py"])
    check(folder, program, {"version": "path", "paths": "good.py\n"}, 0)
    check(folder, program, {"version": "path", "paths": "bad.py\ngood.py", "policy": "moderate"}, 1, ["bad.py"])
    check(folder, program, {"version": "path", "paths": "bad.py", "fail-on": "critical"}, 0, ["bad.py"])
    check(folder, program, {"version": "path", "paths": "$(touch oops).py", "args": "--set\naudit"}, 2)
    assert not Path(folder, "oops").exists()
    check(folder, program, {"version": "newest"}, 2)
    # Last, since it builds: the version that this checkout holds.
    check(folder, program, {"paths": "bad.py"}, 1, ["bad.py"])


if __name__ == "__main__":
    main()
