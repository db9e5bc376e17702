//! `gate`: verdicts, exit codes, JSON, imported modules, and that whatever goes wrong stops the code.

mod record;

use serde_json::Value;

use crate::program::{Done, Tree};

/// Long enough for a debug build on a busy machine.
const PATIENT: [&str; 2] = ["--budget-ms", "60000"];

fn gate(tree: &Tree, arguments: &[&str]) -> Done {
    let mut command = tree.command(&[&["gate"], arguments, &PATIENT].concat());
    let none = tree.path().join("no-configuration");
    Done::from(command.env("XDG_CONFIG_HOME", &none).env("HOME", &none).output().unwrap())
}

fn json(tree: &Tree, arguments: &[&str]) -> (i32, Value) {
    let done = gate(tree, &[arguments, &["--format", "json"]].concat());
    (done.code, serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}")))
}

/// Path, line and rule of each reason.
fn reasons(verdict: &Value) -> Vec<(&str, u64, &str)> {
    let reasons = verdict["reasons"].as_array().unwrap().iter();
    reasons
        .map(|reason| {
            let line = reason["line"].as_u64().unwrap_or_default();
            (reason["path"].as_str().unwrap_or_default(), line, reason["rule"].as_str().unwrap_or_default())
        })
        .collect()
}

#[test]
fn exit_codes_tell_the_decision() {
    let tree = Tree::new(&[
        ("good.py", "import json\nprint(json.dumps([1]))\n"),
        ("good", "print(1)\n"),
        ("ask.py", "assert 1\n"),
        ("bad.py", "eval(input())\n"),
    ]);
    let outside = tempfile::tempdir().unwrap();
    let own = outside.path().join("own.toml");
    let text =
        "extends = \"moderate\"\n[rules]\n\"python/assert\" = { verdict = \"ask\", reason = \"we run with -O\" }\n";
    std::fs::write(&own, text).unwrap();
    let own = own.to_str().unwrap();
    for (files, policy, code, word) in [
        (&["good.py"][..], "strict", 0, "allow: good.py (policy strict)"),
        (&["good"], "strict", 0, "allow: good (policy strict)"),
        (&["ask.py"], own, 3, "the policy says: we run with -O"),
        (&["bad.py"], "moderate", 2, "deny: bad.py"),
        (&["bad.py"], "permissive", 0, "allow: bad.py"),
        (&["good.py", "ask.py"], own, 3, "ask: good.py, ask.py"),
        (&["ask.py", "bad.py", "good.py"], own, 2, "bad.py:1:1: deny"),
    ] {
        let done = gate(&tree, &[files, &["--policy", policy]].concat());
        assert_eq!(done.code, code, "{files:?} {policy}: {done:?}");
        assert!(done.stdout.contains(word), "{files:?} {policy}: {done:?}");
    }
}

#[test]
fn standard_input_is_judged_under_its_name() {
    let tree = Tree::new(&[("lib/helper.py", "eval(input())\n")]);
    let run = |arguments: &[&str], input: &str| {
        tree.run_with_input(&[&["gate"], arguments, &PATIENT].concat(), input.as_bytes())
    };
    assert_eq!(run(&["--policy", "strict"], "print(1)\n").code, 0);
    let done = run(&["--policy", "strict", "-"], "import os\n");
    assert!(done.code == 2 && done.stdout.contains("<stdin>:1:8"), "{done:?}");
    let done = run(&["--stdin-filename", "lib/a.py", "-"], "import helper\n");
    assert!(done.code == 2 && done.stdout.contains("lib/helper.py:1:1"), "{done:?}");
    // What is too large to be read is denied, not judged by its beginning.
    let done = run(&["-"], &"#".repeat((4 << 20) + 1));
    assert!(done.code == 2 && done.stdout.contains("size cap"), "{done:?}");
}

#[test]
fn whatever_goes_wrong_stops_the_code() {
    let tree = Tree::new(&[("a.py", "print(1)\n"), ("shell", "#!/bin/sh\necho\n"), ("folder/b.py", "print(1)\n")]);
    for arguments in [
        &["none.py"][..],
        &["a.py", "none.py"],
        &["folder"],
        &["shell"],
        &["a.py", "--policy", "none"],
        &["a.py", "--format", "xml"],
        &["a.py", "--budget-ms", "soon"],
        &["a.py", "--workspace-root", "none"],
        &["-", "-"],
        &["--no-such-option"],
    ] {
        let mut command = tree.command(&[&["gate"], arguments].concat());
        let done = Done::from(command.stdin(std::process::Stdio::null()).output().unwrap());
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
    }
    let (code, verdict) = json(&tree, &["a.py", "none.py", "--policy", "permissive"]);
    assert_eq!((code, &verdict["decision"]), (2, &Value::from("deny")));
    assert_eq!(
        (&verdict["reasons"][0]["kind"], &verdict["reasons"][0]["path"]),
        (&"failure".into(), &"none.py".into())
    );
}

