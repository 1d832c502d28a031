//! The target `certificate`: owns nothing; what it does is in `tests/fuzzed/`, which must not know who feeds it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seinhuis_tests::fuzzed::run("certificate", data));
