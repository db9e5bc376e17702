//! What every reader must do: exact places, problems instead of failures, linear time, bounded memory.

use super::*;

/// Every setting as `path=text`, each with the text at its places: `key|value`.
fn told(format: Format, text: &str) -> Vec<String> {
    let settings = read(format, text);
    assert_eq!(settings.problems, [], "{text}");
    lines(&settings, text)
}

fn lines(settings: &Settings<'_>, text: &str) -> Vec<String> {
    let lines = settings.all().filter_map(|(id, setting)| {
        let (Value::Text(value) | Value::Computed(value)) = &setting.value else { return None };
        let key = setting.key_span.map_or("", |span| &text[span.range()]);
        Some(format!("{}={value} {key}|{}", path(settings, id), &text[setting.span.range()]))
    });
    lines.collect()
}

fn path(settings: &Settings<'_>, id: Id) -> String {
    let setting = settings.get(id);
    let Some(parent) = setting.parent else { return String::new() };
    let above = path(settings, parent);
    let key = match &setting.key {
        Key::Document => "?".to_owned(),
        Key::Name(name) => name.to_string(),
        Key::Position(position) => position.to_string(),
    };
    if above.is_empty() { key } else { format!("{above}.{key}") }
}

#[test]
fn yaml() {
    let text = "a: &x {b: 'é 1', c: \"q\"} # no\nlist:\n  - one\n  - k: |\n      two\n      lines\n  - *x\nm:\n  <<: *x\n  b: own\n---\nä: ${V}\n";
    assert_eq!(
        told(Format::Yaml, text),
        [
            "a.b=é 1 b|'é 1'",
            "a.c=q c|\"q\"",
            "list.0=one |one",
            "list.1.k=two\nlines\n k|two\n      lines",
            "list.2.b=é 1 b|'é 1'",
            "list.2.c=q c|\"q\"",
            "m.b=own b|own",
            "m.c=q c|\"q\"",
            "ä=${V} ä|${V}",
        ]
    );
    assert_eq!(
        told(Format::Yaml, "a: true\r\nb:\r\n  - é\r\n  - y # c\r\n"),
        ["a=true a|true", "b.0=é |é", "b.1=y |y"]
    );
}

#[test]
fn templates_in_yaml_are_no_fault() {
    let text = "{{- if .Values.a }}\nimage: {{ .Values.image }}\nspec:\n  {{- toYaml .Values.x | nindent 2 }}\n  privileged: true\n{{- end }}\n{% for x in y %}\n- {{ x }}: 1\n{% endfor %}\n";
    let text = text.split("{% for").next().unwrap_or_default();
    assert_eq!(
        told(Format::Yaml, text),
        ["image={{ .Values.image }} image|{{ .Values.image }}", "spec.privileged=true privileged|true"]
    );
}

#[test]
fn json() {
    let text =
        "\u{feff}// c\n{\"a\\u00e9\\ud83d\\ude00\": [1, true, null, \"x\\\"y\"], /* c */ \"b\": {\"c\": -1.5e3,},}";
    assert_eq!(
        told(Format::Json, text),
        ["aé😀.0=1 |1", "aé😀.1=true |true", "aé😀.2=null |null", "aé😀.3=x\"y |\"x\\\"y\"", "b.c=-1.5e3 \"c\"|-1.5e3"]
    );
}

#[test]
fn toml() {
    let text = "a.b = 'x'\n[t]\nn = 0x1F\nl = [true, {k = \"v\"}]\n[[u]]\nd = 2020-01-01\n";
    assert_eq!(
        told(Format::Toml, text),
        ["a.b=x b|'x'", "t.n=1F n|0x1F", "t.l.0=true |true", "t.l.1.k=v k|\"v\"", "u.0.d=2020-01-01 d|2020-01-01"]
    );
}

