//! [Pipfile](https://pipenv.pypa.io/en/latest/pipfile.html): what a project asks for, in TOML.

use super::tree::{Node, Tree};
use super::{Entry, Packages, Registry, wish};
use crate::rule::Format;

/// Tables that speak of something else.
const OTHERS: &[&str] = &["source", "requires", "scripts", "pipenv", "pipfile"];

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Toml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    // Any other table is a category of packages.
    for category in top.children().filter(|table| table.is_map() && !OTHERS.contains(&table.name())) {
        let is_development = category.name() != "packages";
        let entries = category.children().flat_map(wish::entries);
        packages.entries.extend(entries.map(|entry| Entry { is_development, ..entry }));
    }
    // Packages are from the first one, unless they name another.
    let searches_all = top.below(&["pipenv", "install_search_all_sources"]).and_then(Node::text) == Some("true");
    for (number, url) in top.all_below(&["source", "*", "url"]).into_iter().enumerate() {
        let text = url.text().unwrap_or_default();
        let is_extra = searches_all && number > 0;
        packages.registries.push(Registry { url: text.to_owned(), span: url.span_of(text), is_extra });
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::super::trial::{survives, told};
    use super::*;

    const TEXT: &str = "[[source]]\nurl = \"https://example.com/simple\"\nname = \"own\"\n\n[[source]]\nurl = 'https://example.org/simple'\n\n[packages]\nalpha = \"==1.0\"\nbeta = {version = \">=2\", extras = [\"x\"]}\ngamma = {git = \"https://example.com/gamma.git\", ref = \"main\"}\ndelta = {file = \"https://example.com/delta-1.whl\"}\nhere = {path = \".\", editable = true}\nany = \"*\"\n\n[dev-packages]\nepsilon = \"==3.*\"\n\n[docs]\nzeta = \"~=4.0\"\n\n[pipenv]\ninstall_search_all_sources = true\n";

    #[test]
    fn tables_are_packages() {
        assert_eq!(
            told(TEXT, &read(TEXT)),
            "9 alpha =1.0 `alpha = \"==1.0\"`
10 beta >=2 `beta`
11 gamma git https://example.com/gamma.git `gamma`
12 delta url https://example.com/delta-1.whl `delta`
13 here path `here`
14 any * `any = \"*\"`
17 epsilon ==3.* dev `epsilon = \"==3.*\"`
20 zeta ~=4.0 dev `zeta = \"~=4.0\"`
registry 2 https://example.com/simple
extra registry 6 https://example.org/simple
"
        );
        survives(TEXT, read);
    }
}
