//! The filter of system calls as Docker reads it (moby's profiles/seccomp), from the table that the native sandbox compiles.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process;

use rustix::fs::{MemfdFlags, memfd_create};
use serde_json::{Value, json};

use crate::sandbox::Refused;
use crate::sandbox::syscall::{ABSENT, ALLOWED, CHECKED, Comparison, SHARED_MEMORY, Syscall};

/// A file in memory that has no name anywhere, so that nothing of it is left however we end. Engines' programs, which are our children,
/// reach it by our number.
#[derive(Debug)]
pub(super) struct Nameless {
    _file: File,
    path: OsString,
}

impl Nameless {
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        let mut file = File::from(memfd_create("portcullis", MemfdFlags::CLOEXEC)?);
        file.write_all(bytes)?;
        let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd()).into();
        Ok(Self { _file: file, path })
    }

    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }
}

pub(super) fn file() -> Result<Nameless, Refused> {
    Nameless::new(profile().to_string().as_bytes())
        .map_err(|error| Refused::step("seccomp profile", &error.to_string()))
}

const ENOSYS: i32 = libc::ENOSYS;

/// What the engine's own programs do between the filter's start and the script's, beside what the table allows.
const OF_THE_ENGINE: [&str; 1] = ["fchmodat2"];

fn profile() -> Value {
    let names = |calls: &[Syscall]| calls.iter().map(Syscall::name).collect::<Vec<_>>();
    // An engine always gives its containers memory groups and a namespace for messages.
    let tables = [ALLOWED.concat(), SHARED_MEMORY.to_vec()];
    let allowed: Vec<_> = tables.iter().flat_map(|calls| names(calls)).chain(OF_THE_ENGINE).collect();
    let mut rules = vec![json!({ "names": allowed, "action": "SCMP_ACT_ALLOW" })];
    for checked in CHECKED {
        // Several tests of one argument are alternatives to runc, so that there is one a rule.
        rules.extend(checked.ways().into_iter().map(|way| {
            let tests: Vec<_> = way.into_iter().map(|(argument, comparison)| test(argument, comparison)).collect();
            json!({ "names": [checked.call.name()], "action": "SCMP_ACT_ALLOW", "args": tests })
        }));
    }
    rules.push(json!({ "names": names(ABSENT), "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS }));
    // Only the architecture that is named is let through; x32 and i386 are killed.
    json!({ "defaultAction": "SCMP_ACT_ERRNO", "architectures": [ARCHITECTURE], "syscalls": rules })
}

fn test(argument: u8, comparison: Comparison) -> Value {
    match comparison {
        Comparison::Equal(value) => json!({ "index": argument, "value": value, "op": "SCMP_CMP_EQ" }),
        Comparison::Unequal(value) => json!({ "index": argument, "value": value, "op": "SCMP_CMP_NE" }),
        Comparison::Without(bits) => {
            json!({ "index": argument, "value": bits, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" })
        }
        Comparison::Null => json!({ "index": argument, "value": 0, "op": "SCMP_CMP_EQ" }),
    }
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: &str = "SCMP_ARCH_X86_64";
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: &str = "SCMP_ARCH_AARCH64";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_tests_an_argument_twice_and_calls_without_tests_are_named_once() {
        let profile = profile();
        let mut named = std::collections::BTreeSet::new();
        for rule in profile["syscalls"].as_array().unwrap() {
            let tests = rule["args"].as_array().map(Vec::as_slice).unwrap_or_default();
            let tested: std::collections::BTreeSet<_> = tests.iter().map(|test| test["index"].as_u64()).collect();
            assert_eq!(tested.len(), tests.len(), "{rule}");
            for name in rule["names"].as_array().unwrap() {
                assert!(named.insert(name.as_str().unwrap().to_owned()) || !tests.is_empty(), "{name} is named twice");
            }
        }
        for dangerous in
            ["ptrace", "bpf", "unshare", "setns", "mount", "io_uring_setup", "userfaultfd", "keyctl", "add_key"]
        {
            assert!(!named.contains(dangerous), "{dangerous}");
        }
    }
}
