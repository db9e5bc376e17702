//! Words that only some files may hold: who knows threads, who opens files, who prints.

use super::{File, assert_none, repository, sources};

/// What is found, by which words, and where it may stand: beginnings of paths below `src/`, each with its reason.
struct Privilege {
    what: &'static str,
    words: &'static [&'static str],
    holders: &'static [(&'static str, &'static str)],
}

const PRIVILEGES: [Privilege; 15] = [
    Privilege {
        what: "threads",
        words: &["rayon", "std::thread", "thread::", "build_parallel", "WalkState", "mpsc"],
        holders: &[
            ("sandbox/native/cgroup.rs", "waits for a group to be empty"),
            ("sandbox/native/input.rs", "hands standard input in while the run is watched"),
            ("sandbox/native/privilege.rs", "rustix keeps credentials in a module of this name"),
            ("sandbox/native/probe.rs", "the same"),
            ("proxy.rs", "clients of a cell that may reach some hosts"),
            ("scan.rs", "scans sources in parallel"),
            ("walk.rs", "the crate that lists folders does so in parallel"),
            ("audit/lock.rs", "waits for other writers, for a bounded time"),
            ("python.rs", "one job on a thread of its own: only its creator decides on a thread's stack"),
            ("sandbox/docker/patience.rs", "sleeps a moment while a program that has said all ends"),
            ("sandbox/docker/watch.rs", "each of the script's streams is read as it comes, while the time is watched"),
            ("update/download.rs", "sleeps a moment between two attempts"),
        ],
    },
    Privilege {
        what: "standard output and standard error",
        words: &["stdout()", "stderr()", "ProgressDrawTarget::stderr", "println!", "print!", "eprint", "dbg!"],
        holders: &[
            ("cli.rs", "errors and notes"),
            ("cli/output.rs", "reports"),
            ("cli/run/handed.rs", "what a script writes"),
            ("cli/progress.rs", "the progress bar"),
            ("build.rs", "what it says to cargo"),
        ],
    },
    Privilege {
        what: "files",
        words: &["File::", "OpenOptions", "fs::read", "fs::write", "read_dir", "fs::create", "fs::remove", "tempfile"],
        holders: &[
            ("sandbox/native", "control groups, /proc of the cell, and the root that it is made of"),
            ("walk/read.rs", "the scanned tree, and what the user wrote for us"),
            ("git/refs.rs", "lists the files of references, whose names may be anything"),
            ("git/store.rs", "packs, which the crate that reads them maps into memory"),
            ("pack.rs", "pages of the user's own rules"),
            ("advisory/import.rs", "records that the user names, and the index that is made of them"),
            ("advisory/index.rs", "reads the index piece by piece"),
            ("cli/dismissed.rs", "VEX documents that the user names"),
            ("cli/roots.rs", "the list of paths, which may be a pipe"),
            ("cli/output.rs", "reports that the user wants in files"),
            ("cli/run/answer.rs", "the terminal, to ask a person"),
            ("run/listing.rs", "the workspace of a run, file by file below one descriptor"),
            ("run/copy.rs", "what is copied out to it, in the same way"),
            ("audit/folder.rs", "opens the files of the audit log, and no other ones"),
            ("audit/prune.rs", "removes old files of the audit log"),
            ("build.rs", "the built-in pages"),
            ("check/effect/target.rs", "the name of a module of Python"),
            ("image/archive.rs", "files of this machine that become part of an image, and the folder it is laid into"),
            ("image/folder.rs", "lists a root that the user names"),
            ("cli/image.rs", "the archive that the user wants"),
            ("sandbox/docker/engine.rs", "what an engine prints, in a file without a name"),
            ("sandbox/docker/profile.rs", "what an engine's program reads, in files without names"),
            ("sandbox/docker/label.rs", "/proc, for whether a supervisor still lives"),
            ("sandbox/docker/usage.rs", "control groups, for what a container used up"),
            ("update/kept.rs", "archives of advisories, beside the index"),
            ("python/eval/pure/path.rs", "a module of Python has the name of a crate that makes files"),
        ],
    },
    Privilege {
        what: "processes",
        words: &["process::Command", "Command::new", "libc::exec", "libc::fork"],
        holders: &[
            ("sandbox/native", "the first process of a cell, and the code in it"),
            ("sandbox/docker/engine.rs", "asks the container engine's own program"),
            ("image/package.rs", "asks dpkg what is installed"),
        ],
    },
    Privilege {
        what: "sockets",
        words: &["TcpStream", "TcpListener", "UdpSocket", "UnixStream"],
        holders: &[
            ("sandbox/native", "the socket in the cell on which it asks for hosts"),
            ("proxy.rs", "what a cell may reach where the user allows it by name"),
            ("proxy/address.rs", "asks which of its addresses the machine would speak from"),
        ],
    },
    Privilege {
        what: "HTTP and TLS",
        words: &["ureq", "rustls"],
        holders: &[("update", "fetches advisories, for `db update` alone")],
    },
    Privilege {
        what: "addresses",
        words: &["std::net", "core::net"],
        holders: &[
            ("outcome.rs", "where a connection went"),
            ("sandbox/native", "the same"),
            ("check/host.rs", "addresses that stand in constants; nothing is opened"),
            ("python/eval/pure/markup.rs", "the same"),
            ("proxy", "what a cell may reach where the user allows it by name"),
        ],
    },
    Privilege {
        what: "unsafe code",
        words: &["unsafe ", "unsafe{", "allow(unsafe_code"],
        holders: &[
            ("sandbox/native/call.rs", "system calls that no crate wraps"),
            ("sandbox/native/spawn.rs", "the start of the first process of a cell"),
        ],
    },
    Privilege {
        what: "the end of the process",
        words: &["process::exit", "process::abort", "panic!(", "unreachable!(", "unimplemented!("],
        holders: &[],
    },
    Privilege {
        what: "short cuts past an error",
        words: &[".unwrap()", ".expect("],
        holders: &[("pack.rs", "the built-in table is part of the binary, and a test reads it")],
    },
    Privilege {
        what: "an order of levels",
        words: &["Level::Strict", "Level::Moderate", "Level::Permissive", "level >", "level <", "laxest >", "laxest <"],
        holders: &[
            ("policy.rs", "compares levels"),
            ("policy/rules.rs", "makes rules for all levels"),
            ("rule/page.rs", "says at which level credentials are stopped"),
        ],
    },
    Privilege {
        what: "the strict parser",
        words: &["ruff_python", "ruff_text"],
        holders: &[("python/strict", "its crates promise no stable interface")],
    },
    Privilege { what: "arguments", words: &["clap"], holders: &[("cli", "the command line")] },
    Privilege {
        what: "the types of SARIF",
        words: &["serde_sarif"],
        holders: &[("report/sarif", "one format, one folder")],
    },
    Privilege {
        what: "the clock",
        words: &["Instant", "SystemTime"],
        holders: &[
            ("sandbox/native", "limits of time"),
            ("sandbox/relay.rs", "how long who does not read is waited for"),
            ("cli/scan.rs", "--timings"),
            ("cli/progress.rs", "the progress bar"),
            ("cli/gate.rs", "--timings"),
            ("sandbox/docker/patience.rs", "the limit on the time that an engine is waited for"),
            ("sandbox/docker/watch.rs", "the limit on the time that a script runs"),
            ("sandbox/docker/label.rs", "the time after which nobody can want a container any more"),
            ("update/client.rs", "how long a server may be slow"),
            ("time.rs", "records tell when, and entries of a baseline expire"),
        ],
    },
];