#[test]
fn an_end_of_the_budget_is_a_verdict() {
    // A debug build needs seconds for it, however the machine is busy.
    let long = format!("x = [{}]\n", "f(1), ".repeat(400_000));
    let tree = Tree::new(&[("long.py", &long), ("a.py", "eval(input())\n")]);
    let done = tree.run(&["gate", "long.py", "--budget-ms", "1", "--format", "json"]);
    let verdict: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        (done.code, &verdict["decision"], &verdict["reasons"][0]["kind"]),
        (2, &"deny".into(), &"budget".into())
    );
    // Recording stops nothing but what nobody has decided.
    let policy = tempfile::tempdir().unwrap();
    let record = policy.path().join("record.toml");
    std::fs::write(&record, "extends = \"strict\"\ngate = \"record\"\n").unwrap();
    let record = record.to_str().unwrap();
    assert_eq!(tree.run(&["gate", "long.py", "--budget-ms", "1", "--policy", record]).code, 2);
    let (code, verdict) = json(&tree, &["a.py", "--policy", record]);
    assert_eq!((code, &verdict["reasons"][0]["capability"]), (0, &"exec-code".into()));
}

#[test]
fn the_json_is_what_its_schema_says() {
    let tree = Tree::new(&[("a.py", "import os\nrun = os.system\nrun(input())\nopen('/etc/shadow')\neval('1')\n")]);
    let (_, verdict) = json(&tree, &["a.py", "--timings"]);
    let done = tree.run(&["schema", "gate"]);
    let schema: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(schema["properties"].get("decision").is_some(), "{schema}");
    conforms(&schema, &schema, &verdict, "$");
    assert!(verdict["times"]["total"].as_u64().unwrap() > 0);
    assert!(tree.run(&["schema"]).stdout.contains("portcullis report"));
}

/// Holds a value against the parts of JSON Schema that ours are written in.
fn conforms(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return conforms(root, root.pointer(name.trim_start_matches('#')).unwrap(), value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let is_null = value.is_null();
        let fits = |one: &&Value| (one["type"] == "null") == is_null;
        return conforms(root, any.iter().find(fits).unwrap(), value, at);
    }
    if let Some(constants) = schema["oneOf"].as_array() {
        let is_named =
            |one: &Value| one["const"] == *value || one["enum"].as_array().is_some_and(|e| e.contains(value));
        return assert!(constants.iter().any(is_named), "{at}: {value}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    assert!(kinds.contains(&kind.into()), "{at}: {value} is no {}", schema["type"]);
    if let Some(names) = schema["enum"].as_array() {
        assert!(names.contains(value), "{at}: {value}");
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(root, &schema["items"], item, &format!("{at}[]"));
    }
    let Some(object) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(name.as_str().unwrap()), "{at}: {name} is missing");
    }
    for (name, value) in object {
        let property = schema["properties"].get(name).unwrap_or_else(|| panic!("{at}.{name} is in no schema"));
        conforms(root, property, value, &format!("{at}.{name}"));
    }
}

#[test]
fn reasons_come_by_weight_and_name_different_things() {
    let tree = Tree::new(&[(
        "a.py",
        "import os\nassert os\nos.system(a)\nos.system(b)\nos.system(c)\neval(d)\nopen(os.path.expanduser('~/.ssh/id_rsa'))\n\
         x = eval(e); y = exec(e)\n",
    )]);
    let (code, verdict) = json(&tree, &["a.py"]);
    assert_eq!(code, 2);
    let told = reasons(&verdict);
    let capabilities: Vec<_> = verdict["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .take(3)
        .map(|reason| reason["capability"].as_str().unwrap())
        .collect();
    let mut different = capabilities.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 3, "{told:?}");
    // What is one capability of one line is one reason.
    let on_last =
        verdict["reasons"].as_array().unwrap().iter().filter(|reason| reason["line"] == 8).collect::<Vec<_>>();
    assert_eq!(on_last.len(), 1, "{told:?}");
    let also = on_last[0]["also"].as_array().unwrap();
    assert!(also.iter().any(|also| also["rule"] == "python/exec"), "{also:?}");
    assert!(told.iter().all(|(_, line, _)| *line != 2), "an assertion stops nothing: {told:?}");
    let instead = verdict["reasons"][0]["instead"].as_str().unwrap();
    assert!(!instead.is_empty());
}

