//! portcullis reads code before it runs. This page is the map: how a file's bytes become a finding, what may import what,
//! and what always holds. [`tests/it/tidy.rs`] keeps it true. Why it is so stands in `ARCHITECTURE.md`.
//!
//! # The way of one file
//!
//! ```text
//! main ▶ cli            arguments; cli::settings merges them with config; pack, select and policy know the rules
//!         │
//!         ▼
//!        walk           paths ▶ Source            (listed in order; links, pipes and unreadable folders are told)
//!         ╎  git         or a repository ▶ Source  (what is staged, what differs, what ever was; read, never run)
//!         │
//!         ▼
//!        scan           the only module with a pool of threads; each source goes the whole way on one of them
//!         │
//!         ├─ walk::read          Source ▶ bytes   or a Problem (git::Repository::read, where it is an object of one)
//!         ▼
//!        inspect        one source, from bytes to findings
//!         │
//!         ├─ reading             bytes ▶ text, the code in it, Signs and Problems
//!         │    ├─ python::decode        bytes ▶ text
//!         │    ├─ notebook, markdown, python::path_file   text ▶ code, and where each part of it stands (origin)
//!         │    └─ python::{sign, header}      code ▶ Signs: what it shows by itself
//!         ├─ prefilter           can any rule find anything here? if not, nothing is parsed
//!         ├─ python::{strict, lenient}   text ▶ tree::Module, by one reader or the other
//!         ├─ python::eval        Module ▶ Events  (names resolved, constants folded; nothing is executed)
//!         ├─ secret              text of any file ▶ Hits   (words first, then forms; decoded and proved where that can be)
//!         ├─ setting             text of a configuration file ▶ Settings, whatever its format
//!         ├─ lock                text of a manifest or lockfile ▶ Packages, whatever its format
//!         │    └─ advisory            a package and its version ▶ what is published about it (version: how versions compare)
//!         ├─ check               Events, texts, Settings, Packages, Problems ▶ Hits   ◀ rules/**.md, rules/models/ (through pack)
//!         ├─ query               text ▶ Hits      (tree-sitter queries, where a rule is one)
//!         ├─ origin              places in the code ▶ places in the file
//!         ├─ finding             Hit ▶ Finding    (excerpt masked, trace, fingerprint)
//!         └─ allow               Findings ▶ the same, some of them suppressed by a comment
//!         │
//!         ▼
//!        reach          findings about packages ▶ the same, with the line that imports the package
//!         │
//!         ▼
//!        cli::dismissed, vex    advisories that the user set aside ▶ suppressed
//!         │
//!         ▼
//!        baseline       findings that are known ▶ suppressed; entries that are idle or have expired ▶ findings
//!         │
//!         ▼
//!        cli            sorted findings ▶ Bar (a severity, or policy's ruling) ▶ exit
//!         │
//!         ▼
//!        report         findings ▶ text, concise, json, jsonl, sarif, github; inventory ▶ cyclonedx
//! ```
//!
//! `gate` goes another way with the same parts: the script and the modules that it imports from beside itself, each through
//! `inspect` with nothing left out; then findings, effects and a policy become one verdict.
//!
//! ```text
//! cli::gate ▶ policy, python::within (a thread and a time)
//!              │
//!              ▼
//!             gate       Sources ▶ Examined, again for what they import (gate::closure)
//!              ├─ gate::verdict     findings and policy ▶ decision, reasons by weight
//!              └─ gate::manifest    effects ▶ what the code would do
//!              ▼
//!             report::verdict      text, JSON, its schema ▶ exit
//! ```
//!
//! `run` reads once, asks the gate about those bytes, and gives the same bytes to a sandbox.
//!
//! ```text
//! cli::run ▶ run::plan          an order ▶ policy and cell, script, workspace (run::listing), verdicts (run::fit) ▶ Plan
//!             │                  (the cell is set up meanwhile)
//!             ▼
//!            cli::run::answer   where the policy asks
//!             │
//!             ▼
//!            run::carry_out     Plan ▶ Account
//!             ├─ audit              the intent, before anything runs
//!             ├─ sandbox            native, docker: Ground and Job ▶ Outcome, and what lies in the workspace
//!             ├─ run::{attempt, claim}  what was refused and what the code is said to have done, beside what was foreseen
//!             ├─ run::{change, copy}    what changed, and what of it is copied out
//!             └─ audit              the outcome
//!             ▼
//!            report::run        text, JSON, its schema, SARIF ▶ exit
//! ```
//!
//! `db` makes the file of advisories, which everything else only reads: `update` fetches archives of OSV, `advisory::import` turns
//! records in the OSV format into an index, put in place in one step.
//!
//! `db update` is the only way out: what comes in is checked, kept, and goes the way of any file of advisories.
//!
//! ```text
//! cli::db ▶ update        an address ▶ archives (kept beside the index) ▶ advisory::import ▶ index
//! ```
//!
//! `audit` writes down what was decided and run, as plain data that others fill in: a log of lines that hold on to each other.
//!
//! # Who may import whom
//!
//! Modules are listed below in groups, in the order of flow: a module imports from its own group and those above it, and
//! never in a ring. The exact table is in [`tests/it/tidy.rs`], which fails on an import that is not in it, and on an entry
//! that is not in use. In words:
//!
//! - data knows data: `source` knows nothing, `rule` knows `source` and `effect`, `event` and `value` know no reader;
//! - the reader (`python`) knows events and values, and neither rules' meaning nor findings;
//! - `check` knows rules and events, and no reader; only `inspect` knows both (`query` searches a syntax tree of its own);
//! - `select`, `policy`, `config`, `walk`, `git` know nothing of readers and checks;
//! - `lock` and `advisory` know packages, and not each other; only `check` holds one against the other;
//! - `report` knows findings, rules and verdicts, and nothing of how they came about;
//! - `scan` runs `inspect` on many sources, `gate` on a few; `cli` is on top, and alone knows the arguments.
//!
//! The build script ([`build.rs`](../src/build.rs)) compiles `source`, `effect`, `name`, `rule`, `cell`, `clause`, `model` and
//! `spelling` a second time: a built-in page or policy is refused by the same code as a user's.
//!
//! # Invariants
//!
//! Each with the test that holds it.
//!
//! 1. **Reading never fails in silence.** What is not read, decoded, parsed or evaluated is a finding; only a file that the
//!    pre-filter passes over is not parsed at all.
//!    `it::walk::what_may_not_be_read_is_reported`, `it::walk::a_file_over_the_cap_is_reported_and_the_others_are_scanned`,
//!    `it::select::failures_of_reading_are_told_whatever_is_selected`
//! 2. **No report shows a secret.** Only [`finding`] cuts excerpts, and it masks every secret that it knows of in every
//!    excerpt, message and trace, whichever rule made it.
//!    `it::report::no_format_shows_a_secret`
//! 3. **Same tree, same rules, same bytes out.** Sorted, without a clock; times only with `--timings`, and the day only where
//!    entries of a baseline expire.
//!    `it::walk::sources_are_told_by_name_or_first_line_and_sorted`, `it::tidy::two_scans_write_the_same_bytes`,
//!    `it::cli::only_timings_tell_the_time`
//! 4. **The scanned tree is never executed.** Only the sandbox starts processes, and runs in it what the gate let through;
//!    an image is made of what dpkg says.
//!    `it::tidy::words::words_stand_only_where_they_may`,
//!    `it::git::hostile::programs_that_a_configuration_names_are_not_run`
//! 5. **The scanned tree cannot end a scan.** Only paths that the user named can; whatever is in the tree costs its own
//!    file at most, and links do not lead out of it.
//!    `it::walk::pipes_sockets_and_folders_in_place_of_files_hang_nothing`,
//!    `it::walk::links_are_not_followed_and_those_that_hide_something_are_reported`,
//!    `it::git::hostile::nothing_leads_out_of_the_repository_by_itself`
//! 6. **No network** but for `db update`, which only [`update`] serves and fetches advisories alone, and but for what a user of `run`
//!    allows by name, which one proxy reaches. Scans and gates make no socket.
//!    `it::tidy::words::words_stand_only_where_they_may`, `it::tidy::words::no_crate_speaks_to_the_network_but_for_updates`,
//!    `it::update::silence::nothing_but_an_update_speaks_to_the_network`,
//!    `it::update::silence::a_run_speaks_to_the_network_in_its_cell_at_most`
//! 7. **A stricter policy denies whatever a laxer one denies.** Only [`policy`] compares levels.
//!    `policy::tests::a_stricter_policy_denies_whatever_a_laxer_one_denies`
//! 8. **A page proves itself.** Its examples give exactly the findings that they mark.
//!    `it::rules::examples_give_exactly_what_they_mark`
//! 9. **No `unsafe` code** but in two files of the sandbox, and no name of the ruff crates outside of [`python::strict`].
//!    `it::tidy::words::words_stand_only_where_they_may`
//! 10. **The judged tree has no say in the gate, and whatever goes wrong stops the code.** `gate` ends with 0 only where a
//!     policy from elsewhere allows all that was read.
//!     `it::policy::the_judged_tree_cannot_bring_its_policy`, `it::gate::comments_have_no_say`,
//!     `it::gate::whatever_goes_wrong_stops_the_code`, `it::gate::an_end_of_the_budget_is_a_verdict`
//! 11. **No change of the audit log goes unseen**, where its head was kept elsewhere, and no writer loses a record.
//!     `it::audit::tamper::any_single_change_is_found_where_it_is`, `it::audit::many::sixty_four_writers_lose_nothing`
//! 12. **What is run is what was judged**, read once; and what comes back from a run is what the policy names, over nothing that
//!     was changed meanwhile, and nothing that something obeys.
//!     `it::run::plan::what_is_run_is_what_was_judged_whatever_lies_on_the_disk_by_then`,
//!     `run::copy::tests::what_something_obeys_stays`, `run::copy::tests::what_was_changed_here_meanwhile_is_not_written_over`
//! 13. **Nothing is run where anything that is demanded is missing**: an answer, a record, a layer, a limit.
//!     `it::run::what_cannot_be_run_is_told_and_nothing_is_run`,
//!     `it::run::nothing_is_run_that_cannot_be_recorded_where_that_is_demanded`,
//!     `it::run::inside::a_layer_that_is_missing_and_not_waived_stops_the_run`
//! 14. **A cell holds**, and nothing of it is left behind.
//!     `it::run::walls::every_wall_stands`, `it::sandbox::limits_end_it`, and the attempts in `tests/escape`; without
//!     namespaces, `it::run::without::every_wall_stands`, `it::run::without::nothing_survives_it`
//!
//! [`tests/it/tidy.rs`]: ../tests/it/tidy.rs

