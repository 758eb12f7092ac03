#![no_main]
mod shared;

const HEAD: &[u8] = b"[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shared::through(&[&HEAD.repeat(20), bytes].concat()));