#[test]
fn what_is_imported_from_beside_the_script_is_judged_with_it() {
    let tree = Tree::new(&[
        (
            "app/main.py",
            "import helper\nfrom pkg import part\nfrom . import near\nimport shared.tool\nimport statistics\n",
        ),
        ("app/helper.py", "import math\nprint(math.pi)\n"),
        ("app/pkg/__init__.py", "from .deep import x\n"),
        ("app/pkg/deep.py", "eval(x)\n"),
        ("app/pkg/part.py", "import os\nos.system(x)\n"),
        ("app/near.py", "exec(x)\n"),
        ("app/unrelated.py", "eval(x)\n"),
        ("shared/tool.py", "import pickle\npickle.load(f)\n"),
        // The library's own `statistics` imports it.
        ("app/random.py", "eval(y)\n"),
    ]);
    let (code, verdict) = json(&tree, &["app/main.py"]);
    assert_eq!(code, 2);
    let mut places: Vec<_> = reasons(&verdict).into_iter().map(|(path, line, _)| (path, line)).collect();
    places.sort_unstable();
    let wanted = [
        ("app/near.py", 1),
        ("app/pkg/deep.py", 1),
        ("app/pkg/part.py", 2),
        ("app/random.py", 1),
        ("shared/tool.py", 2),
    ];
    assert_eq!(places, wanted);
    let sources = verdict["sources"].as_array().unwrap();
    let read = |name: &str| sources.iter().find(|source| source["path"] == name);
    assert_eq!(read("app/helper.py").unwrap()["imported"], true);
    assert_eq!(read("app/main.py").unwrap()["imported"], false);
    assert!(read("app/unrelated.py").is_none());
}

#[test]
fn at_strict_only_listed_modules_and_those_beside_the_script_may_be_imported() {
    let tree = Tree::new(&[
        (
            "app/main.py",
            "import helper\nimport math, collections.abc\nfrom urllib.parse import quote\nprint(helper.a)\n",
        ),
        ("app/helper.py", "from dataclasses import dataclass\nimport json\na = 1\n"),
        ("requests.py", "a = 1\n"),
        ("app/os.py", "a = 1\n"),
        ("app/spaces/part.py", "a = 1\n"),
    ]);
    assert_eq!(gate(&tree, &["app/main.py", "--policy", "strict"]).code, 0);
    for line in [
        "from datetime import time",
        "import argparse\nargs = argparse.ArgumentParser().parse_args()\nprint(args.token, args.code.site)",
        "import json\njson.loads('{}').platform()\njson.loads('{}')['io']",
    ] {
        tree.write("app/probe.py", &format!("{line}\n"));
        let (_, verdict) = json(&tree, &["app/probe.py", "--policy", "strict"]);
        assert!(reasons(&verdict).iter().all(|(_, _, rule)| *rule != "policy/unlisted-import"), "{line}: {verdict}");
    }
    for line in [
        "import os",
        "import urllib.request",
        "from urllib import request",
        // Modules that a listed one gives back.
        "from random import _os",
        "from json import codecs",
        "from enum import bltns",
        "import argparse\nargparse._sys.exit(1)",
        "import argparse\nprint(argparse._os)",
        "__import__('sys')",
        // Beside the script it would be judged; from the workspace, another of that name may be loaded.
        "import requests",
        "import spaces.part",
        "import nowhere",
        "from . import nowhere",
    ] {
        tree.write("app/probe.py", &format!("{line}\n"));
        let (code, verdict) = json(&tree, &["app/probe.py", "--policy", "strict"]);
        let told = reasons(&verdict);
        assert!(code == 2 && told.iter().any(|(_, _, rule)| *rule == "policy/unlisted-import"), "{line}: {told:?}");
    }
}

#[test]
fn modules_that_cannot_be_read_are_denied() {
    let tree =
        Tree::new(&[("a.py", "import native\n"), ("native.cpython-312-x86_64-linux-gnu.so", "x"), ("other.so", "x")]);
    let (code, verdict) = json(&tree, &["a.py", "--policy", "permissive"]);
    assert_eq!((code, reasons(&verdict)[0].0), (2, "native.cpython-312-x86_64-linux-gnu.so"));
    let many = Tree::new(&[("a.py", "import m0\n")]);
    for number in 0..70 {
        many.write(&format!("m{number}.py"), &format!("import m{}\n", number + 1));
    }
    let done = gate(&many, &["a.py"]);
    assert!(done.code == 2 && done.stdout.contains("so many modules"), "{done:?}");
}

#[cfg(unix)]
#[test]
fn imports_do_not_lead_out_of_the_workspace() {
    let tree = Tree::new(&[("ws/a.py", "import helper\n"), ("secret.py", "print(1)\n")]);
    std::os::unix::fs::symlink(tree.path().join("secret.py"), tree.path().join("ws/helper.py")).unwrap();
    let done = gate(&tree, &["ws/a.py", "--workspace-root", "ws"]);
    assert!(done.code == 2 && done.stdout.contains("leads out of the workspace"), "{done:?}");
}

