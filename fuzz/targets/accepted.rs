#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| samsynk_tests::targets::accepted(data));
