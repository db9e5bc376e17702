//! No other command speaks to the network: no socket is made that could.

use std::fs;
use std::process::Command;

use crate::program::Tree;

/// The calls of a command that have to do with sockets and new processes; nothing where it cannot be watched.
fn calls(tree: &Tree, arguments: &[&str]) -> Option<String> {
    let watched = tree.path().join("calls.txt");
    let traced = |program: &str, arguments: &[&str]| {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-e", "trace=socket,connect,sendto,clone,clone3", "-o"]).arg(&watched);
        strace.arg(program).args(arguments).current_dir(tree.path()).output()
    };
    if !traced("true", &[]).is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no strace here that may watch a process");
        return None;
    }
    let output = traced(env!("CARGO_BIN_EXE_portcullis"), arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(fs::read_to_string(watched).unwrap())
}

/// Each call with its process.
fn by_process(calls: &str) -> impl Iterator<Item = (&str, &str)> {
    calls.lines().filter_map(|line| line.split_once(' '))
}

/// The processes in a network of their own, of which strace tells in any order: those made so, and their children.
fn apart(calls: &str) -> Vec<&str> {
    let mut apart: Vec<&str> = Vec::new();
    loop {
        let before = apart.len();
        // A call that another process interrupts stands in two lines, the second of which has what came out.
        let mut makers: Vec<&str> = Vec::new();
        for (process, call) in by_process(calls).filter(|(_, call)| call.contains("clone")) {
            if call.contains("CLONE_NEWNET") {
                makers.push(process);
            }
            let Some((_, child)) = call.rsplit_once(" = ") else { continue };
            let is_made_apart = makers.iter().position(|maker| *maker == process);
            if (is_made_apart.is_some() || apart.contains(&process)) && !apart.contains(&child) {
                apart.push(child);
            }
            is_made_apart.map(|at| makers.remove(at));
        }
        if apart.len() == before {
            return apart;
        }
    }
}

/// Calls that make a socket of the internet, but for those of processes in a network of their own.
fn speaking(calls: &str) -> Vec<(&str, &str)> {
    let apart = apart(calls);
    by_process(calls).filter(|(process, call)| call.contains("AF_INET") && !apart.contains(process)).collect()
}

#[test]
fn nothing_but_an_update_speaks_to_the_network() {
    let tree = Tree::new(&[("a.py", "print(1)\n"), ("requirements.txt", "demo==1.0\n")]);
    for arguments in [&["scan", "."][..], &["gate", "a.py"], &["db", "import", "--db", "a.db", "a.json"]] {
        let (name, text) = super::record(1);
        tree.write(&name.replace("TEST-1", "a"), std::str::from_utf8(&text).unwrap());
        let Some(calls) = calls(&tree, arguments) else { return };
        assert!(!calls.contains("AF_INET"), "{arguments:?}\n{calls}");
    }
}

#[test]
fn a_run_speaks_to_the_network_in_its_cell_at_most() {
    let tree = Tree::new(&[("a.py", "print(1)\n")]);
    if tree.run(&["run", "a.py"]).code != 0 {
        println!("skipped: no cell has a network of its own here");
        return;
    }
    let Some(calls) = calls(&tree, &["run", "a.py"]) else { return };
    assert!(calls.contains("CLONE_NEWNET"), "{calls}");
    assert_eq!(speaking(&calls), [], "{calls}");
}

#[test]
fn who_speaks_is_told_from_who_cannot() {
    let calls = "3 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n\
                 1 clone3({flags=CLONE_NEWNET|CLONE_NEWPID, exit_signal=SIGCHLD} <unfinished ...>\n\
                 4 clone(child_stack=NULL) = 5\n\
                 2 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n\
                 1 <... clone3 resumed>, 88) = 2\n\
                 2 clone(child_stack=NULL) = 3\n\
                 3 socket(AF_INET6, SOCK_STREAM, 0) = 3\n\
                 1 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n";
    assert_eq!(speaking(calls), []);
    let seeded = format!("{calls}1 socket(AF_INET, SOCK_STREAM, 0) = 4\n");
    assert_eq!(speaking(&seeded), [("1", "socket(AF_INET, SOCK_STREAM, 0) = 4")]);
}