#[test]
fn blocked_names_are_found_under_other_names() {
    let tree = Tree::new(&[]);
    let outside = tempfile::tempdir().unwrap();
    let policy = outside.path().join("own.toml");
    let text = "extends = \"permissive\"\n[functions]\n\"json.loads\" = { verdict = \"ask\", reason = \"ours is safer\" }\n\
                [modules]\nhttpx = { verdict = \"deny\", reason = \"no clients\" }\n";
    std::fs::write(&policy, text).unwrap();
    for (code, wanted, rule) in [
        ("import json\njson.loads(x)\n", 3, "policy/blocked:json.loads"),
        ("import json as j\nread = j.loads\nread(x)\n", 3, "policy/blocked:json.loads"),
        ("from json import loads\n", 3, "policy/blocked:json.loads"),
        ("import json\njson.dumps(x)\n", 0, ""),
        ("from httpx import get\n", 2, "policy/blocked:httpx"),
        ("import importlib\nimportlib.import_module('httpx')\n", 2, "policy/blocked:httpx"),
        ("import httpx2\n", 0, ""),
    ] {
        tree.write("a.py", code);
        let (exit, verdict) = json(&tree, &["a.py", "--policy", policy.to_str().unwrap()]);
        let told = reasons(&verdict);
        assert_eq!((exit, told.first().map_or("", |reason| reason.2)), (wanted, rule), "{code}{told:?}");
    }
}

#[test]
fn comments_have_no_say() {
    let tree =
        Tree::new(&[("a.py", "eval(x)  # portcullis: ignore[python/eval] -- no\neval(y)  # nosec\neval(z)  # noqa\n")]);
    let (code, verdict) = json(&tree, &["a.py"]);
    assert_eq!((code, reasons(&verdict).len()), (2, 3));
}

#[test]
fn the_same_bytes_come_out_and_no_secret_in_them() {
    let token = format!("{}{}", "ghp_", "0123456789abcdefghijABCDEFGHIJ012345");
    let text = format!(
        "import urllib.request, os\nurllib.request.urlopen('https://ann:hunter22x@example.invalid/{token}')\n\
         password = 'correct-horse-9'\nos.system('login ' + 'correct-horse-9' + x)\nos.environ['{token}']\n"
    );
    let tree = Tree::new(&[("a.py", &text), ("b.py", "import a\n")]);
    for format in ["json", "text"] {
        let run = || gate(&tree, &["b.py", "a.py", "--policy", "strict", "--format", format]).stdout;
        let first = run();
        assert_eq!(first, run());
        assert!(first.contains("os.system"), "{first}");
        for secret in [&*token, "hunter22x", "correct-horse-9"] {
            assert!(!first.contains(secret), "{format}: {secret}: {first}");
        }
    }
}

#[test]
fn python_is_judged_whatever_the_name_and_other_languages_are_not() {
    let bad = "import os\nos.system(input())\n";
    let tree = Tree::new(&[("notes.txt", bad), ("run.v2", bad), ("clean.txt", "print(1)\n"), ("run.sh", "true\n")]);
    for (file, code, place) in
        [("notes.txt", 2, "notes.txt:2:1"), ("run.v2", 2, "run.v2:2:1"), ("clean.txt", 0, ""), ("run.sh", 2, "run.sh")]
    {
        let done = gate(&tree, &[file]);
        assert_eq!(done.code, code, "{file}: {done:?}");
        assert!(done.stdout.contains(place), "{file}: {done:?}");
    }
}

#[test]
fn code_in_fenced_blocks_is_judged_where_it_stands() {
    let tree = Tree::new(&[
        ("bad.md", "Run this:\n\n```python\nimport os\nos.system(input())\n```\n"),
        ("good.md", "Run this:\n\n```python\nprint(sum([1, 2]))\n```\n"),
    ]);
    let (code, verdict) = json(&tree, &["--markdown", "bad.md"]);
    assert_eq!(code, 2, "{verdict}");
    assert!(reasons(&verdict).iter().any(|(path, line, _)| (*path, *line) == ("bad.md", 5)), "{verdict}");
    assert_eq!(json(&tree, &["--markdown", "good.md"]).0, 0);
}

#[test]
fn a_reason_tells_by_which_calls_its_place_is_reached() {
    let text = "import os\ndef run(f, x):\n    return f(x)\nrun(os.remove, 'a')\n";
    let tree = Tree::new(&[("a.py", text)]);
    let (_, verdict) = json(&tree, &["a.py"]);
    let inside = verdict["reasons"].as_array().unwrap().iter().find(|reason| reason["line"] == 3).unwrap();
    assert_eq!(inside["trace"][0]["line"], 4, "{inside}");
}
