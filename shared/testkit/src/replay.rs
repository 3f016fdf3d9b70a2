use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Inputs that are generated for each target.
const MUTATIONS: usize = 4_000;
/// Changes of a seed, at most.
const MAX_CHANGES: usize = 4;

/// Runs a fuzz target without a fuzzer: on its seeds, `fuzz/seeds/<target>/*`, and on a few thousand changed seeds. The
/// same ones every time.
///
/// # Panics
/// The target panics; the message has the input.
pub fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let files = fs::read_dir(folder.join(target)).expect("a folder of seeds");
    let mut paths: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| fs::read(path).expect("a readable seed"))
        .collect();
    assert!(!seeds.is_empty(), "fuzz/seeds/{target} is empty");
    for seed in &seeds {
        check(target, run, seed);
    }
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..MUTATIONS {
        check(target, run, &changed(&seeds, &mut random));
    }
}

fn check(target: &str, run: fn(&[u8]), input: &[u8]) {
    let passes = catch_unwind(|| run(input)).is_ok();
    assert!(passes, "{target} fails with b\"{}\"", input.escape_ascii());
}

/// One of the seeds, with a few changes.
fn changed(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut input = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=MAX_CHANGES) {
        let at = random.random_range(0..input.len().max(1));
        match random.random_range(0..5) {
            0 if !input.is_empty() => input[at] = random.random(),
            1 if !input.is_empty() => input[at] ^= 1 << random.random_range(0..8),
            2 => input.insert(at, random.random()),
            3 => {
                let end = (at + random.random_range(0..8)).min(input.len());
                input.drain(at..end);
            }
            _ => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                input.splice(at..at, other[from..].iter().copied());
            }
        }
    }
    input
}
