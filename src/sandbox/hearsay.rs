//! What the interpreter of the code says that the code does: how it is made to tell, and how far it is listened to.
//!
//! Whatever comes is hostile: it was written by the process that it is about. It is taken in bounds or not at all, and never
//! makes anybody wait.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Read};

use serde::Deserialize;

use crate::outcome::{Event, Happening, Reported};

/// The descriptor by which the interpreter tells.
pub(super) const DESCRIPTOR: i32 = 3;
/// What Python runs first: it listens to Python's audit events, and runs the script.
const PYTHON: &str = include_str!("hearsay.py");

/// What is longer is not ours.
const LONGEST_LINE: usize = 4096;
/// Different events that are kept.
const MOST_EVENTS: usize = 2_000;
/// Beyond this, lines are only counted: a flood of them is not worth the supervisor's time.
const MOST_BYTES: u64 = 32 << 20;
/// A name of CPython's list, with room to spare.
const LONGEST_NAME: usize = 64;
/// Of the reads after the end: as many as a pipe of the largest size gives.
const LAST_READS: usize = 32;

/// What the interpreter is told before the script, where it is to tell.
pub(super) fn first(tells: bool) -> Vec<OsString> {
    if tells { vec!["-c".into(), PYTHON.into()] } else { Vec::new() }
}

/// What was said so far.
pub(super) struct Hearsay<R> {
    pub(super) from: R,
    pub(super) has_ended: bool,
    bytes: u64,
    /// The beginning of a line whose end has not come yet, and whether it is too long already.
    begun: Vec<u8>,
    is_too_long: bool,
    reported: Reported,
    /// Where in the report each event is.
    known: HashMap<Said, usize>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    kind: Kind,
    by: String,
    target: Option<String>,
    file: Option<String>,
    line: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
enum Kind {
    Event(Happening),
    Begun(Begun),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Begun {
    Begun,
}

impl<R: Read> Hearsay<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            has_ended: false,
            bytes: 0,
            begun: Vec::new(),
            is_too_long: false,
            reported: Reported::default(),
            known: HashMap::new(),
        }
    }

    /// Takes what is there, once. Gives how much that was.
    pub(super) fn pump(&mut self) -> usize {
        let mut buffer = [0; 64 << 10];
        match self.from.read(&mut buffer) {
            Ok(0) => self.has_ended = true,
            Ok(count) => {
                self.take(&buffer[..count]);
                return count;
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
            Err(_) => self.has_ended = true,
        }
        0
    }

    /// The rest, to which nobody adds any more; half a line is none.
    pub(super) fn finish(mut self) -> Reported {
        for _ in 0..LAST_READS {
            if self.has_ended || self.pump() == 0 {
                break;
            }
        }
        self.reported.lost += u64::from(self.is_too_long || !self.begun.is_empty());
        self.reported
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (part, is_whole) = part.strip_suffix(b"\n").map_or((part, false), |part| (part, true));
            self.is_too_long |= self.begun.len() + part.len() > LONGEST_LINE;
            if self.is_too_long {
                self.begun.clear();
            } else {
                self.begun.extend_from_slice(part);
            }
            if is_whole {
                let line = std::mem::take(&mut self.begun);
                let is_heard = !std::mem::take(&mut self.is_too_long) && self.bytes <= MOST_BYTES;
                if !(is_heard && self.hear(&line)) {
                    self.reported.lost += 1;
                }
            }
        }
    }

    /// Takes a line, if it is one of ours and there is room for it.
    fn hear(&mut self, line: &[u8]) -> bool {
        let Ok(said) = serde_json::from_slice::<Said>(line) else { return false };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._".contains(c);
        if said.by.len() > LONGEST_NAME || !said.by.chars().all(is_name) {
            return false;
        }
        let Kind::Event(kind) = said.kind else {
            self.reported.begun = true;
            return true;
        };
        let events = &mut self.reported.events;
        match self.known.get(&said) {
            Some(at) => events[*at].count += 1,
            None if events.len() >= MOST_EVENTS => return false,
            None => {
                let Said { by, target, file, line, .. } = said.clone();
                events.push(Event { kind, by, target, place: file.map(|file| (file, line)), count: 1 });
                self.known.insert(said, events.len() - 1);
            }
        }
        *self.reported.counts.entry(kind).or_default() += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &[u8]) -> Reported {
        let mut hearsay = Hearsay::new(text);
        while !hearsay.has_ended {
            hearsay.pump();
        }
        hearsay.finish()
    }

    fn line(kind: &str, target: &str, line: u32) -> String {
        format!("{{\"kind\":\"{kind}\",\"by\":\"open\",\"target\":\"{target}\",\"file\":\"/a.py\",\"line\":{line}}}\n")
    }

    #[test]
    fn events_are_kept_once_with_how_often() {
        let text = line("begun", "", 0) + &line("read", "x", 1) + &line("write", "x", 1) + &line("read", "x", 1);
        let reported = heard(text.as_bytes());
        assert!(reported.begun);
        let told: Vec<_> = reported.events.iter().map(|one| (one.kind, one.count)).collect();
        assert_eq!(told, [(Happening::Read, 2), (Happening::Write, 1)]);
        assert_eq!(reported.events[0].place, Some(("/a.py".to_owned(), Some(1))));
        assert_eq!((reported.counts[&Happening::Read], reported.lost), (2, 0));
    }

    #[test]
    fn what_is_no_event_is_lost_and_nothing_else() {
        let long = line("read", &"x".repeat(LONGEST_LINE), 1);
        for bad in [
            "\n",
            "read\n",
            "{\"kind\":\"read\"\n",
            "{\"kind\":\"read\",\"by\":\"open\",\"line\":4294967296}\n",
            "{\"kind\":\"read\",\"by\":\"open\",\"line\":-1}\n",
            "{\"kind\":\"read\",\"by\":\"\\u001b[2J\"}\n",
            "{\"kind\":\"read\",\"by\":\"open\",\"more\":1}\n",
            "{\"kind\":\"nonsense\",\"by\":\"open\"}\n",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
            long.as_str(),
        ] {
            let reported = heard((bad.to_owned() + &line("read", "x", 1)).as_bytes());
            assert_eq!((reported.events.len(), reported.lost), (1, 1), "{bad}");
        }
        let reported = heard(b"\xff\xfe\n{\"kind\":\"read\"");
        assert_eq!((reported.events.len(), reported.lost, reported.begun), (0, 2, false));
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let text: String = (0..MOST_EVENTS as u32 + 5).map(|number| line("read", "x", number)).collect();
        let reported = heard((text + &line("read", "x", 0)).as_bytes());
        assert_eq!((reported.events.len(), reported.lost, reported.events[0].count), (MOST_EVENTS, 5, 2));
        // A line that never ends takes no more memory than one that does.
        let mut endless = Hearsay::new(io::repeat(b'x').take(1 << 20));
        while !endless.has_ended {
            endless.pump();
            assert!(endless.begun.len() <= LONGEST_LINE);
        }
        assert_eq!(endless.finish().lost, 1);
    }
}
