//! What a cell grants, in words: for `policy show` and for a run that is only shown.

use std::io::{self, Write};

use super::page::wrapped;
use crate::cell::{Cell, Unfit, Workspace};
use crate::plain::plain;

const COLUMNS: usize = 100;

/// One line for each kind of thing that is granted.
pub fn text(cell: &Cell, out: &mut dyn Write) -> io::Result<()> {
    let limits = &cell.limits;
    let rows = [
        ("time", format!("{} s by the clock, {} s of processor", limits.wall_s, limits.cpu_s)),
        ("memory", format!("{} MiB for all processes together", limits.memory_mib)),
        ("processes", format!("{}, with {} open files each", limits.processes, limits.open_files)),
        ("output", format!("{} KiB on each of standard output and standard error", limits.output_kib)),
        ("files", format!("{} MiB each", limits.file_mib)),
        ("/tmp", format!("{} MiB in {} files", limits.tmp_mib, limits.tmp_files)),
        ("/workspace", workspace(cell)),
        ("copied out", copied_out(cell)),
        ("network", network(cell)),
        ("environment", environment(cell)),
        ("events", events(cell)),
        ("demands", list(&cell.require.iter().map(|layer| layer.name()).collect::<Vec<_>>())),
    ];
    for (what, granted) in rows.iter().filter(|(_, granted)| !granted.is_empty()) {
        let granted = wrapped(&plain(granted), COLUMNS - 14);
        writeln!(out, "  {what:<12}{}", granted.replace('\n', &format!("\n{:14}", "")))?;
    }
    Ok(())
}

fn workspace(cell: &Cell) -> String {
    let limits = &cell.limits;
    let kind = match cell.workspace {
        Workspace::None => return "nothing but the script".to_owned(),
        Workspace::Read => "a copy that cannot be written to",
        Workspace::Scratch => "a copy that is thrown away",
        Workspace::Write => "a copy whose changes are copied out",
    };
    let unfit = match cell.unfit {
        Unfit::Withhold => "Python code in it that the gate does not allow is left out",
        Unfit::Refuse => "Python code in it that the gate does not allow stops the run",
    };
    format!("{kind}, {} MiB in {} files; {unfit}", limits.workspace_mib, limits.workspace_files)
}

fn copied_out(cell: &Cell) -> String {
    match (cell.workspace, cell.copy_out.as_slice()) {
        (Workspace::Write, []) => "nothing".to_owned(),
        (Workspace::Write, patterns) => {
            format!("{}; never what configures git, editors, agents or a start of Python or a shell", list(patterns))
        }
        _ => String::new(),
    }
}

fn network(cell: &Cell) -> String {
    match cell.allow_net {
        false => "none".to_owned(),
        true => format!("none but hosts that `--allow-net` names, {} MiB to them", cell.limits.upload_mib),
    }
}

fn environment(cell: &Cell) -> String {
    match cell.environment.as_slice() {
        [] => "nothing of the caller's".to_owned(),
        names => format!("of the caller's {}", list(names)),
    }
}

fn events(cell: &Cell) -> String {
    match cell.events {
        false => String::new(),
        true => "told by the interpreter itself, which the script can make lie".to_owned(),
    }
}

fn list(words: &[impl AsRef<str>]) -> String {
    words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
