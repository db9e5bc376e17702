//! Progress bars for what takes long enough to make people wonder.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

/// Counts files that were scanned; shows the count on a terminal once patience is over.
pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
}

impl Progress {
    /// `None` where standard error is no terminal.
    pub(super) fn new(files: usize) -> Option<Self> {
        io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            Self { bar, begun: Instant::now() }
        })
    }

    pub(super) fn advance(&self, files: u64) {
        self.bar.inc(files);
        if self.bar.is_hidden() && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar off the screen, before anything else is written there.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Counts bytes that are fetched, of one thing after another.
pub(super) struct Bytes(ProgressBar);

impl Bytes {
    /// `None` where standard error is no terminal.
    pub(super) fn new() -> Option<Self> {
        io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            Self(bar)
        })
    }

    pub(super) fn at(&self, what: &'static str, done: u64, of: Option<u64>) {
        self.0.set_message(what);
        self.0.set_length(of.unwrap_or(done));
        self.0.set_position(done);
    }

    /// Takes the bar off the screen, before anything else is written there.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
        self.0.reset();
    }
}
