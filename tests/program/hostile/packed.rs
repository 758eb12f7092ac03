//! Files that are not logs, damaged compressed files, and inputs of a gigabyte.

use super::run::{Desk, SMALL_LOG, SMALL_MEMORY_MIB, noise, pour};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

const GIGABYTE: u64 = 1 << 30;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn gzip_bomb(chunk: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    pour(&mut packed, chunk, GIGABYTE);
    packed.finish().unwrap()
}

#[test]
fn random_bytes_are_refused_by_name() {
    for seed in 1..=20 {
        let length = usize::try_from(seed).unwrap() * 997;
        let desk = Desk::with("noise.csv", noise(seed, length));
        desk.availability("noise.csv").refused(&["noise.csv"]);
    }
}

#[test]
fn an_executable_is_refused() {
    let desk = Desk::with("a.out", std::fs::read(env!("CARGO_BIN_EXE_steadfast")).unwrap());
    desk.availability("a.out").refused(&["a.out", "NUL"]);
}

#[test]
fn archives_pdf_xml_and_html_files_are_refused_with_their_type() {
    let xml = "\n<?xml version=\"1.0\"?>\n<feed/>";
    let page = "<!doctype html>\n<p>x";
    for (head, word) in [("PK\x03\x04rest", "ZIP"), ("%PDF-1.7\nrest", "PDF"), (xml, "XML"), (page, "HTML")] {
        Desk::with("export", head).availability("export").refused(&["export", word]);
    }
}

#[test]
fn a_truncated_gzip_file_is_refused() {
    let whole = gzip(SMALL_LOG.repeat(2_000).as_bytes());
    for part in [3, 12, 40, whole.len() / 2, whole.len() - 1] {
        let desk = Desk::with("log.csv.gz", &whole[..part]);
        desk.availability("log.csv.gz").refused(&["log.csv.gz"]);
    }
}

#[test]
fn a_truncated_zstandard_file_is_refused() {
    let whole = zstd::encode_all(SMALL_LOG.repeat(2_000).as_bytes(), 3).unwrap();
    for part in [5, 9, whole.len() / 2, whole.len() - 1] {
        let desk = Desk::with("log.csv.zst", &whole[..part]);
        desk.availability("log.csv.zst").refused(&["log.csv.zst"]);
    }
}

#[test]
fn random_bytes_in_a_gzip_file_are_refused() {
    let inside = gzip(&noise(7, 50_000));
    let behind = [gzip(SMALL_LOG.as_bytes()), noise(8, 3_000)].concat();
    let head_only = [b"\x1f\x8b\x08\x00".as_slice(), &noise(9, 3_000)].concat();
    for bytes in [inside, behind, head_only] {
        Desk::with("log.gz", bytes).availability("log.gz").refused(&["log.gz"]);
    }
}

#[test]
fn two_gzip_members_are_one_log() {
    let (first, rest) = SMALL_LOG.split_at(40);
    let desk = Desk::with("log.gz", [gzip(first.as_bytes()), gzip(rest.as_bytes())].concat());
    assert_eq!(desk.availability("log.gz").json()["total"]["incidents"], 2);
}

#[test]
fn a_gzip_bomb_of_one_line_needs_little_memory() {
    let desk = Desk::with("bomb.csv.gz", gzip_bomb(&[b'x'; 1 << 16]));
    let run = desk.availability("bomb.csv.gz").within_mib(SMALL_MEMORY_MIB);
    run.refused(&["bomb.csv.gz", "8 MiB"]);
}

#[test]
fn a_gzip_bomb_after_a_valid_header_needs_little_memory() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(SMALL_LOG.as_bytes()).unwrap();
    pour(&mut packed, &[b'x'; 1 << 16], GIGABYTE / 4);
    let desk = Desk::with("bomb.csv.gz", packed.finish().unwrap());
    let run = desk.availability("bomb.csv.gz").within_mib(SMALL_MEMORY_MIB);
    run.refused(&["bomb.csv.gz:4", "longer than 8 MiB"]);
}

