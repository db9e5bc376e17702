//! From the bytes of a source to the Python in it, by the kind of the source, and what the text shows by itself.
//!
//! Every kind has its reader; all of them give code, and say where in the file each part of it stands.

mod disguise;

use crate::markdown;
use crate::notebook;
use crate::origin::{Drawn, Origin};
use crate::python::decode::{self, Decoded};
use crate::python::{header, ipython, path_file, sign};
use crate::source::{Kind, Problem, Sign, Span};

/// A source, read as far as text goes.
#[derive(Debug)]
pub struct Reading {
    /// The text of the file, of which problems and findings speak.
    pub text: String,
    /// The code in it, where that is not the text itself.
    drawn: Option<Drawn>,
    /// What could not be read; places are those of the text.
    pub problems: Vec<Problem>,
    /// Places are those of the code.
    pub signs: Vec<Sign>,
}

/// Reads bytes as a source of some kind.
pub fn read(kind: Kind, bytes: Vec<u8>) -> Reading {
    let disguise = disguise::problem(&bytes);
    let Decoded { text, mut problems } = match kind {
        Kind::Python | Kind::IPython | Kind::Other => decode::decode(bytes),
        Kind::Notebook | Kind::PathFile | Kind::Markdown => decode::decode_plain(bytes),
    };
    problems.extend(disguise);
    let mut reading = read_text(kind, text);
    reading.problems.splice(0..0, problems);
    reading
}

/// Reads a text as a source of some kind.
pub fn read_text(kind: Kind, text: String) -> Reading {
    let (drawn, mut problems, mut signs) = match kind {
        Kind::Python | Kind::Other => (None, Vec::new(), Vec::new()),
        Kind::Notebook => {
            let (code, problems) = notebook::read(&text);
            (Some(code), problems, Vec::new())
        }
        Kind::IPython => (Some(ipython::python(&text, &[Span::new(0, text.len())])), Vec::new(), Vec::new()),
        Kind::PathFile => {
            let (code, signs) = path_file::read(&text);
            (Some(code), Vec::new(), signs)
        }
        Kind::Markdown => {
            let (code, problems) = markdown::python_blocks(&text);
            (Some(code), problems, Vec::new())
        }
    };
    let code = drawn.as_ref().map_or(text.as_str(), |drawn| &drawn.text);
    signs.extend(sign::signs(code));
    let (dependencies, faults) = header::read(code);
    signs.extend(dependencies);
    let origin = drawn.as_ref().map(|drawn| &drawn.origin);
    problems.extend(faults.into_iter().map(|fault| Problem { span: place(origin, fault.span), ..fault }));
    Reading { text, drawn, problems, signs }
}

fn place(origin: Option<&Origin>, span: Span) -> Span {
    origin.map_or(span, |origin| origin.span(span))
}

impl Reading {
    /// The Python of the source.
    pub fn code(&self) -> &str {
        self.drawn.as_ref().map_or(&self.text, |drawn| &drawn.text)
    }

    /// The code, where it was drawn out of the text.
    pub fn drawn(&self) -> Option<&Drawn> {
        self.drawn.as_ref()
    }

    /// Where a part of the code stands in the text.
    pub fn place(&self, span: Span) -> Span {
        place(self.drawn.as_ref().map(|drawn| &drawn.origin), span)
    }

    /// Where in the code a place of the text is.
    pub fn in_code(&self, offset: u32) -> u32 {
        self.drawn.as_ref().map_or(offset, |drawn| drawn.origin.drawn(offset))
    }
}
