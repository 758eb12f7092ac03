//! Reads the experiment: a file with the overrides of the flags, or a URL with flags alone.

use super::Args;
use crate::base::text::without_passwords;
use crate::chaos::experiment::Experiment;
use crate::chaos::experiment_file::{Outside, Setting, Source, read};
use crate::cli::args::path_and_value;
use crate::cli::file::{bytes, text};
use anyhow::Context as _;
use std::path::Path;

/// Reads the experiment.
pub(super) fn experiment(args: &Args) -> anyhow::Result<Experiment> {
    let by_url = is_url(&args.experiment);
    let outputs = args.output.existing(args.incidents.as_deref());
    outputs.refuse(Path::new(&args.experiment)).map_err(anyhow::Error::msg)?;
    let (name, content) = if by_url {
        (without_secrets(&args.experiment), "{}".to_owned())
    } else {
        text(&args.experiment).map_err(|error| with_scheme(&args.experiment, error))?
    };
    let (set, faults) = (settings(args, by_url)?, args.fault.clone());
    let source = Source { file: &name, text: &content, set, faults, seed: args.random.seed() };
    // Other files are relative to the folder of the experiment; without one, to the working directory.
    let folder = Path::new(&args.experiment).parent().filter(|_| !by_url);
    let folder = folder.map(Path::to_owned).unwrap_or_default();
    let load = |file: &str| {
        let path = folder.join(file);
        outputs.refuse(&path)?;
        bytes(&path).map_err(|why| format!("{file}: {why}"))
    };
    let outside = Outside { folder: &folder, load: &load, variable: &|name| std::env::var(name).ok() };
    let experiment = read(&source, &outside)?;
    let tls = &experiment.target.tls;
    let client = tls.client.iter().flat_map(|(certificate, key)| [certificate, key]);
    for file in tls.ca_file.iter().chain(client) {
        outputs.refuse(file).map_err(anyhow::Error::msg)?;
    }
    Ok(experiment)
}

/// Suggests a scheme if the name is not a file but looks like `host:port`. Other errors are returned
/// unchanged.
fn with_scheme(experiment: &str, error: anyhow::Error) -> anyhow::Error {
    let host = experiment.split('/').next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port && !Path::new(experiment).exists() {
        let shown = without_passwords(experiment);
        return anyhow::anyhow!("{shown}: no such file; if this is a URL, write http://{shown}");
    }
    error
}

/// Returns the values that the flags override.
fn settings(args: &Args, by_url: bool) -> anyhow::Result<Vec<Setting>> {
    let mut set = Vec::new();
    if by_url {
        set.push(setting("target", &args.experiment, &args.experiment));
    }
    let flags = [
        ("target", "--target", &args.target),
        ("load.rate", "--load", &args.load),
        ("phases.fault", "--duration", &args.duration),
        ("tls.server_name", "--server-name", &args.server_name),
    ];
    for (path, flag, value) in flags {
        set.extend(value.as_ref().map(|value| setting(path, value, &format!("{flag} {value}"))));
    }
    let files = [
        ("tls.ca_file", "--ca-file", &args.ca_file),
        ("tls.client_cert", "--client-cert", &args.client_cert),
        ("tls.client_key", "--client-key", &args.client_key),
    ];
    for (path, flag, file) in files {
        if let Some(file) = file {
            // Paths in flags are relative to the working directory, those in the file to its folder.
            let origin = format!("{flag} {}", file.display());
            let whole = std::path::absolute(file).with_context(|| origin.clone())?;
            set.push(setting(path, &serde_json::to_string(&whole)?, &origin));
        }
    }
    for text in &args.set.set {
        let split = path_and_value(text, "load.timeout=1s");
        let (path, value) = split.map_err(|why| anyhow::anyhow!("--set: {why}"))?;
        set.push(setting(&path, &value, &format!("--set {text}")));
    }
    Ok(set)
}

fn setting(path: &str, value: &str, origin: &str) -> Setting {
    Setting { path: path.to_owned(), value: value.to_owned(), origin: without_secrets(origin) }
}

/// Returns a text that contains a URL without user and password, cut at the query or fragment. Other texts,
/// such as the name of a file, are returned unchanged.
pub(super) fn without_secrets(text: &str) -> String {
    let query = text.find(['?', '#']).filter(|_| is_url(text));
    let text = text.get(..query.unwrap_or(text.len())).unwrap_or_default();
    let without_user = text.split_once("://").and_then(|(scheme, rest)| {
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (_, host) = authority.rsplit_once('@')?;
        Some(format!("{scheme}://{host}{path}"))
    });
    without_user.unwrap_or_else(|| text.to_owned())
}

fn is_url(experiment: &str) -> bool {
    experiment.contains("://")
}
