//! What the audit log is told of verdicts.

use serde_json::Value;

use super::gate;
use crate::program::Tree;

#[test]
fn verdicts_are_recorded_where_the_policy_says_so() {
    let tree = Tree::new(&[("bad.py", "eval(input())\n"), ("good.py", "print(1)\n")]);
    let own = tempfile::tempdir().unwrap();
    let (policy, log) = (own.path().join("policy.toml"), own.path().join("logs/audit.jsonl"));
    let write = |demanded: bool, log: &std::path::Path| {
        let text = format!(
            "extends = \"moderate\"\n[audit]\ngate = true\ndemanded = {demanded}\npath = \"{}\"\n",
            log.display()
        );
        std::fs::write(&policy, text).unwrap();
    };
    write(true, &log);
    let policy_path = policy.to_str().unwrap();
    assert_eq!(gate(&tree, &["bad.py", "--policy", policy_path]).code, 2);
    assert_eq!(gate(&tree, &["good.py", "--policy", policy_path]).code, 0);
    let text = std::fs::read_to_string(&log).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = records
        .iter()
        .map(|record| (&record["event"], &record["data"]["decision"], &record["data"]["script"]["path"]))
        .collect();
    let wanted = [("deny", "bad.py"), ("allow", "good.py")];
    let wanted = wanted.map(|(decision, path)| (Value::from("gate"), Value::from(decision), Value::from(path)));
    assert_eq!(told, wanted.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    // Where nothing can be recorded, that stops the code if the policy demands it.
    write(true, &policy.join("audit.jsonl"));
    let done = gate(&tree, &["good.py", "--policy", policy_path]);
    assert!(done.code == 2 && done.stderr.contains("demands a record"), "{done:?}");
    write(false, &policy.join("audit.jsonl"));
    let done = gate(&tree, &["good.py", "--policy", policy_path]);
    assert!(done.code == 0 && done.stderr.contains("nothing is recorded"), "{done:?}");
}
