//! The supervisor while the code runs: hands its streams on, keeps it to its limits, and tells what it was refused.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, fstatvfs};
use rustix::io::Errno;

use super::call;
use super::cgroup::Groups;
use super::failure::{Failure, at};
use super::folder::Folder;
use super::plan::{Answer, Usage};
use super::sample;
use super::spawn::Process;
use crate::cell::Limits;
use crate::outcome::{End, Limit, Reported, Stream, Violation};
use crate::sandbox::hearsay::Hearsay;
use crate::sandbox::relay::Relay;
use crate::sandbox::{Refused, Streams, syscall};

/// How often limits are looked at that the kernel does not keep by itself.
const TICK: Duration = Duration::from_millis(50);
/// Signals to us that mean the code.
pub(in crate::sandbox) const HANDED_ON: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// What there is to watch.
pub(super) struct Watched<'a> {
    pub(super) process: &'a Process,
    /// Of the filter of system calls, where there is one.
    pub(super) listener: Option<OwnedFd>,
    pub(super) groups: &'a Groups,
    /// Where the interpreter tells what the code does, if it is to.
    pub(super) hearsay: Option<&'a OwnedFd>,
    /// File systems in memory, which count as memory where no control group counts it.
    pub(super) in_memory: Vec<&'a OwnedFd>,
    /// Where the cell stands, if not in file systems of its own, which keep to their bounds by themselves.
    pub(super) folder: Option<&'a Folder>,
    pub(super) limits: &'a Limits,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) end: End,
    pub(super) wall: Duration,
    /// Unknown of a cell that was ended from outside.
    pub(super) usage: Option<Usage>,
    pub(super) peak_memory: Option<u64>,
    pub(super) peak_processes: u64,
    pub(super) stdout: Stream,
    pub(super) stderr: Stream,
    pub(super) violations: Vec<Violation>,
    pub(super) hearsay: Option<Reported>,
}

/// Why the code is ended, or how it ended.
#[derive(Default)]
struct Course {
    limit: Option<Limit>,
    signal: Option<i32>,
    status: Option<i32>,
    usage: Option<Usage>,
    refused: Option<Refused>,
    /// Whether the cell has said all it will say.
    is_silent: bool,
    refused_calls: BTreeMap<&'static str, u64>,
    peak_processes: u64,
    processor: Duration,
}

