//! Members of a tar archive (POSIX.1-1988 `ustar`, pax, GNU), read as a stream.

use std::io::{self, Read};

use super::{Member, Visit};

pub(super) fn members(visit: &Visit<'_>, name: &str, input: impl Read, depth: u32, each: &mut dyn FnMut(Member)) {
    let mut archive = tar::Archive::new(input);
    let wrong = |each: &mut dyn FnMut(Member), error: &io::Error| {
        let why = format!("it is no whole tar archive ({error}): what follows in it was not read");
        each(Member::unread(name, &why));
    };
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return wrong(each, &error),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(_) if visit.is_over.get() => {
                visit.ends(name, "it unpacks to more than an honest archive of its size would", each);
                return;
            }
            Err(error) => return wrong(each, &error),
        };
        let kind = entry.header().entry_type();
        if kind.is_gnu_sparse() {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let why = io::Error::other("it has holes, which are not read");
            if !visit.member(name, &path, Err::<io::Empty, _>(why), depth, each) {
                return;
            }
        }
        if !kind.is_file() && !kind.is_contiguous() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !visit.member(name, &path, Ok(entry), depth, each) {
            return;
        }
    }
}