#[test]
fn a_gzip_bomb_of_blank_lines_needs_little_memory() {
    let desk = Desk::with("blank.gz", gzip_bomb(&[b'\n'; 1 << 16]));
    desk.availability("blank.gz").within_mib(SMALL_MEMORY_MIB).refused(&["blank.gz"]);
}

#[test]
fn a_line_of_a_gigabyte_on_standard_input_needs_little_memory() {
    let run = Desk::new().availability("-").within_mib(SMALL_MEMORY_MIB);
    run.fed(|stdin| pour(stdin, &[b'x'; 1 << 16], GIGABYTE)).refused(&["<stdin>"]);
}

#[test]
fn a_row_of_a_gigabyte_needs_little_memory() {
    let run = Desk::new().availability("-").within_mib(SMALL_MEMORY_MIB);
    let fed = run.fed(|stdin| {
        let _ = stdin.write_all(SMALL_LOG.as_bytes());
        pour(stdin, &[b'x'; 1 << 16], GIGABYTE);
    });
    fed.refused(&["<stdin>:4", "longer than 8 MiB"]);
}

#[test]
fn a_gigabyte_of_unterminated_json_needs_limited_memory() {
    let run = Desk::new().availability("-").within_mib(2_000);
    run.fed(|stdin| pour(stdin, b"{\"started_at\":\"x", GIGABYTE)).refused(&["<stdin>"]);
}

#[test]
fn a_gigabyte_of_zeros_in_a_sparse_file_is_refused_at_once() {
    let desk = Desk::new();
    let file = std::fs::File::create(desk.path("zeros.csv")).unwrap();
    file.set_len(GIGABYTE).unwrap();
    let run = desk.availability("zeros.csv").within_mib(SMALL_MEMORY_MIB);
    run.refused(&["zeros.csv", "NUL"]);
}

/// Split into pieces, such a line would count as several, and the numbers of later lines would be wrong.
#[test]
fn an_overlong_line_of_an_event_log_or_of_json_is_refused() {
    let event = "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;";
    let object = r#"{"service":"api","started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T11:00:00Z","note":""#;
    for (start, end) in [(event, ""), (object, "\"}")] {
        let short = format!("{start}x{end}\n");
        let long = format!("{start}{}{end}\n", "x".repeat(9 << 20));
        let desk = Desk::with("events.log", short.repeat(1_000) + &long + &short);
        let run = desk.availability("events.log").within_mib(SMALL_MEMORY_MIB);
        run.refused(&["events.log:1001", "longer than 8 MiB"]);
    }
}

#[test]
fn utf16_text_is_refused() {
    let wide: Vec<u8> = SMALL_LOG.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [vec![0xff, 0xfe], wide.clone()].concat();
    Desk::with("wide.csv", with_mark).availability("wide.csv").refused(&["wide.csv", "UTF-16"]);
    Desk::with("wide.csv", wide).availability("wide.csv").refused(&["wide.csv", "NUL"]);
}

#[test]
fn a_nul_byte_is_refused_at_any_position() {
    let row = "api,2026-01-08T10:00:00Z,2026-01-08T11:00:00Z\n";
    let late = |rows| format!("{SMALL_LOG}{}{}", row.repeat(rows), row.replace("api", "api\0"));
    let long_header = format!("{}\0,{SMALL_LOG}", "x".repeat(100_000));
    let event = "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n";
    let events = event.repeat(3_000) + &event.replace("api", "a\0i");
    let object =
        r#"{"service":"api","started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T11:00:00Z"}"#;
    let lines = format!("{object}\n").repeat(3_000);
    let list = format!("[{}{object}]", format!("{object},\n").repeat(3_000));
    for (log, line) in [
        (format!("\0{SMALL_LOG}"), 1),
        (SMALL_LOG.replace("10:30", "10:3\0"), 3),
        (late(3_000), 3_004),
        (late(300_000), 300_004),
        (long_header, 1),
        (events, 3_001),
        (lines + &object.replace("api", "a\0i"), 3_001),
        (list.replace("}]", "}\n\0]"), 3_002),
    ] {
        Desk::with("log.csv", log)
            .availability("log.csv --on-bad-row skip")
            .refused(&[&format!("log.csv:{line}"), "NUL"]);
    }
}