impl Privilege {
    fn complaints(&self, files: &[File]) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut used = vec![false; self.holders.len()];
        for file in files {
            let code = file.code();
            let path = file.path.trim_start_matches("src/");
            let holder = self.holders.iter().position(|(holder, _)| stands_in(path, holder));
            for word in self.words.iter().filter(|word| code.contains(**word)) {
                match holder {
                    Some(holder) => used[holder] = true,
                    None => complaints.push(format!("{}: `{word}`: {} are for others", file.path, self.what)),
                }
            }
        }
        let idle = self.holders.iter().zip(used).filter(|(_, used)| !used);
        complaints.extend(idle.map(|((holder, _), _)| format!("{holder} has no need of {} any more", self.what)));
        complaints
    }
}

/// Whether a path is the holder itself or, where that is no file, a file or folder that begins with its name.
fn stands_in(path: &str, holder: &str) -> bool {
    path == holder
        || path.strip_prefix(holder).is_some_and(|rest| !holder.ends_with(".rs") && rest.starts_with(['/', '.']))
}

#[test]
fn words_stand_only_where_they_may() {
    let files = sources();
    assert_none(PRIVILEGES.iter().flat_map(|privilege| privilege.complaints(&files)));
}

#[test]
fn words_elsewhere_and_idle_privileges_are_told() {
    let privilege = Privilege { what: "files", words: &["File::"], holders: &[("walk", "it reads")] };
    let seeded = |path: &str, text: &str| privilege.complaints(&[File::new(path, text)]);
    assert_eq!(seeded("src/walk/read.rs", "File::open(p)"), Vec::<String>::new());
    assert_eq!(seeded("src/walk.rs", "File::open(p)"), Vec::<String>::new());
    assert_eq!(seeded("src/walk.rs", "// File::open(p)"), ["walk has no need of files any more"]);
    assert_eq!(seeded("src/walker.rs", "File::open(p)").len(), 2);
    assert_eq!(seeded("src/check.rs", "File::open(p)")[0], "src/check.rs: `File::`: files are for others");
}

