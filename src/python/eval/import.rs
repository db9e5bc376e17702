//! Imports: names bound to paths.

use super::Evaluator;
use crate::event::Event;
use crate::python::tree::{Alias, ImportFrom};
use crate::source::Span;
use crate::standard;
use crate::value::{How, Path, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn import(&mut self, aliases: &'a [Alias<'a>]) {
        for (at, alias) in aliases.iter().enumerate() {
            let Some(path) = Path::dotted(self.arena, alias.name) else { continue };
            self.emit(Event::Import { path, module: path, first: at == 0, span: alias.span });
            // `import a.b` binds `a`; `import a.b as c` binds all of it.
            let (name, bound) = match alias.asname {
                Some(asname) => (asname, path),
                None => {
                    let root = path.upwards().last().unwrap_or(path);
                    (root.segment, root)
                }
            };
            self.bind_import(name, bound, alias.span);
        }
    }

    pub(super) fn import_from(&mut self, import: &'a ImportFrom<'a>) {
        let dots = usize::try_from(import.level).unwrap_or(usize::MAX).min(64);
        let module = match dots {
            0 => Path::dotted(self.arena, import.module),
            _ => {
                let name = self.arena.alloc_str(&format!("{}{}", ".".repeat(dots), import.module));
                Path::dotted(self.arena, name)
            }
        };
        let Some(module) = module else { return };
        for (at, alias) in import.names.iter().enumerate() {
            let first = at == 0;
            if alias.name == "*" {
                self.emit(Event::Import { path: module, module, first, span: alias.span });
                self.add_star(module);
                continue;
            }
            // `from shutil import os` gives the module itself.
            if let Some(given) = self.module_in(module, alias.name) {
                // Of other people's packages it may be a part of that name, so only what is done with it counts.
                let own = module.then(self.arena, alias.name);
                let is_given = module.upwards().last().is_some_and(|root| standard::is_module(root.segment));
                let (path, from) = if is_given { (given, given) } else { (own, module) };
                self.emit(Event::Import { path, module: from, first, span: alias.span });
                self.bind_import(alias.asname.unwrap_or(alias.name), given, alias.span);
                continue;
            }
            let path = module.then(self.arena, alias.name);
            self.emit(Event::Import { path, module, first, span: alias.span });
            self.bind_import(alias.asname.unwrap_or(alias.name), path, alias.span);
        }
    }

    fn bind_import(&mut self, name: &'a str, path: &'a Path<'a>, span: Span) {
        let value = self.step(Value::path(path), How::Imported, span);
        self.bind(name, value);
    }
}
