//! The filter of system calls as Docker reads it (moby's profiles/seccomp), from the table that the native sandbox compiles.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process;

use serde_json::{Value, json};

use crate::sandbox::{Refused, refused};

/// A file that has no name anywhere, so that nothing of it is left however we end. Engines' programs, which are our children,
/// reach it by our number.
#[derive(Debug)]
pub(super) struct Nameless {
    _file: File,
    path: OsString,
}

impl Nameless {
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd()).into();
        Ok(Self { _file: file, path })
    }

    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }
}

pub(super) fn file() -> Result<Nameless, Refused> {
    Nameless::new(profile().to_string().as_bytes()).map_err(|error| refused("seccomp profile", &error.to_string()))
}

fn profile() -> Value {
    let names = include_str!("provisional.txt").split_whitespace().collect::<Vec<_>>();
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [
            { "names": names, "action": "SCMP_ACT_ALLOW" },
            { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 },
        ],
    })
}
