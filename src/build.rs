//! Parses and checks every built-in rule page and model, and writes the compact table that the binary carries.
//!
//! A page that a user would be refused is refused here too: it is the same code, which is why this script stands in `src/`.

// The build script shares the modules that say what a rule is, and uses only part of them.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod cell;
mod clause;
mod effect;
mod model;
mod name;
mod rule;
mod source;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};
use spelling::Fold;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let files = toml_files(&root.join("models/python"))?;
    let texts = files.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let mut models = model::Models::of_python(texts.iter().map(String::as_str))
        .map_err(|(at, problem)| in_file(&files[at], &problem))?;
    let places = root.join("models/places.toml");
    models.add_places(&fs::read_to_string(&places)?).map_err(|problem| in_file(&places, &problem))?;
    let programs = root.join("models/programs.toml");
    models.add_programs(&fs::read_to_string(&programs)?).map_err(|problem| in_file(&programs, &problem))?;

    let documents = root.join("models/documents.toml");
    models.add_documents(&fs::read_to_string(&documents)?).map_err(|problem| in_file(&documents, &problem))?;

    let (mut rules, mut prose) = (Vec::new(), String::new());
    let mut ranges = Vec::new();
    let mut titles = BTreeSet::new();
    for (id, path) in pages(&root)? {
        let page = rule::page::parse(&id, &fs::read_to_string(&path)?)
            .map_err(|e| format!("{}:{}: {}", path.display(), e.line, e.message))?;
        if !titles.insert(page.rule.title.clone()) {
            return Err(in_file(&path, "another page has the same title").into());
        }
        if let Some(place) = unknown_place(&page.rule.matcher, &models) {
            return Err(in_file(&path, &format!("rules/models/places.toml has no place `{place}`")).into());
        }
        if let Some(name) = models.unknown_document(&page.rule.matcher) {
            return Err(in_file(&path, &format!("rules/models/documents.toml has no document `{name}`")).into());
        }
        ranges.push(prose.len()..prose.len() + page.markdown.len());
        prose.push_str(&page.markdown);
        rules.push(page.rule);
    }
    for rule in &rules {
        if let rule::Match::Secret(secret) = &rule.matcher
            && let Some(beside) = &secret.beside
            && !rules.iter().any(|other| other.id == *beside)
        {
            return Err(format!("{}: there is no rule `{beside}` to stand beside", rule.id).into());
        }
    }
    let mut policies = Vec::new();
    for path in toml_files(&root.join("policy"))? {
        let policy = clause::Clauses::builtin(&fs::read_to_string(&path)?).map_err(|e| in_file(&path, &e))?;
        policies.push(policy);
    }
    policies.sort_by_key(|policy| policy.level);
    let table = postcard::to_stdvec(&(&rules, &ranges, &models))?;
    let policies = postcard::to_stdvec(&policies)?;
    let names = names(&root.join("names"))?;
    let digest = [&*table, prose.as_bytes(), &*policies, &*names]
        .into_iter()
        .fold(Sha256::new(), |sum, part| sum.chain_update(part));
    fs::write(out.join("pack.bin"), table)?;
    fs::write(out.join("pages.md"), prose)?;
    fs::write(out.join("policies.bin"), policies)?;
    fs::write(out.join("names.bin"), names)?;
    println!("cargo::rustc-env=RULES_SHA256={:x}", digest.finalize());
    Ok(())
}

/// The registries of which names are known, each with its list: the most popular names first.
const REGISTRIES: [(&str, Option<&str>); 4] =
    [("PyPI", Some("pypi.txt")), ("npm", Some("npm.txt")), ("RubyGems", Some("rubygems.txt")), ("crates.io", None)];

/// What a superseded package is told with.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Superseded {
    take: String,
    why: String,
}