impl Watched<'_> {
    pub(super) fn watch(mut self, streams: Streams) -> Result<Seen, Refused> {
        let begun = Instant::now();
        let signals = call::signals(&HANDED_ON).map_err(at("watch for signals"))?;
        let mut stdout = relay(&self.process.stdout, streams.stdout, self.limits)?;
        let mut stderr = relay(&self.process.stderr, streams.stderr, self.limits)?;
        let told = self.hearsay.map(|from| not_waiting(from).map(Hearsay::new));
        let mut hearsay = told.transpose().map_err(at("read what the interpreter tells"))?;
        let mut course = Course::default();
        let mut looked = begun;
        let mut is_ending = false;
        loop {
            let ready = self.wait(
                &signals,
                [stdout.has_ended, stderr.has_ended, course.is_silent],
                hearsay.as_ref().filter(|hearsay| !hearsay.has_ended).map(|hearsay| hearsay.from.as_fd()),
                begun,
            )?;
            self.respond(&ready, &signals, &mut course);
            let mut is_over = ready.stdout && stdout.pump();
            is_over |= ready.stderr && stderr.pump();
            if let (true, Some(hearsay)) = (ready.hearsay, &mut hearsay) {
                hearsay.pump();
            }
            if is_over {
                course.limit.get_or_insert(Limit::Output);
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                self.look(&mut course);
            }
            if begun.elapsed() >= self.limits.wall() {
                course.limit.get_or_insert(Limit::Wall);
            }
            // Nothing of the code is left that could write: whether the last namespace is gone does not matter to anybody.
            let is_over = course.status.is_some() && stdout.has_ended && stderr.has_ended;
            if ready.process || is_over {
                break;
            }
            if !is_ending && (course.limit.is_some() || course.signal.is_some()) {
                is_ending = true;
                self.process.end();
            }
        }
        let wall = begun.elapsed();
        // What was said before the end is still to be heard.
        if course.status.is_none() {
            while self.hear(&mut course) {}
        }
        if course.usage.is_none() {
            // The kernel tells it of a cell that could not.
            call::reap(self.process.pid, true).map_err(at("take leave of the cell"))?;
            course.usage = Some(call::usage_of_children());
        }
        let (stdout, stderr) = (stdout.finish(), stderr.finish());
        if let (Some(refused), None) = (course.refused.take(), course.limit) {
            return Err(refused);
        }
        if stdout.cut || stderr.cut {
            course.limit.get_or_insert(Limit::Output);
        }
        if course.status.is_none() && wall >= self.limits.wall() {
            course.limit.get_or_insert(Limit::Wall);
        }
        Ok(Seen {
            end: course.end(self.groups.out_of_memory() > 0, self.limits),
            wall,
            usage: course.usage,
            peak_memory: self.groups.peak_memory().or(course.usage.map(|usage| usage.memory)),
            peak_processes: course.peak_processes.max(1),
            stdout,
            stderr,
            violations: course
                .refused_calls
                .into_iter()
                .map(|(call, count)| Violation { call: call.to_owned(), count })
                .collect(),
            hearsay: hearsay.map(Hearsay::finish),
        })
    }

    /// Waits until something happens, or it is time to look.
    fn wait(
        &self,
        signals: &OwnedFd,
        ended: [bool; 3],
        hearsay: Option<BorrowedFd>,
        begun: Instant,
    ) -> Result<Ready, Refused> {
        let [no_stdout, no_stderr, is_silent] = ended;
        let patience = self.limits.wall().saturating_sub(begun.elapsed()).min(TICK).max(Duration::from_millis(1));
        let patience = Timespec { tv_sec: 0, tv_nsec: patience.subsec_nanos().into() };
        let wanted = |is_wanted: bool| if is_wanted { PollFlags::IN } else { PollFlags::empty() };
        let process = self.process;
        let nothing = process.descriptor.as_fd();
        let mut watched = [
            PollFd::from_borrowed_fd(process.descriptor.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(if is_silent { nothing } else { process.channel.as_fd() }, wanted(!is_silent)),
            PollFd::from_borrowed_fd(if no_stdout { nothing } else { process.stdout.as_fd() }, wanted(!no_stdout)),
            PollFd::from_borrowed_fd(if no_stderr { nothing } else { process.stderr.as_fd() }, wanted(!no_stderr)),
            PollFd::from_borrowed_fd(
                self.listener.as_ref().map_or(nothing, AsFd::as_fd),
                wanted(self.listener.is_some()),
            ),
            PollFd::from_borrowed_fd(hearsay.unwrap_or(nothing), wanted(hearsay.is_some())),
        ];
        match poll(&mut watched, Some(&patience)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(at("watch the cell")(error).into()),
        }
        let [process, signals, channel, stdout, stderr, listener, told] = watched.map(|one| one.revents());
        let is_there = |flags: PollFlags| flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR);
        Ok(Ready {
            process: is_there(process),
            signals: is_there(signals),
            channel: !is_silent && channel.contains(PollFlags::IN),
            stdout: !no_stdout && is_there(stdout),
            stderr: !no_stderr && is_there(stderr),
            refused_call: listener.contains(PollFlags::IN),
            hearsay: hearsay.is_some() && is_there(told),
            filter_gone: self.listener.is_some()
                && !listener.contains(PollFlags::IN)
                && listener.contains(PollFlags::HUP),
        })
    }

    fn respond(&mut self, ready: &Ready, signals: &OwnedFd, course: &mut Course) {
        if ready.signals {
            course.signal = course.signal.or_else(|| call::next_signal(signals.as_fd()));
        }
        if ready.channel {
            self.hear(course);
        }
        if let (true, Some(listener)) = (ready.refused_call, &self.listener)
            && let Ok(notice) = call::next_refused(listener.as_fd())
        {
            *course.refused_calls.entry(syscall::name(notice.data.nr.into())).or_default() += 1;
            // Whoever asked may be gone by now.
            let _ = call::refuse(listener.as_fd(), notice.id, Errno::PERM);
        }
        if ready.filter_gone {
            self.listener = None;
        }
    }

    /// Hears one answer of the cell, if there is one.
    fn hear(&self, course: &mut Course) -> bool {
        let Ok((answer, _)) = self.process.channel.receive() else {
            course.is_silent = true;
            return false;
        };
        match answer {
            Answer::Ended { status, usage } => (course.status, course.usage) = (Some(status), Some(usage)),
            Answer::NotStarted(failure) => course.refused = Some(failure.into_program()),
            // What fails here fails after the code began: that it ran is to be told.
            Answer::Failed(_) => course.is_silent = true,
            Answer::Ready { .. } | Answer::Starting => {}
        }
        true
    }

    /// Looks at what the cell uses, and where nothing else bounds it, ends it.
    fn look(&self, course: &mut Course) {
        let counted = (self.groups.processes(), self.groups.processor());
        let (processes, processor) = match counted {
            (Some(processes), Some(processor)) if self.groups.peak_memory().is_some() => (processes, processor),
            (processes, processor) => {
                let sample = sample::below(self.process.pid);
                let in_memory: u64 = self.in_memory.iter().map(|file_system| used(file_system)).sum();
                if self.groups.peak_memory().is_none() && sample.memory + in_memory > self.limits.memory() {
                    course.limit.get_or_insert(Limit::Memory);
                }
                (processes.unwrap_or(sample.processes), processor.unwrap_or(sample.processor))
            }
        };
        if self.folder.is_some_and(|folder| is_full(folder, self.limits)) {
            course.limit.get_or_insert(Limit::Files);
        }
        course.peak_processes = course.peak_processes.max(processes);
        course.processor = course.processor.max(processor);
        if processor > self.limits.cpu() {
            course.limit.get_or_insert(Limit::Cpu);
        }
    }
}