#[test]
fn ini() {
    let text = "top = 1\r\n[global] ; c\nextra-index-url =\n    https://a/x # c\n    https://b/y\nverify: no\nquoted = \"a # b\" # c\n[http \"https://h\"]\n\tsslVerify = false\n\tproxy = p\n//r/:_auth=x\nexport K='v'\nflag\n";
    assert_eq!(
        told(Format::Ini, text),
        [
            "top=1 top|1",
            "global.extra-index-url.0=https://a/x |https://a/x",
            "global.extra-index-url.1=https://b/y |https://b/y",
            "global.verify=no verify|no",
            "global.quoted=a # b quoted|\"a # b\"",
            "http.https://h.sslVerify=false sslVerify|false",
            "http.https://h.proxy=p proxy|p",
            "http.https://h.//r/:_auth=x //r/:_auth|x",
            "http.https://h.K=v K|'v'",
            "http.https://h.flag= flag|",
        ]
    );
}

#[test]
fn properties() {
    let text = "# c\n! c\na.b.c=1\na.b.d : x y\\\n  z\nplain value\n";
    assert_eq!(
        told(Format::Properties, text),
        ["a.b.c=1 a.b.c|1", "a.b.d=x y  z a.b.d|x y\\\n  z", "plain=value plain|value"]
    );
}

#[test]
fn words() {
    let text = "# c\nPermitRootLogin yes\nlisten_addresses = '*'  # all\nhost all all 0.0.0.0/0 trust\nlone\n";
    assert_eq!(
        told(Format::Words, text),
        [
            "PermitRootLogin=yes PermitRootLogin|yes",
            "listen_addresses=* listen_addresses|'*'",
            "host=all all 0.0.0.0/0 trust host|all all 0.0.0.0/0 trust",
            "lone= lone|",
        ]
    );
}

#[test]
fn dockerfile() {
    let text = "# escape=\\\nARG V=1\nFROM --platform=x img:1 AS Base\nUSER app\nENV A=b C=\"d e\"\nENV old way\nRUN a \\\n  # é\n\n  && b\nRUN <<EOF\nx\nEOF\nFROM base\nEXPOSE 22 80/tcp\nCMD [\"sh\", \"-c\"]\n";
    assert_eq!(
        told(Format::Dockerfile, text),
        [
            "global.arg.V=1 V|1",
            "0.from=img:1 FROM|img:1",
            "0.user=app USER|app",
            "0.env.A=b A|b",
            "0.env.C=d e C|\"d e\"",
            "0.env.old=way old|way",
            "0.run=a             && b RUN|a \\\n  # é\n\n  && b",
            "0.run=<<EOF\nx\nEOF RUN|<<EOF\nx\nEOF",
            "final.extends=base FROM|base",
            "final.expose=22 EXPOSE|22",
            "final.expose=80/tcp EXPOSE|80/tcp",
            "final.cmd=  sh    -c   CMD|[\"sh\", \"-c\"]",
            "0.runs-as=app USER|app",
            "final.runs-as=app USER|app",
        ]
    );
}

#[test]
fn hcl() {
    let text = "resource \"aws_x\" \"n\" {\n  a = \"s\" # c\n  ref = var.v\n  t = \"x${var.v}\"\n  ingress {\n    ports = [22, 80]\n  }\n  ingress {\n    self = true\n  }\n  policy = jsonencode({ Action = \"*\", \"k\" : 1 })\n}\n";
    assert_eq!(
        told(Format::Hcl, text),
        [
            "resource.aws_x.n.a=s a|\"s\"",
            "resource.aws_x.n.ref=var.v ref|var.v",
            "resource.aws_x.n.t=\"x${var.v}\" t|\"x${var.v}\"",
            "resource.aws_x.n.ingress.0.ports.0=22 |22",
            "resource.aws_x.n.ingress.0.ports.1=80 |80",
            "resource.aws_x.n.ingress.1.self=true self|true",
            "resource.aws_x.n.policy.Action=* Action|\"*\"",
            "resource.aws_x.n.policy.k=1 \"k\"|1",
        ]
    );
}

#[test]
fn nginx() {
    let text = "# c\nserver {\n  listen 80;\n  add_header X \"a; b\" always;\n  location ~ ^/x$ { alias '/y/'; set $a ${b}c; }\n  content_by_lua_block { if x then y = {} end }\n}\n";
    assert_eq!(
        told(Format::Nginx, text),
        [
            "server.listen=80 listen|80",
            "server.add_header=X \"a; b\" always add_header|X \"a; b\" always",
            "server.location.argument=~ ^/x$ location ~ ^/x$|~ ^/x$",
            "server.location.alias=/y/ alias|'/y/'",
            "server.location.set=$a ${b}c set|$a ${b}c",
        ]
    );
}