/// The tables of names, sorted so that they are searched where they stand.
fn names(folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = folder.join("superseded.toml");
    let mut superseded: BTreeMap<String, BTreeMap<String, Superseded>> =
        toml::from_str(&fs::read_to_string(&path)?).map_err(|e| in_file(&path, &e.to_string()))?;
    let mut registries = Vec::new();
    for (registry, list) in REGISTRIES {
        let text = list.map(|list| fs::read_to_string(folder.join(list))).transpose()?.unwrap_or_default();
        let names: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let superseded = superseded.remove(registry).unwrap_or_default();
        let tables = spelling::FOLDS.map(|fold| table(fold, &names, &superseded, registry == "npm"));
        registries.push((registry, tables));
    }
    if let Some(registry) = superseded.keys().next() {
        return Err(in_file(&path, &format!("there is no registry `{registry}`")).into());
    }
    let text = fs::read_to_string(folder.join("imports.txt"))?;
    let imports = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let imports = imports.map(|(module, distributions)| ((module.into(), false), distributions.to_owned())).collect();
    Ok(postcard::to_stdvec(&(registries, indexed(imports)))?)
}

/// Keys with whether they have a scope, and values.
type Rows = BTreeMap<(Vec<u8>, bool), String>;

/// Lines `key value`, behind how many there are and where each begins.
fn indexed(rows: Rows) -> Vec<u8> {
    let (mut starts, mut lines): (Vec<u32>, Vec<u8>) = (Vec::new(), Vec::new());
    for ((key, _), value) in rows {
        starts.push(lines.len() as u32);
        lines.extend([&*key, b" ", value.as_bytes(), b"\n"].concat());
    }
    let count = [starts.len() as u32];
    let header = count.iter().chain(&starts).flat_map(|number| number.to_le_bytes());
    header.chain(lines).collect()
}

/// Lines `key value`, sorted. Of several names with one key the most popular stays: one with a scope and one without.
fn table(fold: Fold, names: &[&str], superseded: &BTreeMap<String, Superseded>, of_javascript: bool) -> Vec<u8> {
    let mut rows = Rows::new();
    if fold == Fold::Superseded {
        let row = |(name, Superseded { take, why }): (&String, &Superseded)| {
            ((name.clone().into_bytes(), false), format!("{take}\t{why}"))
        };
        rows.extend(superseded.iter().map(row));
    }
    let until = if fold == Fold::Name { names.len() } else { spelling::IMITATED };
    for (rank, name) in names.iter().enumerate().take(until) {
        let forms = || spelling::forms(name, of_javascript).into_iter();
        let keys: Vec<Vec<u8>> = match fold {
            Fold::Name => vec![name.as_bytes().to_vec()],
            Fold::Squashed => vec![spelling::squashed(name).into_bytes()],
            Fold::Skeleton => vec![spelling::skeleton(&spelling::squashed(name)).into_bytes()],
            Fold::Ordered => spelling::ordered(name).map(String::into_bytes).into_iter().collect(),
            Fold::Singular => spelling::singular(name).map(String::into_bytes).into_iter().collect(),
            Fold::Form => forms().map(|form| spelling::sized(form.len(), form.bytes())).collect(),
            Fold::Backward => forms().map(|form| spelling::sized(form.len(), form.bytes().rev())).collect(),
            Fold::Superseded => vec![],
        };
        let is_scoped = name.starts_with('@');
        let scope = if is_scoped { "@" } else { "" };
        for key in keys {
            rows.entry((key, is_scoped)).or_insert_with(|| format!("{rank}{scope}"));
        }
    }
    indexed(rows)
}

/// A place that a rule names and the models do not have.
fn unknown_place<'r>(matcher: &'r rule::Match, models: &model::Models) -> Option<&'r String> {
    let rule::Match::Effect(effect) = matcher else { return None };
    let mut names = effect.place.iter().chain(&effect.except_place);
    names.find(|name| !models.places.iter().any(|place| place.name == **name))
}

fn in_file(path: &Path, message: &str) -> String {
    format!("{}: {message}", path.display())
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Failure>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

/// All pages below `rules/`, as id and path, in the order of their ids.
fn pages(root: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut found = Vec::new();
    for family in fs::read_dir(root)? {
        let family = family?;
        if !family.file_type()?.is_dir() {
            continue;
        }
        for page in fs::read_dir(family.path())? {
            let path = page?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((format!("{}/{name}", family.file_name().to_string_lossy()), path));
            }
        }
    }
    found.sort();
    Ok(found)
}
