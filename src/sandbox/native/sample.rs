//! What all processes of a cell use together, looked up where no control group counts it (proc(5)).

use std::fs;
use std::time::Duration;

/// A look at the processes of a cell.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Bytes: what several processes share is divided between them.
    pub(super) memory: u64,
    /// With that of children that are gone.
    pub(super) processor: Duration,
    /// And threads.
    pub(super) processes: u64,
}

/// Whoever is below the first process of a cell. Of itself only the time is counted: it takes over that of those that it reaps.
pub(super) fn below(first: i32) -> Sample {
    let processor = times(first).map(|(processor, _)| processor).unwrap_or_default();
    let mut sample = Sample { processor, ..Sample::default() };
    let mut waiting = children(first);
    while let Some(process) = waiting.pop() {
        waiting.extend(children(process));
        sample.memory += memory(process).unwrap_or_default();
        if let Some((processor, threads)) = times(process) {
            sample.processor += processor;
            sample.processes += threads;
        }
    }
    sample
}

/// How many processes and threads a user has, whoever started them: what a limit of their number counts.
pub(super) fn of_user(user: u32) -> u64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter(|entry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit));
    let threads = processes.map(|process| {
        let text = fs::read_to_string(process.path().join("status")).ok()?;
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
        // The real user comes first: proc_pid_status(5).
        (field("Uid:") == Some(u64::from(user))).then(|| field("Threads:")).flatten()
    });
    threads.flatten().sum()
}

pub(super) fn children(process: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let of_thread = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).unwrap_or_default();
    threads.map(of_thread).flat_map(|line| line.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect()
}

fn memory(process: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"))?;
    kibibytes.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

/// Processor time, and the count of threads: fields 14 to 17 and 20 of proc_pid_stat(5).
fn times(process: i32) -> Option<(Duration, u64)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in brackets, which may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<u64> = rest.split_whitespace().skip(1).map(|field| field.parse().unwrap_or_default()).collect();
    let field = |number: usize| fields.get(number - 4).copied();
    let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
    Some((Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()), field(20)?))
}
