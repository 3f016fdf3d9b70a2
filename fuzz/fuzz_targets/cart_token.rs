#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokens::fuzzing::cart_token(data));
