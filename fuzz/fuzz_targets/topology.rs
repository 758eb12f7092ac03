#![no_main]
use steadfast::simulate::topology_file::read;

// The input before the first empty line is one setting, `path=value`. The rest is the topology file.
libfuzzer_sys::fuzz_target!(|input: &str| {
    let (set, text) = input.split_once("\n\n").unwrap_or(("", input));
    let sets: Vec<(String, String)> = set
        .split_once('=')
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    let load = |path: &str| match path {
        "a.csv" => Ok(b"a,b\n1,2h\n3,4m\n".to_vec()),
        _ => Err(format!("{path}: no such file")),
    };
    for name in ["t.yaml", "t.toml", "t.json"] {
        match read(name, text, &sets, &load) {
            Ok((model, warnings)) => {
                assert_eq!(model.structure.leaf_count(), model.leaf_count());
                assert!(
                    model
                        .units
                        .iter()
                        .all(|unit| (unit.component as usize) < model.components.len())
                );
                for warning in warnings {
                    let shown = warning.render(false);
                    assert!(shown.contains(name) || shown.contains("--set"), "{shown}");
                }
            }
            Err(problems) => {
                let shown = problems.render(false);
                assert!(shown.contains(name) || shown.contains("--set"), "{shown}");
                assert!(
                    !shown.contains(|c: char| c.is_control() && c != '\n'),
                    "{shown:?}"
                );
            }
        }
    }
});