/// Whether more lies in a folder than file systems of the cell's own would take.
fn is_full(folder: &Folder, limits: &Limits) -> bool {
    let most = [(limits.workspace(), limits.workspace_files), (limits.tmp(), limits.tmp_files)];
    folder.used().iter().zip(most).any(|(used, (bytes, files))| used.bytes > bytes || used.files > files)
}

/// Bytes in a file system.
fn used(file_system: &OwnedFd) -> u64 {
    fstatvfs(file_system).map_or(0, |state| (state.f_blocks - state.f_bfree) * state.f_frsize)
}

/// What happened, of all that was waited for.
struct Ready {
    process: bool,
    signals: bool,
    channel: bool,
    stdout: bool,
    stderr: bool,
    refused_call: bool,
    hearsay: bool,
    filter_gone: bool,
}

/// A descriptor that gives what is there, and never waits.
fn not_waiting(from: &OwnedFd) -> std::io::Result<File> {
    let from = from.try_clone()?;
    fcntl_setfl(&from, fcntl_getfl(&from)? | OFlags::NONBLOCK)?;
    Ok(from.into())
}

fn relay<'a>(from: &OwnedFd, to: &'a mut dyn std::io::Write, limits: &Limits) -> Result<Relay<'a, File>, Failure> {
    not_waiting(from).map(|from| Relay::new(from, to, limits.output())).map_err(at("read what the code writes"))
}

impl Course {
    fn end(&self, out_of_memory: bool, limits: &Limits) -> End {
        if let Some(limit) = self.limit {
            return End::Limit(limit);
        }
        if let Some(signal) = self.signal {
            return End::Signal(small(signal));
        }
        let signal = match self.status {
            Some(status) if libc::WIFEXITED(status) => return End::Exit(small(libc::WEXITSTATUS(status))),
            Some(status) => libc::WTERMSIG(status),
            // Somebody outside ended the cell, which said nothing any more.
            None => libc::SIGKILL,
        };
        let used = self.usage.map(|usage| usage.user + usage.system).unwrap_or_default().max(self.processor);
        match signal {
            libc::SIGKILL if out_of_memory => End::Limit(Limit::Memory),
            // The code can send itself these: the time must say so too. For the first the kernel counts ticks, of which a busy
            // machine gives more than what is counted in the end.
            libc::SIGXCPU if used * 2 >= limits.cpu() => End::Limit(Limit::Cpu),
            libc::SIGKILL if used + TICK >= limits.cpu() => End::Limit(Limit::Cpu),
            libc::SIGXFSZ => End::Limit(Limit::File),
            signal => End::Signal(small(signal)),
        }
    }
}

fn small(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