/// Crates that open connections, by the beginnings of their names.
const NETWORK: [&str; 11] =
    ["ureq", "reqwest", "hyper", "h2", "curl", "rustls", "native-tls", "openssl", "tokio", "socket2", "attohttpc"];
/// Those among them that `src/update` is made of, and nothing else.
const OF_UPDATE: [&str; 7] =
    ["openssl-probe", "rustls", "rustls-native-certs", "rustls-pki-types", "rustls-webpki", "ureq", "ureq-proto"];

fn connected(lock: &str) -> Vec<String> {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let speaks = |name: &&str| NETWORK.iter().any(|word| name == word || name.starts_with(&format!("{word}-")));
    let others = names.filter(|name| speaks(name) && !OF_UPDATE.contains(name));
    others.map(|name| format!("Cargo.lock: {name} speaks to the network")).collect()
}

/// Crates that bring what of [`OF_UPDATE`] they may not: what nobody but the program itself and these crates may ask for.
fn bringers(lock: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in lock.split("[[package]]") {
        let name =
            package.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).unwrap_or_default();
        let needs = package.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
        let needs = needs.filter_map(|need| need.split(' ').next()).filter(|need| OF_UPDATE.contains(need));
        // The last makes certificates, for tests.
        let may = OF_UPDATE.contains(&name) || ["portcullis", "rcgen"].contains(&name);
        complaints.extend(needs.filter(|_| !may).map(|need| format!("Cargo.lock: {name} brings {need}")));
    }
    complaints
}

#[test]
fn no_crate_speaks_to_the_network_but_for_updates() {
    let files = repository();
    let lock = files.iter().find(|file| file.path == "Cargo.lock").unwrap();
    assert_none(connected(&lock.text));
    assert_none(bringers(&lock.text));
    assert_eq!(connected("name = \"serde\"\nname = \"hyper-util\"\nname = \"h2\"\nname = \"ureq\"\n").len(), 2);
    let seeded = "[[package]]\nname = \"a\"\ndependencies = [\n \"b\",\n \"ureq 3.0.0\",\n]\n";
    assert_eq!(bringers(seeded), ["Cargo.lock: a brings ureq"]);
}

/// What is left behind by accident: in files of every kind. The words are put together, since this file is checked too.
fn left_behind(file: &File) -> Vec<String> {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX:"), concat!("to", "do!(")];
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let mut tell = |what: &str| complaints.push(format!("{}:{number}: {what}: {}", file.path, line.trim()));
        // Samples are written as others write.
        if !file.is_in("fixtures/gate") && notes.iter().any(|note| stands_alone(line, note)) {
            tell("a note to oneself");
        }
        if !file.is_in("rules") && !file.is_in("fixtures") && names_a_machine(line) {
            tell("a path of one machine");
        }
        if file.is_rust() && is_code_in_comment(line) {
            tell("code in a comment");
        }
    }
    complaints
}

/// Whether a word stands in a line that is not the beginning of a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[at + word.len()..].starts_with(char::is_alphabetic))
}

fn names_a_machine(line: &str) -> bool {
    const PLACES: [&str; 4] =
        [concat!("/wo", "rk/"), concat!("/tm", "p/wt"), concat!("/roo", "t/."), concat!("/Use", "rs/")];
    // What the tests of secret places need.
    const EXAMPLES: [&str; 2] = ["/root/.netrc", "/root/.ssh"];
    PLACES.iter().any(|place| line.contains(place)) && !EXAMPLES.iter().any(|example| line.contains(example))
}

/// Whether a plain comment (not documentation) ends as statements do.
fn is_code_in_comment(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("// ");
    comment.is_some_and(|comment| {
        let comment = comment.trim_end();
        comment.ends_with(';') && (comment.contains('(') || comment.contains('=') || comment.starts_with("use "))
            || comment.ends_with(" {")
            || comment == "}"
    })
}

#[test]
fn nothing_is_left_behind() {
    assert_none(repository().iter().filter(|file| file.path != "Cargo.lock").flat_map(left_behind));

    let seeded = |path: &str, text: &str| left_behind(&File::new(path, text)).len();
    assert_eq!(seeded("src/a.rs", concat!("// TO", "DO: later")), 1);
    assert_eq!(seeded("README.md", concat!("see /wo", "rk/main/notes")), 1);
    assert_eq!(seeded("rules/any/a.md", concat!("open('/wo", "rk/x')")), 0);
    for (line, faults) in [
        ("// let x = f();", 1),
        ("    // use a::b;", 1),
        ("// if x {", 1),
        ("// }", 1),
        ("// The first wins; the rest go.", 0),
        ("/// let x = f();", 0),
        ("//! }", 0),
    ] {
        assert_eq!(seeded("src/a.rs", line), faults, "{line}");
    }
}
