//! Configuration files: values with their locations, typed keys, the reference and the JSON Schema.

pub mod document;
pub(crate) mod fields;
pub mod schema;
