//! What the targets have in common.

use std::{panic, process, sync::Once};

/// Crates whose panics are expected: `inbox/imap/wire.rs` contains them.
const CONTAINED: [&str; 2] = ["/imap-proto-", "/nom-"];

/// Sends bytes through a door of the core. libFuzzer's own hook ends the process with any panic; here
/// only one that nobody contains does.
pub fn enter(name: &str, bytes: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            let contained = panic.location().is_some_and(|place| CONTAINED.iter().any(|path| place.file().contains(path)));
            if !contained {
                eprintln!("{panic}");
                process::abort();
            }
        }));
    });
    mail_room_core::fuzzing::enter(name, bytes);
}
