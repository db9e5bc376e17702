//! Manifests of every tool, by what stands at which place.

use super::super::trial::{survives, told};
use super::read;

fn table(text: &str) -> String {
    survives(text, read);
    told(text, &read(text))
}

#[test]
fn the_tables_of_the_standards() {
    let text = "[build-system]\nrequires = [\"hatchling==1.2\", 'wheel']\n\n[project]\nname = \"Own.Thing\"\ndependencies = [\n  \"alpha==1.0\",\n  'beta[x] >=2,<3 ; python_version < \"3.9\"',\n  \"gamma @ git+https://example.com/g.git@0123456789abcdef0123456789abcdef01234567\",\n  \"delta===4\", # why\n  \"epsilon==1.*\",\n  \"not one\",\n]\n\n[project.optional-dependencies]\nx = [\"zeta\", \"own-thing[y]\"]\n\n[dependency-groups]\ntest = [\"eta~=1.0\", {include-group = \"Lint_All\"}]\nlint-all = [\"theta==5\", {include-group = \"none\"}]\n";
    assert_eq!(
        table(text),
        "2 hatchling =1.2 `hatchling==1.2`
2 wheel `wheel`
7 alpha =1.0 `alpha==1.0`
8 beta >=2,<3 `beta[x] >=2,<3`
9 gamma git https://example.com/g.git at a commit `gamma @ git+https://example.com/g.git@0123456789abcdef0123456789abcdef01234567`
10 delta =4 `delta===4`
11 epsilon ==1.* `epsilon==1.*`
16 zeta `zeta`
16 own-thing path `own-thing[y]`
19 eta ~=1.0 dev `eta~=1.0`
20 theta =5 dev `theta==5`
problem 12 this is no requirement that pip takes `not one`
problem 20 there is no group `none` `none`
"
    );
}

#[test]
fn groups_in_a_ring_are_told_once() {
    let text = "[dependency-groups]\na = [{include-group = \"b\"}, {include-group = \"c\"}]\nb = [{include-group = \"c\"}]\nc = [{include-group = \"a\"}]\nd = [{include-group = \"d\"}, {include-group = \"a\"}]\n";
    assert_eq!(
        table(text),
        "problem 4 the group `a` takes itself in by this `a`\nproblem 5 the group `d` takes itself in by this `d`\n"
    );
}

#[test]
fn the_tables_of_poetry() {
    let text = "[tool.poetry.dependencies]\npython = \"^3.9\"\nalpha = \"==1.0\"\nbeta = \"^2.0\"\ngamma = { version = \"~3.1\", extras = [\"x\"] }\ndelta = { git = \"https://example.com/d.git\", rev = \"0123456789abcdef0123456789abcdef01234567\" }\nepsilon = { git = \"https://example.com/e.git\", branch = \"main\" }\nzeta = { url = \"https://example.com/z.whl\" }\neta = { path = \"../eta\" }\ntheta = [\n  { version = \"==1.0\", python = \"<3.9\" },\n  { version = \">=2\" },\n]\n\n[tool.poetry.dev-dependencies]\niota = \"*\"\n\n[tool.poetry.group.docs.dependencies]\nkappa = \"==1.0,!=2\"\n\n[[tool.poetry.source]]\nname = \"own\"\nurl = \"https://example.com/simple\"\npriority = \"supplemental\"\n";
    assert_eq!(
        table(text),
        "3 alpha =1.0 `alpha = \"==1.0\"`
4 beta ^2.0 `beta = \"^2.0\"`
5 gamma ~3.1 `gamma`
6 delta git https://example.com/d.git at a commit `delta`
7 epsilon git https://example.com/e.git `epsilon`
8 zeta url https://example.com/z.whl `zeta`
9 eta path `eta`
11 theta =1.0 `version = \"==1.0\"`
12 theta >=2 `version = \">=2\"`
16 iota * dev `iota = \"*\"`
19 kappa =1.0 dev `kappa = \"==1.0,!=2\"`
extra registry 23 https://example.com/simple
"
    );
}

#[test]
fn the_tables_of_others() {
    let text = "[project]\ndependencies = [\"alpha==1\", \"Beta_B>=2\", \"gamma\", \"delta\", \"self @ {root:uri}/self\"]\n\n[tool.uv]\ndev-dependencies = [\"epsilon==1\"]\nextra-index-url = [\"https://example.com/more\"]\n\n[tool.uv.sources]\nalpha = { url = \"https://example.com/a.whl\" }\nbeta-b = [{ git = \"https://example.com/b.git\", marker = \"x\" }, { index = \"own\" }]\ngamma = { workspace = true }\ndelta = { index = \"own\" }\n\n[[tool.uv.index]]\nname = \"own\"\nurl = \"https://example.com/simple\"\nexplicit = true\n\n[[tool.uv.index]]\nurl = \"https://example.org/simple\"\n\n[tool.pdm.dev-dependencies]\ntest = [\"zeta>=1\", \"-e file:///x#egg=x\"]\n\n[tool.hatch.envs.lint]\ndependencies = [\"eta==2\"]\n\n[tool.setuptools.dynamic]\ndependencies = { file = [\"base.list\"] }\noptional-dependencies.x = { file = \"x.list\" }\n";
    assert_eq!(
        table(text),
        "2 alpha =1 url https://example.com/a.whl `alpha==1`
2 Beta_B >=2 git https://example.com/b.git `Beta_B>=2`
2 gamma path `gamma`
2 delta `delta`
2 self path `self @ {root:uri}/self`
23 zeta >=1 dev `zeta>=1`
5 epsilon =1 dev `epsilon==1`
26 eta =2 dev `eta==2`
29 takes in base.list
30 takes in x.list
registry 16 https://example.com/simple
extra registry 20 https://example.org/simple
extra registry 6 https://example.com/more
"
    );
}

#[test]
fn what_stands_before_a_mistake_is_read() {
    let text = "[project]\ndependencies = [\"alpha==1.0\"]\noptional-dependencies.x = [\"beta\n[tool.uv]\ndev-dependencies = [\"gamma\"]\n";
    let told = told(text, &read(text));
    assert!(told.starts_with("2 alpha =1.0 `alpha==1.0`\nproblem 3 it is no TOML from here on"), "{told}");
}
