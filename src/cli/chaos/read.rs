//! The experiment: a file with what the flags add to it, or a URL with flags alone.

use super::Args;
use crate::chaos::experiment::Experiment;
use crate::chaos::file::{Outside, Setting, Source, read};
use crate::cli::file::text;
use anyhow::Context as _;
use std::path::Path;

/// Reads the experiment.
pub(super) fn experiment(args: &Args) -> anyhow::Result<Experiment> {
    let by_url = args.experiment.contains("://");
    let (name, content) = if by_url {
        (args.experiment.clone(), "{}".to_owned())
    } else {
        text(&args.experiment)?
    };
    let mut set = Vec::new();
    if by_url {
        set.push(setting("target", &args.experiment, args.experiment.clone()));
    }
    let flags = [
        ("target", "--target", &args.target),
        ("load.rate", "--load", &args.load),
        ("phases.fault", "--duration", &args.duration),
    ];
    for (path, flag, value) in flags {
        set.extend(
            value
                .iter()
                .map(|value| setting(path, value, format!("{flag} {value}"))),
        );
    }
    for text in &args.set {
        let (path, value) = text
            .split_once('=')
            .with_context(|| format!("--set: `{text}` has no `=`: write load.timeout=1s"))?;
        set.push(setting(path.trim(), value.trim(), format!("--set {text}")));
    }
    let source = Source {
        file: &name,
        text: &content,
        set,
        faults: args.fault.clone(),
        seed: args.seed,
    };
    let folder = Path::new(&args.experiment)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let load =
        |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"));
    let outside = Outside {
        folder: &folder,
        load: &load,
        variable: &|name| std::env::var(name).ok(),
    };
    Ok(read(&source, &outside)?)
}

fn setting(path: &str, value: &str, origin: String) -> Setting {
    Setting {
        path: path.to_owned(),
        value: value.to_owned(),
        origin,
    }
}
