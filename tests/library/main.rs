//! Properties of the library: laws of families, layers of the source, distributions, formats, the verdict.

mod agree;
mod distributions;
mod formats;
mod laws;
mod layers;
mod schema;
mod verdict;
