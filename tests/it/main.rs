//! One binary holds all integration tests.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod allow;
mod audit;
mod baseline;
mod carriers;
mod cli;
mod config;
mod corpus;
#[cfg(target_os = "linux")]
mod docker;
mod fixtures;
mod flow;
mod folding;
mod fuzz;
mod gate;
mod git;
mod hostile;
#[cfg(target_os = "linux")]
mod image;
mod lock;
mod names;
mod packages;
mod place;
mod policy;
mod prefilter;
mod program;
mod readers;
mod report;
mod rules;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod sandbox;
mod sarif;
mod secrets;
mod select;
mod soundness;
mod sources;
mod steer;
mod tidy;
mod update;
mod variants;
mod walk;
