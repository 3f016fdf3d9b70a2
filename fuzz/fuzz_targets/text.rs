#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kernel::fuzzing::text(data));
