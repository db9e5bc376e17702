//! The script's streams on their way to ours: counted, and cut at the limit.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::outcome::Stream;

/// Hands on what comes until its end. Beyond the limit it says so in `over`, and throws the rest away.
pub(super) fn relay(mut from: impl Read, to: &mut dyn Write, limit: u64, over: &AtomicBool) -> Stream {
    let mut hasher = Sha256::new();
    let mut stream = Stream::default();
    let mut buffer = vec![0; 64 << 10];
    let mut is_open = true;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let left = limit.saturating_sub(stream.bytes);
        let kept = usize::try_from(left).map_or(read, |left| read.min(left));
        if kept < read {
            stream.cut = true;
            over.store(true, Ordering::Relaxed);
        }
        stream.bytes += kept as u64;
        hasher.update(&buffer[..kept]);
        // Whoever reads us may have seen enough; the script still runs to its end.
        is_open = is_open && to.write_all(&buffer[..kept]).and_then(|()| to.flush()).is_ok();
    }
    stream.sha256 = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    stream
}
