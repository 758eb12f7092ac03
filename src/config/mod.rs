//! Files that users write: values with their places, typed keys, the reference and the JSON Schema.

pub mod document;
pub mod schema;
pub mod times;
