//! The escape attempts in a container. A supervisor of its own runs them: with a secret in its environment, a folder and a
//! standard input that hold one, a descriptor open on another, and no umask. What an attempt says of itself is overruled by what
//! is to be seen on the host.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use std::{env, thread};

use portcullis::cell::Workspace;
use serde::Deserialize;
use serde_json::json;

use super::{case, choice, engine, laid, try_run};

const BASE: &str = "PORTCULLIS_TEST_BASE";
/// The host sees to it that these hold; one second each way for a busy machine is not measured.
const WALL: u64 = 5;

#[derive(Deserialize)]
struct Exemption {
    reason: String,
}

fn attempts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".py") && name.split('_').nth(1).is_some_and(|part| part.parse::<u32>().is_ok())
    });
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// What an attempt looks for, below one folder and on loopback.
struct Host {
    base: PathBuf,
    victim: Child,
    canary: serde_json::Value,
    asked: Arc<Mutex<Vec<u8>>>,
}

impl Host {
    fn new(base: &Path) -> Self {
        let write = |path: &str, text: &str| fs::write(base.join(path), text).unwrap();
        for folder in ["home/.ssh", "drop", "cwd"] {
            fs::create_dir_all(base.join(folder)).unwrap();
        }
        write("secret.txt", "CANARY secret\n");
        write("home/.ssh/id_rsa", "CANARY key\n");
        write("home/.bashrc", "#\n");
        write("cwd/cwd_secret", "CANARY cwd\n");
        write("stdin", "CANARY stdin\n");
        let tcp = ["127.0.0.1:0", "[::1]:0"].map(|address| {
            let listener = TcpListener::bind(address).ok()?;
            let port = listener.local_addr().unwrap().port();
            thread::spawn(move || listener.incoming().flatten().for_each(|mut client| _ = client.write_all(b"CANARY")));
            Some(port)
        });
        let asked = Arc::new(Mutex::new(Vec::new()));
        let udp = [(); 2].map(|()| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let port = socket.local_addr().unwrap().port();
            let heard = Arc::clone(&asked);
            thread::spawn(move || {
                let mut buffer = [0; 512];
                while let Ok((read, from)) = socket.recv_from(&mut buffer) {
                    heard.lock().unwrap().extend_from_slice(&buffer[..read]);
                    let _ = socket.send_to(b"CANARY-SERVICE", from);
                }
            });
            port
        });
        let path = UnixListener::bind(base.join("engine.sock")).unwrap();
        thread::spawn(move || path.incoming().flatten().for_each(|mut client| _ = client.write_all(b"CANARY")));
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let victim = Command::new("sleep").arg("3600").env("CAN", "CANARY-ENV-victim").spawn().unwrap();
        let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let at = |path: &str| base.join(path).to_string_lossy().into_owned();
        let tag = base.file_name().unwrap().to_string_lossy().into_owned();
        let canary = json!({
            "tcp_port": tcp[0], "tcp6_port": tcp[1].unwrap_or(9), "udp_port": udp[0], "dns_port": udp[1], "listen_port": free,
            "unix_sock": at("engine.sock"), "abs_sock": tag, "secret": at("secret.txt"), "home": at("home"), "drop": at("drop"),
            "victim": victim.id(), "hostname": hostname.trim(), "base": tag, "tag": tag,
        });
        Self { base: base.to_owned(), victim, canary, asked }
    }

    /// What is to be seen of an attempt that got out.
    fn damage(&mut self) -> Option<&'static str> {
        let is_planted =
            |path: &str| fs::read_to_string(self.base.join(path)).is_ok_and(|text| text.contains("CANARY"));
        if fs::read_dir(self.base.join("drop")).unwrap().next().is_some() {
            return Some("a file outside");
        }
        if is_planted("home/.bashrc") {
            return Some("a line in .bashrc");
        }
        if self.victim.try_wait().unwrap().is_some() {
            return Some("the victim is dead");
        }
        (!self.asked.lock().unwrap().is_empty()).then_some("a packet reached the host")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.victim.kill().unwrap();
        self.victim.wait().unwrap();
    }
}

