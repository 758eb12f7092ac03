#![no_main]
use steadfast::chaos::experiment_file::{Outside, Setting, Source, read};
use steadfast::chaos::plan::plan;
use steadfast::report::format::{FORMATS, Look};

const SECRET: &str = "s3cret-of-the-environment";

// The input before the first empty line is one setting: `path=value`, or `fault=` with a fault to add.
// The rest is the experiment file.
libfuzzer_sys::fuzz_target!(|input: &str| {
    let (flag, text) = input.split_once("\n\n").unwrap_or(("", input));
    let (mut set, mut faults) = (Vec::new(), Vec::new());
    match flag.split_once('=') {
        Some(("fault", fault)) => faults.push(fault.to_owned()),
        Some((path, value)) => set.push(Setting {
            path: path.to_owned(),
            value: value.to_owned(),
            origin: format!("--set {flag}"),
        }),
        None => {}
    }
    let load = |path: &str| match path {
        "a.csv" => Ok(b"a,b\n1,2h\n3,4m\n".to_vec()),
        _ => Err(format!("{path}: no such file")),
    };
    let outside = Outside {
        folder: std::path::Path::new(""),
        load: &load,
        variable: &|name| (name == "SECRET").then(|| SECRET.to_owned()),
    };
    for file in ["e.yaml", "e.toml", "e.json"] {
        let source = Source {
            file,
            text,
            set: set.clone(),
            faults: faults.clone(),
            seed: 1,
        };
        match read(&source, &outside) {
            Ok(read) => {
                assert!(!read.faults.is_empty());
                assert!(read.faults.iter().all(|fault| fault.proxy < read.proxies.len()));
                assert!(!read.window.is_zero() && read.window <= read.phases.fault);
                let document = plan(&read, Vec::new());
                for format in FORMATS {
                    let mut out = Vec::new();
                    (format.write)(&document, &Look::FILE, &mut out).expect("a vector takes everything");
                    let text = String::from_utf8(out).expect("outputs are text");
                    assert!(!text.contains(SECRET), "in {}", format.name);
                    assert!(
                        !text.contains(|c: char| c.is_control() && c != '\n'),
                        "in {}",
                        format.name
                    );
                }
            }
            Err(problems) => {
                let shown = problems.render(false);
                assert!(shown.contains(file) || shown.contains("--"), "{shown}");
                assert!(!shown.contains(SECRET), "{shown}");
                assert!(
                    !shown.contains(|c: char| c.is_control() && c != '\n'),
                    "{shown:?}"
                );
            }
        }
    }
});
