//! What the audit log holds of a run, however much a script does to fill it, and whose log that is.

use serde_json::{Value, json};

use super::{Place, says};

fn records(place: &Place, log: &str) -> Vec<Value> {
    let text = place.read(log).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_intent_is_recorded_before_and_the_outcome_after() {
    let place = Place::new(&[("a.py", "print('ran')\n"), ("table.csv", "1,2")]);
    let arguments = ["--audit-log", "log.jsonl", "--env", "TOKEN=hunter2hunter2", "--input", "table.csv"];
    let done = place.run(&[&arguments[..], &["--workspace", "none", "a.py", "secret-argument"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let records = records(&place, "log.jsonl");
    let [intent, outcome] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!((&intent["event"], &outcome["event"]), (&"intent".into(), &"outcome".into()));
    assert_eq!(intent["run"], outcome["run"]);
    let data = &intent["data"];
    assert_eq!((&data["arguments"], &data["command"], &data["waived"]), (&1.into(), &Value::Null, &json!([])));
    assert_eq!((&data["inputs"][0]["path"], &data["inputs"][0]["bytes"]), (&"table.csv".into(), &3.into()));
    assert!(data["inside"]["interpreter"][0].as_str().unwrap().contains("python"), "{data}");
    assert_eq!((&outcome["data"]["code"], &outcome["data"]["requests"]), (&0.into(), &0.into()));
    let text = place.read("log.jsonl").unwrap();
    assert!(!text.contains("hunter2") && !text.contains("secret-argument"), "{text}");
}

#[test]
fn arguments_are_recorded_where_the_policy_asks_for_them() {
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    let policy = place.policy("extends = \"moderate\"\n[audit]\narguments = true\n");
    let done = place.run(&["--policy", &policy, "--audit-log", "log.jsonl", "a.py", "--table", "orders"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(records(&place, "log.jsonl")[0]["data"]["command"], json!(["--table", "orders"]));
}

/// More changes than one record holds do not keep what the run came to out of the log.
#[test]
fn a_script_cannot_fill_its_records() {
    let script =
        "import os\nfor at in range(4000):\n    os.close(os.open(f'{at:04}' + 'x' * 200, os.O_CREAT | os.O_WRONLY))\n";
    let place = Place::new(&[("work/a.py", script)]);
    let arguments = ["--audit-log", "log.jsonl", "--workspace-root", "work", "--workspace", "scratch", "work/a.py"];
    let done = place.run(&arguments);
    assert_eq!(done.code, 0, "{}", &done.stderr[..done.stderr.len().min(500)]);
    let records = records(&place, "log.jsonl");
    let outcome = records.iter().find(|record| record["event"] == "outcome").unwrap();
    assert_eq!((&outcome["data"]["changes"], &outcome["data"]["code"]), (&4000.into(), &0.into()));
    let accesses = records.iter().filter(|record| record["kind"] == "access");
    let paths: Vec<_> = accesses.flat_map(|record| record["data"]["accesses"].as_array().unwrap()).collect();
    assert_eq!(paths.len(), 4000);
    assert_eq!((&paths[17]["to"], &paths[17]["kept"]), (&"file".into(), &false.into()));
    assert!(paths[17]["path"].as_str().unwrap().starts_with("0017x"), "{}", paths[17]);
    assert_eq!(place.tree.run(&["audit", "verify", "--log", "log.jsonl"]).code, 0);
    let shown = place.tree.run(&["audit", "show", "--log", "log.jsonl", "--kind", "access"]);
    assert!(shown.stdout.contains("    0017x"), "{}", &shown.stdout[..500]);
}

#[test]
fn a_log_that_the_policy_demands_is_nowhere_else() {
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    let own = place.home.path().join("own.jsonl");
    let text = format!("extends = \"moderate\"\n[audit]\ndemanded = true\npath = \"{}\"\n", own.display());
    let policy = place.policy(&text);
    let done = place.run(&["--policy", &policy, "--audit-log", "log.jsonl", "a.py"]);
    says(&done, 125, &["the policy names the file of the log, and no other will do"]);
    assert_eq!((place.read("log.jsonl"), done.stdout.as_str()), (None, ""));
    assert_eq!(place.run(&["--policy", &policy, "a.py"]).code, 0);
    // Whoever verifies by that policy verifies that log.
    let verified = place.tree.run(&["audit", "verify", "--policy", &policy]);
    assert!(verified.code == 0 && verified.stdout.contains("2 records"), "{verified:?}");
}