/// Why an attempt counts as escaped; none where it was contained.
fn escaped(path: &Path, canary: &serde_json::Value) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let head: usize = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
    let started = format!("{}import os; os.write(1, b'STARTED\\n')\n{}", &text[..head], &text[head..]);
    let name = path.file_name().unwrap().to_string_lossy();
    let mut case = case(Workspace::Scratch, &started);
    case.ground.cell.limits.wall_s = WALL;
    case.job.script = Path::new("/workspace").join(&*name);
    let mut files = vec![laid(&name, &started), laid("canary.json", &canary.to_string())];
    files.extend([laid(".git/config", "[core]\n"), laid(".git/hooks/pre-commit.sample", "")]);
    case.job.files = files;
    let begun = Instant::now();
    let ran = match try_run(&case, &choice()) {
        Ok(ran) => ran,
        Err(refused) => return Some(format!("it did not run: {refused}")),
    };
    if !ran.stdout.starts_with("STARTED") {
        return Some(format!("it did not run: {:?} {}", ran.ended.outcome.end, ran.stderr));
    }
    let is_late = ran.ended.outcome.wall_ms > (WALL + 3) * 1000;
    if is_late {
        return Some(format!("it ran for {:?}", begun.elapsed()));
    }
    if ran.stdout.len() as u64 > case.ground.cell.limits.output() {
        return Some(format!("it wrote {} bytes", ran.stdout.len()));
    }
    claimed(&ran.stdout, &text)
}

/// What an attempt says of its success, whatever it says and does afterwards, and however it was ended.
fn claimed(said: &str, attempt: &str) -> Option<String> {
    // Files in the copy of the workspace are thrown away, time and output have their limits: the host sees what came of these.
    let is_about_the_host = ["drop", "hook", "gitconfig", "bashrc", "wall", "output"];
    let is_about_the_host = is_about_the_host.iter().any(|check| attempt.contains(&format!("# host-check: {check}\n")));
    said.lines().find(|line| line.starts_with("ESCAPED") && !is_about_the_host).map(str::to_owned)
}

#[test]
fn an_attempt_that_goes_on_after_its_success_has_escaped() {
    let said = "STARTED\nESCAPED: out\nCONTAINED: or not\nmore\n";
    assert_eq!(claimed(said, "# host-check: none\n").as_deref(), Some("ESCAPED: out"));
    assert_eq!(claimed(said, "# host-check: drop\n"), None);
    assert_eq!(claimed("STARTED\nCONTAINED: no\n", "# host-check: none\n"), None);
}

/// Does nothing by itself; in a process that was started for it, makes all attempts.
#[test]
fn attempting() {
    let Ok(base) = env::var(BASE) else { return };
    let mut host = Host::new(Path::new(&base));
    let attempts = attempts();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(path) = attempts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let escaped = escaped(path, &host.canary);
                    results.lock().unwrap().insert(stem(path), escaped);
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    if let Some(damage) = host.damage() {
        panic!("{damage}, by one of {:?}", results.keys());
    }
    fs::write(Path::new(&base).join("results.json"), serde_json::to_string(&results).unwrap()).unwrap();
}

#[test]
fn every_attempt_that_fits_a_container_is_contained() {
    if !engine() {
        return;
    }
    let base = tempfile::Builder::new().prefix("escape").tempdir().unwrap();
    let at = base.path().to_owned();
    fs::write(at.join("stdin"), "CANARY stdin\n").unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\" 7<stdin"]).arg(env::current_exe().unwrap());
    command.args(["docker::escape::attempting", "--exact", "--nocapture"]).current_dir(&at);
    command.env(BASE, &at).env("AWS_SECRET_ACCESS_KEY", "CANARY-ENV-aws").env("ESC_PLANT", "CANARY-ENV-2");
    command.env("PYTHONPATH", &at).stdin(fs::File::open(at.join("stdin")).unwrap());
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: BTreeMap<String, Option<String>> =
        serde_json::from_str(&fs::read_to_string(at.join("results.json")).unwrap()).unwrap();
    assert_eq!(results.len(), attempts().len());
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape/docker.toml")).unwrap();
    let exempt: BTreeMap<String, Exemption> = toml::from_str(&table).unwrap();
    assert!(exempt.values().all(|exemption| exemption.reason.ends_with('.')));
    let escaped: BTreeMap<_, _> = results.iter().filter_map(|(name, why)| Some((name, why.as_ref()?))).collect();
    let known: Vec<_> = exempt.keys().collect();
    assert_eq!(escaped.keys().copied().collect::<Vec<_>>(), known, "{escaped:#?}");
}
