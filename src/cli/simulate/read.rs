//! Reads a topology file and applies overrides.

use super::decide::Decided;
use crate::base::problem::Problem;
use crate::cli::file::{bytes, text};
use crate::simulate::model::Model;
use crate::simulate::topology_file;
use std::path::Path;

/// A model and its source.
pub(super) struct Read {
    pub(super) model: Model,
    pub(super) topology: String,
    pub(super) warnings: Vec<String>,
}

/// Reads the topology and applies the settings of the flags, then those in `more`.
pub(super) fn model(decided: &Decided, topology: &str, more: &[(String, String)]) -> anyhow::Result<Read> {
    decided.outputs.refuse(Path::new(topology)).map_err(anyhow::Error::msg)?;
    let (name, text) = text(topology)?;
    let settings = [decided.settings.as_slice(), more].concat();
    let folder = Path::new(topology).parent().map(Path::to_owned).unwrap_or_default();
    let load = |file: &str| {
        let path = folder.join(file);
        decided.outputs.refuse(&path).and_then(|()| bytes(&path))
    };
    let (model, warnings) = topology_file::read(&name, &text, &settings, &load)?;
    Ok(Read { model, topology: name, warnings: warnings.iter().map(Problem::in_a_line).collect() })
}
