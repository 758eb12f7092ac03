//! Reads a topology file and applies overrides.

use super::Args;
use crate::base::problem::Problem;
use crate::cli::file::text;
use crate::simulate::model::Model;
use crate::simulate::topology_file;
use anyhow::Context as _;
use std::path::Path;

/// A model and its source.
pub(super) struct Read {
    pub(super) model: Model,
    pub(super) topology: String,
    pub(super) warnings: Vec<String>,
}

/// Paths and the values to set.
pub(super) type Settings = [(String, String)];

/// Reads the topology and applies the overrides of the flags, then those in `more`.
pub(super) fn model(args: &Args, topology: &str, more: &Settings) -> anyhow::Result<Read> {
    let (name, text) = text(topology)?;
    let mut settings: Vec<(String, String)> = Vec::new();
    for set in &args.set {
        settings.push(split(set).with_context(|| format!("--set: `{set}` has no `=`: write web.count=4"))?);
    }
    settings.extend(args.horizon.iter().map(|horizon| ("horizon".into(), horizon.clone())));
    settings.extend(more.iter().cloned());
    let folder = Path::new(topology).parent().map(Path::to_owned).unwrap_or_default();
    let load = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
    let (model, warnings) = topology_file::read(&name, &text, &settings, &load)?;
    Ok(Read { model, topology: name, warnings: warnings.iter().map(Problem::in_a_line).collect() })
}

/// Splits `path=value`.
pub(super) fn split(set: &str) -> Option<(String, String)> {
    let (path, value) = set.split_once('=')?;
    Some((path.trim().to_owned(), value.trim().to_owned()))
}
