//! Callables that something carries: the call is found where it happens, whatever handed the callable over.

use portcullis::inspect::Inspector;
use portcullis::pack::Pack;
use portcullis::python;
use portcullis::source::Kind;

/// The lines on which a rule finds something when the gate judges.
fn lines_of(rule: &str, text: &str) -> Vec<u32> {
    let pack = Pack::builtin();
    let wanted = pack.position(rule).expect("a rule");
    let inspector = Inspector::new(&pack, |index| index == wanted);
    let examine = || inspector.examine(&"a.py".into(), Kind::Python, text.as_bytes().to_vec());
    let examined = python::on_large_stack(examine).expect("a thread");
    examined.findings.iter().map(|finding| finding.place.start.line).collect()
}

/// Whether a rule finds something on the last line.
fn is_found_at_the_end(rule: &str, text: &str) -> bool {
    lines_of(rule, text).contains(&(text.lines().count() as u32))
}

#[test]
fn the_fields_of_templates_are_looked_up() {
    for text in [
        "def f(): pass\nprint('{0.__globals__}'.format(f))\n",
        "def f(): pass\nprint('{f.__glo' 'bals__[key]}'.format(f=f))\n",
        "def f(): pass\nprint('{{}}{} {f.__globals__}'.format_map({'f': f}))\n",
        "def f(): pass\nshow = '{.__globals__}'.format\nprint(show(f))\n",
        "def f(): pass\nprint(str.format('{:{0.__globals__}}', f))\n",
        "import string\ndef f(): pass\nstring.Formatter().vformat('{0.__globals__}', (f,), {})\n",
        "import string\ndef f(): pass\nstring.Formatter().get_field('0.__globals__', (f,), {})\n",
    ] {
        assert!(is_found_at_the_end("any/introspects", text), "{text}");
    }
    for text in [
        "print('{0.name} {row[id]} {{x.__globals__}}'.format(f, row=row))\n",
        "def show(template, n):\n    return template.format(n=n, name='a')\nshow('{n.__x}', 1)\n",
    ] {
        assert_eq!(lines_of("any/introspects", text), [0; 0], "{text}");
    }
}

#[test]
fn annotations_that_are_texts_run_when_they_are_asked_for() {
    for text in [
        "import typing\ndef f(a: \"eval(input())\"): pass\ntyping.get_type_hints(f)\n",
        "import typing\nclass A:\n    x: \"list[eval(input())]\"\ntyping.get_type_hints(A)\n",
        "import typing\nclass A: pass\nA.__annotations__ = {'x': 'eval(input())'}\ntyping.get_type_hints(A)\n",
        "import inspect\ndef f() -> \"eval(input())\": pass\ninspect.signature(f, eval_str=True)\n",
        "import typing\nr = typing.ForwardRef('eval(input())')\nr._evaluate({}, {})\n",
    ] {
        assert!(is_found_at_the_end("any/runs-code", text), "{text}");
    }
    for text in [
        "import inspect\ndef f() -> \"eval(input())\": pass\ninspect.signature(f)\n",
        "import typing\ndef f(a: \"list[int]\"): pass\ntyping.get_type_hints(f)\n",
    ] {
        assert_eq!(lines_of("any/runs-code", text), [0; 0], "{text}");
    }
}

#[test]
fn containers_of_the_standard_library_give_back_what_they_hold() {
    for text in [
        "import os, queue\nq = queue.Queue()\nq.put(os.system)\nf = q.get()\nf(input())\n",
        "import os, contextvars\nv = contextvars.ContextVar('v', default=os.system)\nv.get()(input())\n",
        "import os, collections\nd = collections.defaultdict(lambda: os.system)\nd['x'](input())\n",
        "import os, collections\nd = collections.defaultdict(list)\nd['x'].append(os.system)\nd['x'][0](input())\n",
        "import os, collections\nm = collections.ChainMap({}, vars(os))\nm['system'](input())\n",
        "import os, collections\nm = collections.OrderedDict()\nm['f'] = os.system\nm['f'](input())\n",
        "import os, collections\nm = collections.deque()\nm.append(os.system)\nm[0](input())\n",
        "import os, collections\nOp = collections.namedtuple('Op', 'name fn')\nOp('a', os.system).fn(input())\n",
        "import os, collections\nOp = collections.namedtuple('Op', ['name', 'fn'])\nOp('a', os.system)[1](input())\n",
        "import os, argparse\np = argparse.ArgumentParser()\np.set_defaults(func=os.system)\np.parse_args().func(input())\n",
        "import os\nclass Table(dict): pass\nt = Table()\nt['f'] = os.system\nt['f'](input())\n",
        "import os\nclass Table(dict):\n    def __missing__(self, key): return getattr(os, key)\nTable()['system'](input())\n",
    ] {
        assert!(is_found_at_the_end("python/os-system", text), "{text}");
    }
}

#[test]
fn classes_and_functions_give_what_they_were_given() {
    for text in [
        "import os\ndef f(): pass\nf.run = os.system\nf.run(input())\n",
        "import os\nclass A:\n    __lshift__ = staticmethod(os.system)\nA() << input()\n",
        "import os\nclass A: pass\nA.__class_getitem__ = os.system\nA[input()]\n",
        "import os, enum\nclass A(enum.Enum):\n    RUN = os.system\nA.RUN.value(input())\n",
        "import os\nclass M(type):\n    def __getattr__(cls, name): return getattr(os, name)\nclass A(metaclass=M): pass\nA.system(input())\n",
        "import os, functools\n@functools.singledispatch\ndef f(x): pass\nf.register(str, os.system)\nf(input())\n",
        "import os\nclass E(Exception): pass\ntry:\n    raise E(os.system)\nexcept E as e:\n    e.args[0](input())\n",
        "import os\ntry:\n    raise ValueError(os.system, 1)\nexcept ValueError as e:\n    f, n = e.args\n    f(input())\n",
        "import os, builtins\nbuiltins.len = os.system\nlen(input())\n",
        "import os\nglobals().update(go=os.system)\ngo(input())\n",
    ] {
        assert!(is_found_at_the_end("python/os-system", text), "{text}");
    }
    let text = "import os\nclass M(type):\n    def __call__(cls, x): return cls.run(x)\nclass A(metaclass=M):\n    run = os.system\nA(input())\n";
    assert_eq!(lines_of("python/os-system", text), [3]);
}
