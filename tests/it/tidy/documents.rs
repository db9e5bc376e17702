//! Documents say what is so.
