#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| payment::fuzzing::webhook(data));
