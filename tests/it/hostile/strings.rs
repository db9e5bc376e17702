//! Strings and containers that grow faster than the code that builds them, or are looked through again and again.

use super::{Case, SIZE, numbered, quiet, told};

const BUDGET: &str = "python/budget";

pub(super) fn cases() -> Vec<Case> {
    let half = SIZE / 4;
    // A long string or list is assigned to `x`, and then used many times.
    let text = format!("import os\nx = '{}'\n", "a".repeat(half));
    let list = format!("x = [{}]\n", "1, ".repeat(half / 3));
    let keys = format!("x = {{{}}}\n", numbered(half, |at| format!("'a{at}': 1, ")));
    let many = |before: &str, line: &str| before.to_owned() + &line.repeat(half / line.len());
    let wide = |before: &str, open: &str, part: &str, close: &str| {
        format!("{before}y = {open}{}{close}\n", part.repeat(half / part.len()))
    };
    let doubled = |before: &str, line: &str| format!("{before}{}eval(x)\nos.system(x)\n", line.repeat(100));
    let mut cases = vec![
        told("double-plus", BUDGET, doubled("x = 'ab'\n", "x = x + x\n")),
        told("double-augmented", BUDGET, doubled("x = 'ab'\n", "x += x\n")),
        told("double-format", BUDGET, doubled("x = 'ab'\n", "x = '{}{}'.format(x, x)\n")),
        told("double-percent", BUDGET, doubled("x = 'ab'\n", "x = '%s%s' % (x, x)\n")),
        told("double-f-string", BUDGET, doubled("x = 'ab'\n", "x = f'{x}{x}'\n")),
        told("double-join", BUDGET, doubled("x = 'ab'\n", "x = x.join([x, x, x])\n")),
        told("double-replace", BUDGET, doubled("x = 'aa'\n", "x = x.replace('a', x)\n")),
        told("double-unknown", BUDGET, doubled("x = 'ab' + u\n", "x = x + x\n")),
        told("double-bytes", BUDGET, doubled("x = b'ab'\n", "x = x + x\n")),
        quiet("double-list", doubled("x = [1]\n", "x = [x, x]\n")),
        quiet("double-dict", doubled("x = {1: 1}\n", "x = {1: x, 2: x}\n")),
        quiet("double-tuple", doubled("x = (E,)\n", "x = (x, x)\n") + "try: y\nexcept x: pass\n"),
        told("times", BUDGET, "x = 'a' * 10 ** 10\ny = 10 ** 10 * 'ab'\nz = 'a' * (1 << 62)\n".to_owned()),
        quiet(
            "powers",
            "x = 9 ** 9 ** 9 ** 9\ny = (-1) ** 10 ** 10\nz = 1 << 10 ** 18\nw = 1 ** 4294967295\n".to_owned(),
        ),
        quiet(
            "widths",
            "x = '%99999999999999999999s' % y\nx = '%*.*s' % (10 ** 9, 1, y)\nx = f'{y:>{9 ** 9}}'\n".to_owned(),
        ),
        quiet("open-fields", format!("x = '{}'.format(1)\n", "{a".repeat(half / 2))),
        quiet("open-keys", format!("x = '{}' % {{}}\n", "%(a".repeat(half / 3))),
        quiet("strip-set", format!("{text}y = '{}a'\nx.strip(y)\n", "b".repeat(half))),
        told("import-name", BUDGET, format!("x = '{}a'\n{}", "a.".repeat(half / 2), "__import__(x)\n".repeat(1_000))),
        told("keys-of-percent", BUDGET, wide(&keys, "'", "%(b)s", "' % x")),
        quiet("keys-looked-up", many(&keys, "x['b']\n")),
        quiet("items-of-list", many(&list, "x[-1]\n")),
        quiet("except-list", many(&list, "try: y\nexcept x: pass\n")),
        told("list-sliced", BUDGET, many(&list, "x[1:]\n")),
        told("list-passed", BUDGET, many(&list, "f(*x)\n")),
        told("keys-passed", BUDGET, many(&keys, "f(**x)\n")),
        told("list-sums", BUDGET, many(&format!("x = [{}]\n", "1, ".repeat(2_000)), "x + x\n")),
    ];
    for (name, open, part, close) in [
        ("wide-join", "x.join([", "x, ", "])"),
        ("wide-format", "'", "{0}", "'.format(x)"),
        ("wide-percent", "'%s' % (", "x, ", ")"),
        ("wide-sum", "[", "x + x, ", "]"),
        ("wide-path", "os.path.join(", "x, ", ")"),
        ("wide-replace", "x.replace('a', '", "ab", "')"),
    ] {
        let rule = (name != "wide-percent").then_some(BUDGET);
        cases.push(Case { name, reported_by: rule, text: wide(&text, open, part, close) });
    }
    for (name, line) in [
        ("sliced", "x[1:2]\n"),
        ("lowered", "x.lower()\n"),
        ("split", "x.split('a')\n"),
        ("decoded", "x.encode().decode()\n"),
        ("percented", "x % 1\n"),
        ("looked-at", "os.system(x)\n"),
        ("bound", "y = x\n"),
        ("opened", "open(x)\n"),
    ] {
        cases.push(told(name, BUDGET, many(&text, line)));
    }
    cases
}
