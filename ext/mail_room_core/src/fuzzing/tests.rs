//! The corpus and mutations of it through all doors, on stable Rust.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `FUZZ_TARGET` | one door instead of all |
//! | `FUZZ_SECONDS` | for how long at each door, instead of a fixed number of inputs |
//! | `FUZZ_SEED` | other inputs |
//! | `FUZZ_SEEDS` | a folder into which the seeds are written for cargo-fuzz, and nothing else is done |

mod large_mails;
mod mutator;
mod seeds;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use self::mutator::Mutator;
use super::{DOORS, Door};

/// Mutations for each door unless a time is given: a few seconds for all of them.
const MUTATIONS: u32 = 400;

/// Where quadratic work would show as a test without end.
const LARGE: usize = 128 << 10;

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn doors() -> Vec<(&'static str, Door)> {
    let target = setting("FUZZ_TARGET");
    let chosen: Vec<_> =
        DOORS.into_iter().filter(|(name, _)| target.as_deref().is_none_or(|target| target == *name)).collect();
    assert!(!chosen.is_empty(), "no door is called {target:?}");
    chosen
}

/// Unoptimized, the IMAP parser takes 30 kB of the stack for each parenthesis of a BODYSTRUCTURE.
const STACK: usize = 32 << 20;

#[test]
fn no_input_does_harm() {
    let thread = thread::Builder::new().stack_size(STACK).spawn(|| match setting("FUZZ_SEEDS") {
        Some(folder) => write_seeds(Path::new(&folder)),
        None => attack(),
    });
    if let Err(panic) = thread.expect("a thread").join() {
        resume_unwind(panic);
    }
}

/// A door without one of these would pass, and nothing would have gone through it.
#[test]
fn every_door_has_a_target_and_seeds() {
    let fuzz = seeds::fuzz();
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("the targets' Cargo.toml");
    for (name, _) in DOORS {
        let target = fs::read_to_string(fuzz.join(format!("targets/{name}.rs"))).unwrap_or_default();
        assert!(target.contains(&format!("enter(\"{name}\"")), "targets/{name}.rs does not enter {name}");
        let bin = format!("[[bin]]\nname = \"{name}\"\npath = \"targets/{name}.rs\"\n");
        assert!(manifest.contains(&bin), "Cargo.toml has no [[bin]] for {name}");
        assert!(!seeds::corpus(name).is_empty(), "corpus/{name} is empty");
    }
}

/// Files for a door that is gone, or is called otherwise, would be used by nobody.
#[test]
fn every_file_belongs_to_a_door() {
    for folder in ["corpus", "dictionaries", "targets"] {
        for entry in seeds::fuzz().join(folder).read_dir().expect("a folder").flatten() {
            let name = entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let known = DOORS.iter().any(|(door, _)| *door == name) || (folder, name.as_str()) == ("targets", "lib");
            assert!(known, "{folder}/{name} belongs to no door");
        }
    }
}

fn attack() {
    let seed = setting("FUZZ_SEED").map_or(1, |seed| seed.parse().expect("FUZZ_SEED is a number"));
    let seconds = setting("FUZZ_SECONDS").map(|seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    for (name, door) in doors() {
        let seeds = seeds::of(name);
        for seed in &seeds {
            send(name, door, seed);
        }
        let mut mutator = Mutator::new(seeds, seeds::words(name), seed);
        let (begin, mut sent) = (Instant::now(), 0u32);
        while seconds.map_or(sent < MUTATIONS, |seconds| begin.elapsed() < Duration::from_secs(seconds)) {
            send(name, door, &mutator.next());
            sent += 1;
        }
        println!("{name}: {sent} mutations in {:.1} s", begin.elapsed().as_secs_f32());
    }
}

/// Panics with the input in a form that can be added to the corpus.
fn send(name: &str, door: Door, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| door(bytes))).is_err() {
        let folder = format!("ext/mail_room_core/fuzz/corpus/{name}");
        panic!("{name} does harm (see above); keep it: base64 -d <<< {} > {folder}/NAME", STANDARD.encode(bytes));
    }
}

fn write_seeds(folder: &Path) {
    for (name, _) in doors() {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        for (nth, seed) in seeds::of(name).iter().enumerate() {
            fs::write(folder.join(format!("{nth:04}")), seed).expect("a seed");
        }
    }
}

/// What costs most: every kind of repetition that a scanner may look for again and again.
#[test]
fn large_messages_cost_no_more_than_their_bytes() {
    let beginnings: [&[u8]; 3] = [b"", b"\xe9", b"Content-Type: text/plain; charset=shift_jis\r\n\r\n\x93\xfa"];
    let repeated: [&[u8]; 8] =
        [b"\r\n", b"\r", b"\n\xe9", b"content-type: charset=", b" charset=\xe9", b"\x1b$B", b"\x81", b"charset=\n "];
    for beginning in beginnings {
        for piece in repeated {
            let mut raw = beginning.to_vec();
            raw.extend(piece.repeat(LARGE / piece.len()));
            DOORS.iter().filter(|(name, _)| *name == "charset").for_each(|(_, door)| door(&raw));
        }
    }
}
