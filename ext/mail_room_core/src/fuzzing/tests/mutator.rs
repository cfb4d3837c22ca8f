//! Makes hostile inputs out of harmless ones, the same for the same seed.

/// Longer inputs find nothing that shorter ones do not.
const LONGEST: usize = 2 << 10;

/// Numbers where arithmetic goes wrong.
const NUMBERS: [&str; 10] = [
    "0",
    "-1",
    "4096",
    "4097",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1e999",
];

pub(super) struct Mutator {
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    random: fastrand::Rng,
}

impl Mutator {
    pub(super) fn new(mut seeds: Vec<Vec<u8>>, words: Vec<Vec<u8>>, seed: u64) -> Self {
        seeds.push(Vec::new());
        Self { seeds, words, random: fastrand::Rng::with_seed(seed) }
    }

    /// A seed after one to eight changes.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..self.random.usize(1..=8) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn seed(&mut self) -> Vec<u8> {
        let nth = self.random.usize(..self.seeds.len());
        self.seeds[nth].clone()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.random.usize(..=input.len());
        let end = (at + self.random.usize(..32)).min(input.len());
        match self.random.u8(..10) {
            0 if at < input.len() => input[at] ^= 1 << self.random.u8(..8),
            1 if at < input.len() => input[at] = self.random.u8(..),
            2 => insert(input, at, &[self.random.u8(..)]),
            3 => drop(input.drain(at..end)),
            4 => {
                let piece = input[at..end].repeat(self.random.usize(1..20));
                insert(input, at, &piece);
            }
            5 | 6 if !self.words.is_empty() => {
                let nth = self.random.usize(..self.words.len());
                insert(input, at, &self.words[nth]);
            }
            7 => self.renumber(input, at),
            8 => {
                let other = self.seed();
                let from = self.random.usize(..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            9 => input.truncate(at),
            _ => {}
        }
    }

    /// Another number in place of the next one.
    fn renumber(&mut self, input: &mut Vec<u8>, at: usize) {
        let Some(start) = input[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset) else { return };
        let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = NUMBERS[self.random.usize(..NUMBERS.len())];
        input.splice(start..start + length, number.bytes());
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}
