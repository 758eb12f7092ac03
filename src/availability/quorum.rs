//! Services that several probes watch: a service is down while enough of its probes see it down.

use super::evidence::{Evidence, ServiceEvidence, Shape};
use crate::base::problem::Problem;
use crate::base::text::counted;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many of a service's probes must see it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quorum {
    /// The number that must see it down.
    pub needed: usize,
    /// The number of probes.
    pub of: usize,
}

impl Quorum {
    /// Parses `2/3`.
    ///
    /// # Errors
    ///
    /// Returns a message for anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(needed, of)| {
            Some(Self { needed: needed.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        numbers.filter(|quorum| 0 < quorum.needed && quorum.needed <= quorum.of).ok_or_else(|| {
            format!("`{text}` is not a quorum such as 2/3: down while two of three probes see it down")
        })
    }
}

/// Joins the probes of each service. In the log they stand as services of their own, whose last part names the
/// probe: `api/eu`, `api/us`.
///
/// # Errors
///
/// Fails for a log without states, and for a service that has another number of probes.
pub fn join_probes(evidence: &mut Evidence, quorum: Quorum) -> Result<(), Problem> {
    if !matches!(evidence.shape, Shape::Samples | Shape::States) {
        let shape = evidence.shape.name();
        return Err(Problem::new(format!(
            "--quorum: has no effect on a log of {shape}: it is for what probes saw"
        )));
    }
    let mut joined: BTreeMap<String, ServiceEvidence> = BTreeMap::new();
    for probe in std::mem::take(&mut evidence.services) {
        let Some((name, _)) = probe.name.rsplit_once('/') else {
            let name = &probe.name;
            return Err(Problem::new(format!("--quorum: `{name}` does not name a probe")).help(
                "join the column of the probe to that of the service: --columns service=SERVICE+LOCATION",
            ));
        };
        let service = joined
            .entry(name.to_owned())
            .or_insert_with(|| ServiceEvidence { name: name.to_owned(), ..ServiceEvidence::default() });
        service.probes.push(probe);
    }
    if let Some(other) = joined.values().find(|service| service.probes.len() != quorum.of) {
        let probes = counted(other.probes.len() as u64, "probe");
        let names: Vec<&str> = other.probes.iter().map(|probe| probe.name.as_str()).take(10).collect();
        return Err(Problem::new(format!("--quorum: `{}` has {probes}, not {}", other.name, quorum.of))
            .help(format!("they are {}", names.join(", "))));
    }
    evidence.services = joined.into_values().collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Quorum;

    #[test]
    fn a_quorum_is_at_least_one_and_at_most_all() {
        assert_eq!(Quorum::parse("2/3"), Ok(Quorum { needed: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "2", "2/x", "-1/3"] {
            assert!(Quorum::parse(wrong).is_err(), "{wrong}");
        }
    }
}
