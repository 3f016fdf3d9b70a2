#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokens::fuzzing::page_token(data));
