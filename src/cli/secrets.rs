//! `portcullis secrets`

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::scan::{FileArguments, RuleArguments};
use super::settings::Settings;
use super::{Failure, output, roots, tell};
use crate::exit::Exit;
use crate::plain::plain;
use crate::python::decode;
use crate::rule::Confidence;
use crate::secret::assign::{self, Features, Is};
use crate::source::{LineIndex, Point, Span};
use crate::{secret, walk};

/// Look into how credentials are told.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print where something is assigned to a telling name, and how it is judged: never the value
    Features {
        /// Files and folders; `-` is standard input [default: the working directory]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        files: Box<FileArguments>,
        /// A JSON object a line, with all that is measured: a table for judging can be fitted to it
        #[arg(long)]
        jsonl: bool,
    },
}

/// One candidate, as it is printed.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a str,
    start: Point,
    end: Point,
    is: &'static str,
    /// Null where nothing would be reported.
    confidence: Option<Confidence>,
    features: BTreeMap<&'static str, f32>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Command::Features { paths, files, jsonl } = &arguments.command;
    let roots = roots::roots(paths, files.files_from.as_deref(), files.null)?;
    let rules = RuleArguments { select: vec!["secret".to_owned()], ..RuleArguments::default() };
    let settings = Settings::new(&rules, files, &roots)?;
    let walked = walk::walk(&roots, &settings.walk)?;
    walked.notes.iter().for_each(|note| tell("note", &plain(note)));
    output::print(|out| {
        for source in &walked.sources {
            let bytes = match walk::read_text(source, settings.max_size, decode::is_binary) {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(_)) => continue,
                Err(problem) => {
                    tell("note", &format!("{}: {}", plain(&source.path), problem.message));
                    continue;
                }
            };
            let Some(text) = decode::decode_any(bytes) else { continue };
            let lines = LineIndex::new(&text);
            for candidate in secret::candidates(&source.path, &text) {
                let place = lines.place(&text, Span::new(candidate.value.start, candidate.value.end));
                let row = Row {
                    path: &source.path,
                    start: place.start,
                    end: place.end,
                    is: match candidate.is {
                        Is::Password => "password",
                        Is::Key => "key",
                    },
                    confidence: assign::judge(&candidate),
                    features: Features::NAMES.into_iter().zip(candidate.features.values()).collect(),
                };
                if *jsonl {
                    serde_json::to_writer(&mut *out, &row)?;
                    writeln!(out)?;
                } else {
                    let confidence = row.confidence.map_or("none", Confidence::name);
                    let Point { line, column } = row.start;
                    writeln!(out, "{}:{line}:{column}: {}, confidence {confidence}", plain(row.path), row.is)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}
