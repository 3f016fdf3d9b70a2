use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Inputs that are generated for each target.
const MUTATIONS: usize = 4_000;
/// Changes of a seed, at most.
const MAX_CHANGES: u64 = 4;

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
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..MUTATIONS {
        check(target, run, &random.changed(&seeds));
    }
}

fn check(target: &str, run: fn(&[u8]), input: &[u8]) {
    let passes = catch_unwind(|| run(input)).is_ok();
    assert!(passes, "{target} fails with b\"{}\"", input.escape_ascii());
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    /// Below `limit`; 0 if that is 0.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// One of the seeds, with a few changes.
    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.next() % MAX_CHANGES {
            let at = self.below(input.len());
            match self.next() % 5 {
                0 if !input.is_empty() => input[at] = self.byte(),
                1 if !input.is_empty() => input[at] ^= 1 << self.below(8),
                2 => input.insert(at, self.byte()),
                3 => {
                    let end = (at + self.below(8)).min(input.len());
                    input.drain(at..end);
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    input.splice(at..at, other[from..].iter().copied());
                }
            }
        }
        input
    }
}
