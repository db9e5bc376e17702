//! `portcullis image`

use std::ffi::OsString;
use std::io::{self, BufWriter, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, output};
use crate::exit::Exit;
use crate::image::{self, Image};
use crate::plain::plain;
use crate::sandbox::docker::{Engine, Program};

/// How long an engine may be at an archive that it has read.
const IMPORT: Duration = Duration::from_secs(1800);

/// Make an image to run code in, of what is on this machine.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an image without a registry, of the Debian packages of Python that are installed here, or of a given root
    Build(Build),
}

#[derive(Args)]
struct Build {
    /// The image's name [default: portcullis/python:VERSION]
    #[arg(long, value_name = "NAME")]
    tag: Option<String>,
    /// Take the packages of Python that are installed here, with all that they need [default]
    #[arg(long)]
    packages: bool,
    /// Take everything below this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "packages")]
    root: Option<PathBuf>,
    /// Where the image goes
    #[arg(long, value_name = "ENGINE", default_value = "docker")]
    engine: EngineName,
    /// Lay it into a new folder instead, as `--rootfs` of the native sandbox takes it
    #[arg(long, value_name = "DIR", conflicts_with_all = ["tag", "engine", "archive"])]
    to: Option<PathBuf>,
    /// Write it into a tar archive instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tag", "engine"])]
    archive: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum EngineName {
    Docker,
    Podman,
}

impl From<EngineName> for Program {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Docker => Self::Docker,
            EngineName::Podman => Self::Podman,
        }
    }
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Command::Build(build) = arguments.command;
    let (image, version) = match &build.root {
        Some(root) => (image::gather(root)?, None),
        None => image::installed().map(|(image, python)| (image, Some(python.0)))?,
    };
    if let Some(folder) = &build.to {
        image.lay(folder)?;
        let folder = folder.to_string_lossy();
        return said(&format!("laid into {}", plain(&folder)));
    }
    if let Some(path) = &build.archive {
        write(&image, path)?;
        return said(&format!("written to {}", plain(&path.to_string_lossy())));
    }
    let tag = match (build.tag, version) {
        (Some(tag), _) => tag,
        (None, Some(version)) => format!("portcullis/python:{version}"),
        (None, None) => return Err("a root of your own needs a name: `--tag NAME`".into()),
    };
    let engine = Engine::find(build.engine.into())?.patient(IMPORT);
    import(&engine, &image, &tag)?;
    said(&format!("{} knows {}", engine.program.name(), plain(&tag)))
}

fn said(what: &str) -> Result<Exit, Failure> {
    output::print(|out| writeln!(out, "{what}"))?;
    Ok(Exit::Clean)
}

/// Nothing stands at the path until all of it is written.
fn write(image: &Image, path: &Path) -> Result<(), Failure> {
    let told = |error| format!("{}: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().tempfile_in(folder).map_err(told)?;
    image.write(BufWriter::new(&mut file)).map_err(told)?;
    file.persist_noclobber(path).map_err(|error| told(error.error))?;
    Ok(())
}

/// Imports an archive as the engine's program reads it from its standard input.
fn import(engine: &Engine, image: &Image, tag: &str) -> Result<(), Failure> {
    if tag.is_empty() || tag.starts_with('-') {
        return Err(format!("`{tag}` is no name of an image").into());
    }
    let mut arguments: Vec<OsString> = vec!["import".into()];
    for change in ["ENV PATH=/usr/bin", "USER 65534:65534", "LABEL portcullis.image=1", "CMD [\"/usr/bin/python3\"]"] {
        arguments.extend(["--change".into(), change.into()]);
    }
    arguments.extend(["-".into(), tag.into()]);
    // Written whole before the engine sees any of it: it would take half an archive for an image.
    let mut file = tempfile::tempfile()?;
    image.write(BufWriter::new(&mut file))?;
    file.rewind()?;
    engine.feed("import", arguments, |out| io::copy(&mut file, out).map(drop))?;
    Ok(())
}
