//! Lowering of parameters, those of Python 2 included.

use tree_sitter::Node;

use super::super::tree::{Parameter, ParameterKind};
use super::{Lowering, parts, span};

impl<'a> Lowering<'a, '_> {
    /// A parameter that is unpacked, as in `def f((a, b)):`, has no name.
    pub(super) fn parameters(&mut self, node: Node<'_>) -> &'a [Parameter<'a>] {
        let mut parameters: Vec<Parameter<'a>> = Vec::new();
        let mut kind = ParameterKind::Plain;
        for part in parts(node) {
            match part.kind() {
                "positional_separator" => {
                    parameters.iter_mut().for_each(|before| before.kind = ParameterKind::PositionalOnly);
                }
                "keyword_separator" => kind = ParameterKind::KeywordOnly,
                _ => {
                    let parameter = self.parameter(part, kind);
                    if parameter.kind == ParameterKind::Star {
                        kind = ParameterKind::KeywordOnly;
                    }
                    parameters.push(parameter);
                }
            }
        }
        self.list(parameters)
    }

    fn parameter(&mut self, node: Node<'_>, kind: ParameterKind) -> Parameter<'a> {
        let named = node.child_by_field_name("name");
        let inner = named.or_else(|| parts(node).first().copied().filter(|_| node.kind() == "typed_parameter"));
        let inner = inner.unwrap_or(node);
        let (kind, name) = match inner.kind() {
            "list_splat_pattern" => (ParameterKind::Star, parts(inner).first().copied()),
            "dictionary_splat_pattern" => (ParameterKind::DoubleStar, parts(inner).first().copied()),
            "tuple_pattern" => (kind, None),
            _ => (kind, Some(inner)),
        };
        Parameter {
            span: span(node),
            name: name.map(|name| self.name(name)).unwrap_or_default(),
            kind,
            annotation: node.child_by_field_name("type").map(|it| &*self.arena.alloc(self.expression(it))),
            default: node.child_by_field_name("value").map(|it| &*self.arena.alloc(self.expression(it))),
        }
    }
}
