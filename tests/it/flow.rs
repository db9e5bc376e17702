//! Values where control flow parts and meets: what a finding needs must not be lost on the way.

use portcullis::inspect::Inspector;
use portcullis::pack::Pack;
use portcullis::python;
use portcullis::source::LineIndex;

/// The lines on which a rule finds something.
fn lines_of(rule: &str, text: &str) -> Vec<u32> {
    let pack = Pack::builtin();
    let wanted = pack.position(rule).expect("a rule");
    let inspector = Inspector::new(&pack, |index| index == wanted);
    let hits = python::on_large_stack(|| inspector.python(text)).expect("a thread");
    let lines = LineIndex::new(text);
    hits.iter().map(|hit| lines.line(hit.span.start)).collect()
}

#[test]
fn what_a_jump_leaves_behind_is_seen_after_the_block() {
    for text in [
        "import os\ndef g(xs, cmd):\n    for x in xs:\n        if x: f = os.system; break\n    f(cmd)\n",
        "import os\ndef g(c):\n    while True:\n        if c: f = os.popen; break\n    else: f = os.system\n    f(c)\n",
        "import os\ndef g(x):\n    cmd = 'ls'\n    try:\n        if x: cmd = x; raise KeyError\n    except KeyError: pass\n    os.system(cmd)\n",
        "import os\ndef g(xs):\n    for x in xs:\n        if x: cmd = f'rm {x}'; break\n    else: cmd = 'ls'\n    os.system(cmd)\n",
    ] {
        let last = text.lines().count() as u32;
        assert_eq!(lines_of("python/os-system", text), [last], "{text}");
    }
}

#[test]
fn a_later_round_of_a_loop_may_have_another_value() {
    for text in [
        "import os\ncmd = 'ls'\nwhile True:\n    os.system(cmd)\n    cmd = input()\n",
        "import os\ncmd = 'ls'\nfor m in ms:\n    os.system(cmd)\n    match m:\n        case {'c': cmd}: pass\n",
    ] {
        let line = 1 + text.lines().position(|line| line.contains("os.system(")).expect("a call") as u32;
        assert_eq!(lines_of("python/os-system", text), [line], "{text}");
    }
}

#[test]
fn what_is_added_in_place_counts() {
    for text in [
        "import os\ncfg = {'cmd': 'ls '}\ncfg['cmd'] += input()\nos.system(cfg['cmd'])\n",
        "import os\nclass A:\n    def __init__(self, user):\n        self.cmd = 'ls '\n        self.cmd += user\n        os.system(self.cmd)\n",
    ] {
        let last = text.lines().count() as u32;
        assert_eq!(lines_of("python/os-system", text), [last], "{text}");
    }
}

#[test]
fn what_only_type_checkers_should_see_is_seen_all_the_same() {
    let text = "import typing\ntyping.TYPE_CHECKING = 1\nif typing.TYPE_CHECKING:\n    exec(input())\n";
    assert_eq!(lines_of("python/exec", text), [4]);
}

#[test]
fn the_first_iterable_of_a_comprehension_is_the_class_s_own() {
    let text = "import os\nclass A:\n    fs = [os.system]\n    x = [f(cmd) for f in fs]\n";
    assert_eq!(lines_of("python/os-system", text), [4]);
}

#[test]
fn an_index_that_is_not_known_picks_any() {
    for text in ["import os\n[os.system, print][i](cmd)\n", "import os\n{'a': os.system, 'b': print}[k](cmd)\n"] {
        assert_eq!(lines_of("python/os-system", text), [2], "{text}");
    }
}

#[test]
fn what_calls_itself_for_ever_ends() {
    let text = "class A: pass\nA.__call__ = A()\nA()()\neval(x)\n";
    assert_eq!(lines_of("python/eval", text), [4]);
}

#[test]
fn combinations_of_alternatives_are_not_all_tried() {
    let names: Vec<String> = (0..40).map(|at| format!("a{at}")).collect();
    let choices: String = names.iter().map(|name| format!("{name} = 1 if x else 2\n")).collect();
    let text = format!("import struct\n{choices}y = struct.pack('40B', {})\neval(y)\n", names.join(", "));
    assert_eq!(lines_of("python/eval", &text), [43]);
}
