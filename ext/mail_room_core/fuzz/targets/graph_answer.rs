#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mail_room_fuzz::enter("graph_answer", bytes));
