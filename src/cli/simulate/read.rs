//! A topology file with what is set over it, as a model.

use super::Args;
use crate::base::problem::Problem;
use crate::cli::file::text;
use crate::simulate::model::Model;
use crate::simulate::topology_file;
use anyhow::Context as _;
use std::path::Path;

/// A model and where it came from.
pub(super) struct Read {
    pub(super) model: Model,
    pub(super) topology: String,
    pub(super) warnings: Vec<String>,
}

/// Paths with the values to put there.
pub(super) type Settings = [(String, String)];

/// Reads the topology with everything that the flags and `more` set over it.
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

/// `path=value`, taken apart.
pub(super) fn split(set: &str) -> Option<(String, String)> {
    let (path, value) = set.split_once('=')?;
    Some((path.trim().to_owned(), value.trim().to_owned()))
}
