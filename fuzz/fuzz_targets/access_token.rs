#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chassis::fuzzing::access_token(data));