// Plain data and small pure functions.
pub mod cell;
pub mod destination;
pub mod digest;
pub mod effect;
pub mod exit;
pub mod file_name;
pub mod name;
pub mod origin;
pub mod outcome;
pub mod pattern;
pub mod plain;
pub mod size;
pub mod source;
pub mod spelling;
pub mod standard;
pub mod time;

// What a rule is, and what readers and checks say to each other.
pub mod clause;
pub mod event;
pub mod finding;
pub mod inventory;
pub mod lookalike;
pub mod model;
pub mod package;
pub mod registry;
pub mod rule;
pub mod value;
pub mod version;

// What the user wrote for us: pages, selections, policies, configurations; and the tree itself.
pub mod complaint;
pub mod config;
pub mod git;
pub mod pack;
pub mod policy;
pub mod select;
pub mod vex;
pub mod walk;

// From bytes to findings, and from findings to reports.
pub mod advisory;
pub mod allow;
pub mod archive;
pub mod audit;
pub mod baseline;
pub mod check;
pub mod declared;
pub mod gate;
#[cfg(target_os = "linux")]
pub mod image;
pub mod inspect;
pub mod lock;
pub mod markdown;
pub mod notebook;
pub mod prefilter;
pub mod proxy;
pub mod python;
pub mod query;
pub mod reach;
pub mod reading;
pub mod report;
#[cfg(target_os = "linux")]
pub mod run;
pub mod sandbox;
pub mod scan;
pub mod secret;
pub mod setting;
pub mod update;

// The program.
pub mod cli;
