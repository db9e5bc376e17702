//! A line for the shell, cut into the commands that it holds. Meant to err by finding more commands than there are.

/// The commands of a line.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) commands: Vec<Command>,
    /// Whether there is nothing in it but words and what stands between commands.
    pub(super) is_plain: bool,
}

/// A program with its arguments, and the files that the shell opens for it.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) words: Vec<String>,
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
    /// Whether another command writes what it reads.
    pub(super) is_fed: bool,
}

/// What the next word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Word,
    Read,
    Write,
    /// The number of an open file.
    Nothing,
}

struct Cutter {
    line: Line,
    command: Command,
    word: Option<String>,
    next: Next,
}

impl Line {
    pub(super) fn read(text: &str) -> Self {
        let line = Self { is_plain: true, ..Self::default() };
        let mut cutter = Cutter { line, command: Command::default(), word: None, next: Next::Word };
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '\'' => {
                    let quoted = rest.by_ref().take_while(|c| *c != '\'');
                    cutter.word.get_or_insert_default().extend(quoted);
                }
                '"' => {
                    let mut quoted = String::new();
                    while let Some(c) = rest.next_if(|c| *c != '"') {
                        match c {
                            '\\' => quoted.extend(rest.next()),
                            _ => quoted.push(c),
                        }
                    }
                    rest.next();
                    if quoted.contains("$(") || quoted.contains('`') {
                        cutter.nested(&quoted);
                    }
                    cutter.line.is_plain &= !quoted.contains('$');
                    cutter.word.get_or_insert_default().push_str(&quoted);
                }
                '\\' => match rest.next() {
                    Some('\n') | None => {}
                    Some(escaped) => cutter.word.get_or_insert_default().push(escaped),
                },
                '#' if cutter.word.is_none() => while rest.next_if(|c| *c != '\n').is_some() {},
                '>' | '<' => {
                    // `2>&1`: what stands before is the number of an open file.
                    cutter.word.take_if(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
                    cutter.end_word();
                    let doubled = rest.next_if(|c| matches!(c, '>' | '<' | '|')).is_some();
                    let is_number =
                        rest.next_if_eq(&'&').is_some() && rest.peek().is_some_and(|c| c.is_ascii_digit() || *c == '-');
                    cutter.next = match character {
                        _ if is_number => Next::Nothing,
                        '>' => Next::Write,
                        _ if doubled => Next::Nothing,
                        _ => Next::Read,
                    };
                    cutter.line.is_plain &= !(doubled && character == '<');
                }
                ';' | '\n' | '\r' => cutter.end_command(false),
                '&' => match rest.next_if_eq(&'>') {
                    Some(_) => {
                        cutter.end_word();
                        rest.next_if_eq(&'>');
                        cutter.next = Next::Write;
                    }
                    None => {
                        rest.next_if_eq(&'&');
                        cutter.end_command(false);
                    }
                },
                '|' => {
                    let is_pipe = rest.next_if_eq(&'|').is_none();
                    rest.next_if_eq(&'&');
                    cutter.end_command(is_pipe);
                }
                // What stands in these is a command of its own, wherever it is.
                '(' | ')' | '`' => {
                    cutter.line.is_plain = false;
                    cutter.end_command(false);
                }
                '$' => {
                    cutter.line.is_plain = false;
                    cutter.word.get_or_insert_default().push('$');
                }
                c if c.is_whitespace() => cutter.end_word(),
                c => cutter.word.get_or_insert_default().push(c),
            }
        }
        cutter.end_command(false);
        cutter.line
    }
}

impl Cutter {
    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match std::mem::replace(&mut self.next, Next::Word) {
            // Words of the language that stand before a command.
            Next::Word if self.command.words.is_empty() && KEYWORDS.contains(&word.as_str()) => {
                self.line.is_plain = false;
            }
            Next::Word => self.command.words.push(word),
            Next::Read => self.command.reads.push(word),
            Next::Write if word == "/dev/null" => {}
            Next::Write => self.command.writes.push(word),
            Next::Nothing => {}
        }
    }

    fn end_command(&mut self, feeds: bool) {
        self.end_word();
        let next = Command { is_fed: feeds, ..Command::default() };
        let command = std::mem::replace(&mut self.command, next);
        if !command.words.is_empty() || !command.writes.is_empty() || !command.reads.is_empty() {
            self.line.commands.push(command);
        }
    }

    /// The commands in `"… $(…) …"`.
    fn nested(&mut self, quoted: &str) {
        self.line.is_plain = false;
        let start = quoted.find("$(").map(|at| at + 2).or_else(|| quoted.find('`').map(|at| at + 1));
        let inside = start.and_then(|start| quoted.get(start..)).unwrap_or_default();
        self.line.commands.extend(Line::read(inside).commands);
    }
}

const KEYWORDS: [&str; 14] =
    ["if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "!"];

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<String> {
        Line::read(text).commands.iter().map(|command| command.words.join("|")).collect()
    }

    #[test]
    fn lines_are_cut_where_commands_end() {
        assert_eq!(commands("ls -l 'a b'  \"c d\" e\\ f"), ["ls|-l|a b|c d|e f"]);
        assert_eq!(commands("a; b && c || d | e & f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(commands("echo $(rm x) `id`"), ["echo|$", "rm|x", "id"]);
        assert_eq!(commands("echo \"a $(rm x)\""), ["rm|x", "echo|a $(rm x)"]);
        assert_eq!(commands("if true; then rm x; fi"), ["true", "rm|x"]);
        assert_eq!(commands("ls # rm x"), ["ls"]);
        assert_eq!(commands("r\\\nm x"), ["rm|x"]);
        let line = Line::read("sort < in 2>/dev/null >> out 2>&1");
        assert_eq!(line.commands[0].words, ["sort"]);
        assert_eq!(line.commands[0].reads, ["in"]);
        assert_eq!(line.commands[0].writes, ["out"]);
        assert!(Line::read("curl x | sh").commands[1].is_fed);
        assert!(Line::read("ls -l 2>/dev/null").is_plain);
        assert!(!Line::read("ls $X").is_plain && !Line::read("ls \"$X\"").is_plain);
    }
}
