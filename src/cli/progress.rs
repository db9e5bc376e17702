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

/// Counts the bytes of a file that is fetched.
pub(super) struct Fetching {
    bar: ProgressBar,
}

impl Fetching {
    /// `None` where standard error is no terminal.
    pub(super) fn new(what: &str, at: u64, length: Option<u64>) -> Option<Self> {
        io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
            let template = match length {
                Some(_) => "{msg} {bar:30} {bytes}/{total_bytes}, {eta} left",
                None => "{msg} {spinner} {bytes}",
            };
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(what.to_owned());
            bar.set_position(at);
            bar.reset_eta();
            Self { bar }
        })
    }

    pub(super) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