#[test]
fn apache() {
    let text = "ServerTokens Full\n<VirtualHost *:80>\n  Header set A \\\n    \"b\"\n  <Directory \"/x\">\n    Options Indexes\n  </Directory>\n</VirtualHost>\n";
    assert_eq!(
        told(Format::Apache, text),
        [
            "ServerTokens=Full ServerTokens|Full",
            "VirtualHost.argument=*:80 <VirtualHost *:80>|*:80",
            "VirtualHost.Header=set A      \"b\" Header|set A \\\n    \"b\"",
            "VirtualHost.Directory.argument=/x <Directory \"/x\">|\"/x\"",
            "VirtualHost.Directory.Options=Indexes Options|Indexes",
        ]
    );
}

#[test]
fn xml() {
    let text = "<?xml version=\"1.0\"?>\n<a xmlns:x=\"u\"><b x:c=\"1 &amp; 2\">t</b><d> text </d><!-- c --></a>";
    assert_eq!(told(Format::Xml, text), ["a.b.c=1 & 2 x:c|1 &amp; 2\"", "a.d=text d| text "]);
    // What stands before the fault is told, if it was whole.
    let before = "<a><!-- > --><b c='>'><d>e</d>";
    for rest in ["", "<f", "<f g='", "<f>h", "</a>", "<f>h</f", "<![CDATA[", "&no;</b></a>"] {
        let text = format!("{before}{rest}");
        let settings = read(Format::Xml, &text);
        assert_eq!(settings.problems.len(), 1, "{rest}");
        assert_eq!(lines(&settings, &text), ["a.b.c=> c|>'", "a.b.d=e d|e"], "{rest}");
    }
}

const FORMATS: [Format; 11] = [
    Format::Apache,
    Format::Dockerfile,
    Format::Hcl,
    Format::Ini,
    Format::Properties,
    Format::Json,
    Format::Nginx,
    Format::Toml,
    Format::Words,
    Format::Xml,
    Format::Yaml,
];

/// Texts that are hard on one reader or another, each as long as is asked for.
fn hostile(size: usize) -> Vec<String> {
    let mut texts: Vec<String> = [
        "[",
        "{",
        "{\"a\":",
        "- ",
        "a: ",
        "<a>",
        "<a ",
        "a {",
        "(",
        "\"",
        "'",
        "\\",
        "\\\n",
        "#",
        "\n",
        "a.",
        "=",
        ":",
        "<<EOF\n",
        "${",
        "{{",
        "!",
        "&a ",
        "*a ",
        "? ",
        "%",
        "---\n",
        "\u{feff}",
        "é",
        "\r",
        "\t",
        "a = [",
        "a b {\n",
        "RUN \\\n#\n",
        "FROM a\n",
        "[a]\n",
        "a=1\n",
        "a: 1\n",
        "a 1;\n",
        "\"a\":1,",
        "-1?",
        "a=!",
        "x = a ? b : ",
        "x = -",
        "]",
        "}",
        "<a/>",
        "</a>",
        "<![CDATA[",
        "&lt;",
        "<!--",
        "a=b\n c\n",
        "a: |\n",
        "a: >\n ",
        "{a,",
        "[a,",
        "ENV ",
        "a=\"${\"${",
    ]
    .iter()
    .map(|part| part.repeat(size / part.len() + 1))
    .collect();
    let lines = |line: fn(usize) -> String| (0..size / 10).map(line).collect::<String>();
    texts.push(lines(|n| format!("k{n}: v\n")));
    texts.push(lines(|n| format!("k{n} = 1\n")));
    texts.push(lines(|n| format!("a.b{n}=c\n")));
    texts.push(lines(|n| format!("FROM a AS s{n}\n")));
    texts.push(format!("{{{}}}", lines(|n| format!("\"k{n}\": 1,\n"))));
    // Aliases that stand for what is made of aliases, and one that is merged again and again.
    texts.push(lines(|n| if n == 0 { "a0: &a0 [x]\n".into() } else { format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1) }));
    texts.push(lines(|n| if n == 0 { "a0: &a0 {k: x}\n".into() } else { format!("a{n}: &a{n} {{k: *a{}}}\n", n - 1) }));
    texts.push(format!("a: &a {{{}}}\nb:\n  <<: [{}]\n", lines(|n| format!("k{n}: 1, ")), "*a, ".repeat(size / 10)));
    texts.push("a: &a [*a, *a]\n".to_owned());
    texts.push("a: &a {<<: *a, b: *a}\n".to_owned());
    texts
}

