//! Python: from bytes to a tree, by one of two readers, and from the tree to events.

pub mod tree;
