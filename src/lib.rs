//! portcullis reads code before it runs.
pub mod check;
pub mod effect;
pub mod event;
pub mod finding;
pub mod inspect;
pub mod model;
pub mod pack;
pub mod python;
pub mod report;
pub mod rule;
pub mod source;
pub mod value;
