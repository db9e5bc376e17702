//! The same code written otherwise. A transformation gives nothing where it does not apply.

use super::Snippet;
use super::token::{Kind, Token, after, before, replace, tokens};

/// A way to write the same.
pub(crate) enum Transform {
    /// Lines around the body: `IMPORTS` stands for the lines of the imports, `BODY` for the others, both as deep as they stand.
    Around(&'static str),
    /// A string: `A` and `B` are its halves, `TURNED` is it backwards, `CODES` the numbers of its characters, `HEX` its bytes.
    Text(&'static str),
    /// The function `OBJECT.NAME` that is called; `KEY` is its name as a string.
    Callee(&'static str),
    /// Each import of a module, and what stands before all of them; `KEY` is its name as a string.
    Import(&'static str, &'static str),
    ImportsRenamed,
    VariablesRenamed,
}

use Transform::{Around, Callee, Import, ImportsRenamed, Text, VariablesRenamed};

pub(crate) const ALL: [Transform; 153] = [
    VariablesRenamed,
    ImportsRenamed,
    Import("", "NAME = __import__(KEY)"),
    Import("from importlib import import_module as load", "NAME = load(KEY)"),
    Import("import sys", "import NAME as _\nNAME = sys.modules[KEY]"),
    Import("", "try:\n    import NAME\nexcept ImportError:\n    NAME = None"),
    Import("", "def load():\n    import NAME\n    return NAME\nNAME = load()"),
    Around("IMPORTS\nif True:\n    BODY"),
    Around("IMPORTS\nif __name__ == '__main__':\n    BODY"),
    Around("IMPORTS\nimport random\nif random.random() > 0.5:\n    BODY\nelse:\n    print()"),
    Around("IMPORTS\ntry:\n    BODY\nfinally:\n    print()"),
    Around("IMPORTS\ntry:\n    int('x')\nexcept ValueError:\n    BODY"),
    Around("IMPORTS\ntry:\n    pass\nfinally:\n    BODY"),
    Around("IMPORTS\nfor _ in range(1):\n    BODY"),
    Around("IMPORTS\nfor _ in range(2):\n    pass\nelse:\n    BODY"),
    Around("IMPORTS\nwhile True:\n    BODY\n    break"),
    Around("IMPORTS\nmatch 1:\n    case n if n > 0:\n        BODY"),
    Around("IMPORTS\nimport threading\nwith threading.Lock():\n    BODY"),
    Around("IMPORTS\ndef main():\n    BODY\nmain()"),
    Around("IMPORTS\ndef main(a, *b, **c):\n    BODY"),
    Around("def main():\n    IMPORTS\n    BODY\nmain()"),
    Around("IMPORTS\nasync def main():\n    BODY"),
    Around("IMPORTS\ndef main():\n    BODY\n    yield 1\nlist(main())"),
    Around("IMPORTS\ndef outer():\n    def inner():\n        BODY\n    return inner\nouter()()"),
    Around("IMPORTS\ndef again(n):\n    if n:\n        return again(n - 1)\n    BODY\nagain(3)"),
    Around("IMPORTS\nclass Job:\n    BODY"),
    Around("IMPORTS\nclass Job:\n    def run(self):\n        BODY\nJob().run()"),
    Around("IMPORTS\nclass Job:\n    def run(self):\n        BODY"),
    Around("IMPORTS\nclass Job:\n    def __init__(self, n=1):\n        BODY\njobs = [Job(n) for n in (1, 2)]"),
    Around(
        "IMPORTS\nclass Job:\n    @property\n    def name(self):\n        BODY\n        return 1\nprint(Job().name)",
    ),
    Around("IMPORTS\nclass Job:\n    def __eq__(self, other):\n        BODY\n        return True\nJob() == 1"),
    Around("IMPORTS\nclass Job(dict):\n    def __missing__(self, key):\n        BODY\nJob()['a']"),
    Around("IMPORTS\ndef wrap(f):\n    BODY\n    return f\n@wrap\ndef f():\n    pass"),
    Around(
        "import math\ndef area(r, *, n=1):\n    return math.pi * r ** 2 * n\nSIZES = {n: area(n) for n in range(3)}\nIMPORTS\nBODY\nfor k, v in sorted(SIZES.items()):\n    print(f'{k:>3} {v:.2f}')",
    ),
    Text("(A + B)"),
    Text("(A B)"),
    Text("\"\".join([A, B])"),
    Text("\"\".join((A, B))"),
    Text("\"\".join(part for part in [A, B])"),
    Text("f\"{''.join([A])}{str(B)}\""),
    Text("\"\".join(map(chr, [CODES]))"),
    Text("\"\".join([chr(n) for n in [CODES]])"),
    Text("bytes([CODES]).decode()"),
    Text("bytes.fromhex(\"HEX\").decode()"),
    Text("TURNED[::-1]"),
    Text("\"\".join(reversed(TURNED))"),
    Text("\"%s%s\" % (A, B)"),
    Text("\"{}{}\".format(A, B)"),
    Text("\"{b}{a}\".format(b=A, a=B)"),
    Text("{\"k\": A + B}[\"k\"]"),
    Text("(lambda a, b=B: a + b)(A)"),
    Text("[A, B][0].__add__(B)"),
    Text("dict(a=A + B).get(\"a\")"),
    Text("(A + \"~~\" + B).replace(\"~~\", \"\")"),
    Text("(A + B + \"~~\")[:-2]"),
    Text("(A + B if len(A) else B)"),
    Text("str(A + B).strip()"),
    Callee("getattr(OBJECT, KEY)"),
    Callee("getattr(OBJECT, KEY, None)"),
    Callee("OBJECT.__dict__[KEY]"),
    Callee("vars(OBJECT)[KEY]"),
    Callee("OBJECT.__getattribute__(KEY)"),
    Callee("[OBJECT.NAME][0]"),
    Callee("(None, OBJECT.NAME)[-1]"),
    Callee("{\"k\": OBJECT.NAME}[\"k\"]"),
    Callee("dict(k=OBJECT.NAME).get(\"k\")"),
    Callee("(lambda *a, **k: OBJECT.NAME(*a, **k))"),
    Callee("(lambda f=OBJECT.NAME: f)()"),
    Callee("(one := OBJECT.NAME)"),
    Callee("(OBJECT.NAME if len('a') else print)"),
    Callee("(None or OBJECT.NAME)"),
    Callee("next(iter([OBJECT.NAME]))"),
    Callee("[f for f in [OBJECT.NAME]][0]"),
    Callee("type(\"T\", (), {\"f\": staticmethod(OBJECT.NAME)}).f"),
    Callee("__import__(\"functools\").partial(OBJECT.NAME)"),
    Callee("__import__(\"types\").SimpleNamespace(f=OBJECT.NAME).f"),
    Callee("__import__(\"operator\").attrgetter(KEY)(OBJECT)"),
    Text("\"\".join([\"%c\" % n for n in [CODES]])"),
    Text("(lambda: A + B)()"),
    Text("\"\".join({0: A, 1: B}.values())"),
    Text("\"\".join(dict.fromkeys([A, B]))"),
    Text("(A, B)[0] + (A, B)[1]"),
    Text("\"\".join(list(A) + list(B))"),
    Text("\"\".join(filter(None, [A, \"\", B]))"),
    Text("\"\".join(map(str, [A, B]))"),
    Text("str.join(\"\", [A, B])"),
    Text("type(\"T\", (), {\"s\": A + B}).s"),
    Text("__import__(\"functools\").reduce(lambda a, b: a + b, [A, B])"),
    Text("__import__(\"string\").Template(\"$a$b\").substitute(a=A, b=B)"),
    Text("\"{0[0]}{0[1]}\".format([A, B])"),
    Text("\"%(a)s%(b)s\" % {\"a\": A, \"b\": B}"),
    Text("int(\"HEX\", 16).to_bytes(len(A + B), \"big\").decode()"),
    Text("max(A + B, \"\")"),
    Text("(A + B).encode().decode()"),
    Text("bytes(n ^ 0 for n in [CODES]).decode()"),
    Text("\"\".join(chr(n) for n in (CODES))"),
    Text("\"\".join(chr(n ^ 1) for n in [m ^ 1 for m in [CODES]])"),
    Text("__import__(\"io\").StringIO(A + B).read()"),
    Text("__import__(\"os\").path.join(\"\", A + B)"),
    Text("next(iter([A + B]))"),
    Text("(A + B).__str__()"),
    Text("\"\".join([a + b for a, b in [(A, B)]])"),
    Text("(lambda *a: a[0] + a[1])(A, B)"),
    Text("(lambda **k: k[\"a\"] + k[\"b\"])(a=A, b=B)"),
    Text("__import__(\"types\").SimpleNamespace(s=A + B).s"),
    Text("\"\".join(reversed([B, A]))"),
    Text("\"\".join(__import__(\"itertools\").chain(A, B))"),
    Text("repr(A + B)[1:-1]"),
    Text("\"{a}{b}\".format_map({\"a\": A, \"b\": B})"),
    Text("f\"{A!s}{B:s}\""),
    Text("(A + \" \" + B).split(\" \")[0] + B"),
    Text("\"\".join((A + \" \" + B).split())"),
    Text("__import__(\"textwrap\").dedent(A + B)"),
    Text("sum([[A], [B]], [])[0] + B"),
    Text("bytearray([CODES]).decode()"),
    Text("__import__(\"binascii\").unhexlify(\"HEX\").decode()"),
    Text("__import__(\"struct\").pack(\"%ds\" % len(A + B), bytes([CODES])).decode()"),
    Text("memoryview(bytes([CODES])).tobytes().decode()"),
    Callee("(lambda f: f)(OBJECT.NAME)"),
    Callee("{OBJECT.NAME}.pop()"),
    Callee("[OBJECT.NAME].pop()"),
    Callee("dict([(\"k\", OBJECT.NAME)])[\"k\"]"),
    Callee("(*[OBJECT.NAME],)[0]"),
    Callee("{**{\"k\": OBJECT.NAME}}[\"k\"]"),
    Callee("[[OBJECT.NAME]][0][0]"),
    Callee("list(map(lambda f: f, [OBJECT.NAME]))[0]"),
    Callee("list(filter(None, [OBJECT.NAME]))[0]"),
    Callee("tuple(zip([OBJECT.NAME]))[0][0]"),
    Callee("list(enumerate([OBJECT.NAME]))[0][1]"),
    Callee("{\"a\": 1, \"k\": OBJECT.NAME}.pop(\"k\")"),
    Callee("list({\"k\": OBJECT.NAME}.values())[0]"),
    Callee("[*{\"k\": OBJECT.NAME}.items()][0][1]"),
    Callee("__import__(\"functools\").reduce(getattr, [KEY], OBJECT)"),
    Callee("__import__(\"copy\").copy(OBJECT.NAME)"),
    Callee("__import__(\"operator\").itemgetter(0)([OBJECT.NAME])"),
    Callee("next(__import__(\"itertools\").chain([OBJECT.NAME]))"),
    Callee("OBJECT.NAME.__call__"),
    Callee("(lambda **k: k[\"f\"])(f=OBJECT.NAME)"),
    Callee("(lambda *a: a[0])(OBJECT.NAME)"),
    Callee("type(\"T\", (), {\"__call__\": lambda s, *a, **k: OBJECT.NAME(*a, **k)})()"),
    Callee("__import__(\"functools\").cache(OBJECT.NAME)"),
    Callee("next(reversed([OBJECT.NAME]))"),
    Callee("[OBJECT.NAME].__getitem__(0)"),
    Callee("vars(__import__(\"types\").SimpleNamespace(k=OBJECT.NAME))[\"k\"]"),
    Callee("dict(zip(\"k\", [OBJECT.NAME]))[\"k\"]"),
    Callee("[f for f, in [(OBJECT.NAME,)]][0]"),
    Callee("{k: v for k, v in [(\"k\", OBJECT.NAME)]}[\"k\"]"),
    Callee("(f for f in [OBJECT.NAME]).__next__()"),
    Callee("getattr(type(\"T\", (), {\"f\": staticmethod(OBJECT.NAME)})(), \"f\")"),
    Callee("list.pop([OBJECT.NAME])"),
    Callee("dict.get({\"k\": OBJECT.NAME}, \"k\")"),
    Callee("__import__(\"functools\").partialmethod(OBJECT.NAME).func"),
    Callee("(lambda: (yield OBJECT.NAME))().__next__()"),
];

/// Ways by which a function passes out of sight: objects of other modules hold it, and what they give back is not known.
/// Whoever makes one of them followed moves it to the list above.
pub(crate) const NOT_FOLLOWED: [Transform; 6] = [
    Callee("sorted([OBJECT.NAME], key=str)[0]"),
    Callee("next(__import__(\"itertools\").repeat(OBJECT.NAME))"),
    Callee("max([OBJECT.NAME], key=id)"),
    Callee("__import__(\"weakref\").ref(OBJECT.NAME)()"),
    Callee("__import__(\"contextlib\").nullcontext(OBJECT.NAME).__enter__()"),
    Callee("__import__(\"collections\").deque([OBJECT.NAME]).popleft()"),
];

impl Transform {
    pub(crate) fn of(&self, snippet: &Snippet) -> Option<String> {
        match self {
            Around(frame) => around(snippet, frame),
            Text(together) => strings(snippet, together),
            Callee(together) => called(snippet, together),
            Import(first, line) => imports_called(snippet, first, line),
            ImportsRenamed => imports_renamed(snippet),
            VariablesRenamed => variables_renamed(snippet),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Around(text) | Text(text) | Callee(text) | Import(_, text) => text,
            ImportsRenamed => "import NAME as NAME_2",
            VariablesRenamed => "NAME_2",
        }
    }
}

fn around(snippet: &Snippet, frame: &str) -> Option<String> {
    let (imports, body) = (&snippet.imports, &snippet.body);
    let is_hard = |text: &str| {
        let is_long = |token: &Token<'_>| token.kind == Kind::Text && token.text.contains('\n');
        text.contains("\\\n") || tokens(text).iter().any(is_long)
    };
    // A function in a class is a method, whose first parameter is something else.
    let is_method = frame.contains("class Job:\n    BODY") && body.contains("def ");
    let is_top = imports.contains("__future__") || (imports.contains('*') && frame.contains("    IMPORTS"));
    if is_hard(body) || is_method || is_top || (body.contains("await ") && !frame.contains("async ")) {
        return None;
    }
    let mut text = String::new();
    for line in frame.lines() {
        let place = line.trim_start();
        let depth = &line[..line.len() - place.len()];
        let lines = match place {
            "IMPORTS" => imports.as_str(),
            "BODY" => body.as_str(),
            _ => place,
        };
        lines.lines().for_each(|line| text.push_str(&format!("{depth}{line}\n")));
    }
    Some(text)
}

/// Whether a token is a name by which something is looked up: no attribute, no keyword of a call.
fn is_variable(tokens: &[Token<'_>], at: usize) -> bool {
    let is_keyword = || after(tokens, at) == "=" && depth(tokens, at) > 0;
    tokens[at].kind == Kind::Name && before(tokens, at) != "." && !is_keyword()
}

/// How many brackets are open at a place.
fn depth(tokens: &[Token<'_>], at: usize) -> usize {
    let count = |brackets: [&str; 3]| tokens[..at].iter().filter(|token| brackets.contains(&token.text)).count();
    count(["(", "[", "{"]).saturating_sub(count([")", "]", "}"]))
}

/// Whether names may stand in strings.
fn is_formatted(text: &str) -> bool {
    tokens(text).iter().any(|token| token.kind == Kind::Text && !token.text.starts_with(['"', '\'']))
}

fn variables_renamed(snippet: &Snippet) -> Option<String> {
    let body = &snippet.body;
    let all = tokens(body);
    let is_bound = |at: &usize| {
        let is_first = *at == 0 || all[*at - 1].text == "\n";
        let next: String = all[*at + 1..].iter().take(4).map(|token| token.text).collect();
        is_first && all[*at].kind == Kind::Name && next.starts_with(" = ")
    };
    let bound: Vec<_> = (0..all.len()).filter(is_bound).map(|at| all[at].text).collect();
    let rename = |tokens: &[Token<'_>], at: usize| {
        (bound.contains(&tokens[at].text) && is_variable(tokens, at)).then(|| format!("{}_2", tokens[at].text))
    };
    (!bound.is_empty() && !is_formatted(body)).then(|| format!("{}{}", snippet.imports, replace(body, rename)))
}

/// Each plain string that stands alone, put together from parts.
fn strings(snippet: &Snippet, together: &str) -> Option<String> {
    let change = |tokens: &[Token<'_>], at: usize| {
        let token = tokens[at];
        let is_quote = |text: &str| text.ends_with(['"', '\'']);
        let text = token.text.get(1..token.text.len() - 1).filter(|text| text.len() > 2 && text.is_ascii())?;
        let is_plain = token.text.starts_with(['"', '\'']) && !text.contains(['\\', '\n', '{', '}', '%', '"', '\'']);
        let (before, after) = (before(tokens, at), after(tokens, at));
        let is_documentation = matches!(before, "" | "\n" | ":") && matches!(after, "" | "\n");
        if token.kind != Kind::Text || !is_plain || is_quote(before) || is_quote(after) || is_documentation {
            return None;
        }
        let (a, b) = text.split_at(text.len() / 2);
        let codes: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let turned = format!("{:?}", text.chars().rev().collect::<String>());
        Some(
            tokens_of(together)
                .map(|part| match part {
                    "A" => format!("{a:?}"),
                    "B" => format!("{b:?}"),
                    "CODES" => codes.join(", "),
                    "HEX" => hex.clone(),
                    "TURNED" => turned.clone(),
                    _ => part.to_owned(),
                })
                .collect(),
        )
    };
    // In an f-string the same quotes may not stand once more, and a pattern must be a constant.
    let body = replace(&snippet.body, change);
    (body != snippet.body && !snippet.body.contains("match ")).then(|| format!("{}{body}", snippet.imports))
}

/// A template in words and what stands between them.
fn tokens_of(template: &str) -> impl Iterator<Item = &str> {
    template.split_inclusive(|c: char| !c.is_ascii_uppercase()).flat_map(|part| {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_uppercase());
        [word, &part[word.len()..]]
    })
}

/// Imports of modules under their own names.
fn plain_imports(snippet: &Snippet) -> Option<Vec<&str>> {
    let modules: Vec<_> = snippet.imports.lines().filter_map(|line| line.strip_prefix("import ")).collect();
    let is_plain = |name: &&str| name.chars().all(|c| c == '_' || c.is_alphanumeric());
    let all_plain = !modules.is_empty() && modules.iter().all(is_plain);
    (all_plain && !is_formatted(&snippet.body) && !snippet.imports.contains("__future__")).then_some(modules)
}

fn with_imports(snippet: &Snippet, change: impl Fn(&str) -> String) -> String {
    let line = |line: &str| line.strip_prefix("import ").map_or_else(|| line.to_owned(), &change) + "\n";
    snippet.imports.lines().map(line).collect()
}

fn imports_renamed(snippet: &Snippet) -> Option<String> {
    let modules = plain_imports(snippet)?;
    let rename = |tokens: &[Token<'_>], at: usize| {
        (modules.contains(&tokens[at].text) && is_variable(tokens, at)).then(|| format!("{}_2", tokens[at].text))
    };
    let imports = with_imports(snippet, |module| format!("import {module} as {module}_2"));
    Some(imports + &replace(&snippet.body, rename))
}

fn imports_called(snippet: &Snippet, first: &str, line: &str) -> Option<String> {
    plain_imports(snippet)?;
    let imports = with_imports(snippet, |module| line.replace("NAME", module).replace("KEY", &format!("{module:?}")));
    Some(format!("{first}\n{imports}{}", snippet.body))
}

/// Each `a.b.c(` with `a.b` and `c` put together in another way.
fn called(snippet: &Snippet, together: &str) -> Option<String> {
    let all = tokens(&snippet.body);
    let mut text = String::new();
    let mut at = 0;
    let mut count = 0;
    while at < all.len() {
        let mut end = at;
        if is_variable(&all, at) && !matches!(before(&all, at), "@" | "case") {
            let is_name = |at: usize| all.get(at).is_some_and(|token| token.kind == Kind::Name);
            while all.get(end + 1).is_some_and(|token| token.text == ".") && is_name(end + 2) {
                end += 2;
            }
        }
        // What attributes are named like is brought into a normal form, and strings are not.
        let is_call = end > at && all.get(end + 1).is_some_and(|token| token.text == "(") && all[end].text.is_ascii();
        if is_call {
            let object: String = all[at..end - 1].iter().map(|token| token.text).collect();
            // Only what is known to be a module has its functions in a table of its own.
            let is_module = tokens(&snippet.imports).iter().any(|token| token.text == object);
            if !is_module && (together.starts_with("OBJECT.__") || together.starts_with("vars")) {
                return None;
            }
            let (name, key) = (all[end].text, format!("{:?}", all[end].text));
            text.push_str(&together.replace("KEY", &key).replace("OBJECT", &object).replace("NAME", name));
            count += 1;
        } else {
            text.extend(all[at..=end].iter().map(|token| token.text));
        }
        at = end + 1;
    }
    (count > 0).then(|| format!("{}{text}", snippet.imports))
}