#[test]
fn nothing_fails_on_any_text() {
    let samples = [
        include_str!("tests.rs"),
        "a: &x {b: 'é 1', c: \"q\"}\nm:\n  <<: *x\n---\nä: ${V}\n",
        "{\"a\\u00e9\\ud83d\\ude00\": [1, true, null, \"x\\\"y\"], /* c */ \"b\": {\"c\": -1.5e3,},}",
        "FROM x AS é\nRUN a \\\n  # é\n  && b <<EOF\nx\nEOF\nENV a=\"é\" b\nONBUILD RUN x\n",
        "server { listen 80; location ~ \"é\" { alias '/y/'; } }",
        "<a x=\"é\"><b>t</b><d> text </d></a>",
    ];
    for sample in samples {
        let step = (sample.len() / 60).max(1);
        for at in (0..=sample.len()).step_by(step).map(|at| sample.floor_char_boundary(at)) {
            for format in FORMATS {
                check(format, &sample[..at]);
                check(format, &sample[at..]);
            }
        }
    }
    for text in hostile(3_000) {
        FORMATS.iter().for_each(|format| check(*format, &text));
    }
}

/// Reads, and looks at every place.
fn check(format: Format, text: &str) {
    let settings = read(format, text);
    let spans = settings
        .all()
        .flat_map(|(id, setting)| [setting.span, setting.key_span.unwrap_or_default(), settings.entry(id)]);
    let problems = settings.problems.iter().map(|problem| problem.span);
    for span in spans.chain(problems) {
        assert!(text.get(span.range()).is_some(), "{format:?} {span:?} {text:.300}");
    }
    let depth = |id| std::iter::successors(Some(id), |id| settings.get(*id).parent).count();
    assert!(settings.all().all(|(id, _)| depth(id) <= DEEPEST + 2), "{format:?} {text:.300}");
    assert!(settings.problems.len() < 2 + text.len(), "{format:?} {text:.300}");
}

#[test]
fn time_and_memory_are_linear() {
    for (number, text) in hostile(100_000).into_iter().enumerate() {
        for format in FORMATS {
            let started = std::time::Instant::now();
            let settings = read(format, &text);
            let taken = started.elapsed();
            assert!(taken.as_secs() < 5, "{format:?} took {taken:?} for text {number}: {text:.60}");
            assert!(settings.all.len() <= text.len() + 200_000, "{format:?} {number}");
        }
    }
}

#[test]
fn what_is_broken_is_told_with_its_place() {
    for (format, text, at) in [
        (Format::Json, "{\"a\": 1, !}", "!"),
        (Format::Yaml, "a: 1\nb: [1, 2\nc: 3\n", ":"),
        (Format::Toml, "a = 1\nb = = 2\n", "= 2"),
        (Format::Hcl, "a = 1\nb {\n", ""),
        (Format::Xml, "<a><b></a>", "</a>"),
        (Format::Nginx, "server {\n listen 80;\n", "server"),
        (Format::Apache, "<Directory /x>\nOptions None\n", "<Directory /x>"),
    ] {
        let settings = read(format, text);
        let places: Vec<_> = settings.problems.iter().map(|problem| &text[problem.span.start as usize..]).collect();
        assert_eq!(places.len(), 1, "{format:?} {:?}", settings.problems);
        assert!(places[0].starts_with(at), "{format:?} {:?} {}", settings.problems, places[0]);
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let settings = read(Format::Json, &deep);
    assert_eq!(settings.problems.len(), 1);
    assert_eq!(settings.all.len(), DEEPEST + 1);
}
