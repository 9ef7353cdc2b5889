//! What a record looks like: its size, its key, what fills it. Seeded, so that a run can be repeated.

use crate::number::{index, parse_bytes, whole};
use crate::payload::PAYLOAD_HEAD_BYTES;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal, Normal, Zipf};
use std::sync::Arc;

/// Bytes of a key.
pub const KEY_BYTES: usize = 16;

/// Records are no larger than this.
const RECORD_BYTES_MAX: u64 = 64 << 20;

/// How large records are: the value's bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizes {
    /// All the same.
    Fixed(u64),
    /// One of these, each as likely as it is often listed.
    Listed(Vec<u64>),
    /// Between these, both included.
    Uniform(u64, u64),
    /// Around a mean with a standard deviation.
    Normal(f64, f64),
    /// Around a median with a shape: a long tail of large ones.
    LogNormal(f64, f64),
}

impl Sizes {
    /// Reads `1KiB`, `100,1KiB,10KiB`, `uniform:100:2000`, `normal:1KiB:200`, `lognormal:1KiB:0.5`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Sizes, String> {
        let sizes = match text.split_once(':') {
            None => {
                let listed = text.split(',').map(parse_bytes).collect::<Result<Vec<_>, _>>()?;
                if let [one] = listed[..] { Sizes::Fixed(one) } else { Sizes::Listed(listed) }
            }
            Some((kind, rest)) => {
                let (first, second) =
                    rest.split_once(':').ok_or("two numbers are wanted, as in uniform:100:2000")?;
                let first = parse_bytes(first)?;
                match kind {
                    "uniform" => Sizes::Uniform(first, parse_bytes(second)?),
                    "normal" => Sizes::Normal(first as f64, parse_bytes(second)? as f64),
                    "lognormal" => Sizes::LogNormal(
                        first as f64,
                        second.parse().map_err(|_| format!("{second:?} is no shape"))?,
                    ),
                    _ => return Err(format!("{kind:?} is none of uniform, normal, lognormal")),
                }
            }
        };
        sizes.check().map(|()| sizes)
    }

    fn check(&self) -> Result<(), String> {
        let (least, most) = match self {
            Sizes::Fixed(size) => (*size, *size),
            Sizes::Listed(sizes) => {
                (sizes.iter().copied().min().unwrap_or(0), sizes.iter().copied().max().unwrap_or(0))
            }
            Sizes::Uniform(least, most) if least <= most => (*least, *most),
            Sizes::Uniform(..) => return Err("the first size of uniform is the smaller one".to_owned()),
            Sizes::Normal(mean, _) | Sizes::LogNormal(mean, _) => (whole(*mean), whole(*mean)),
        };
        if least < PAYLOAD_HEAD_BYTES as u64 {
            return Err(format!(
                "records have at least {PAYLOAD_HEAD_BYTES} bytes: they carry who sent them, in which order and when"
            ));
        }
        if most > RECORD_BYTES_MAX { Err("records have at most 64 MiB".to_owned()) } else { Ok(()) }
    }

    /// The mean, to turn bytes a second into records a second.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Sizes::Fixed(size) => *size as f64,
            Sizes::Listed(sizes) => sizes.iter().sum::<u64>() as f64 / sizes.len() as f64,
            Sizes::Uniform(least, most) => (least + most) as f64 / 2.0,
            Sizes::Normal(mean, _) => *mean,
            Sizes::LogNormal(median, shape) => median * (shape * shape / 2.0).exp(),
        }
    }

    /// The largest size that is ever drawn: the tails of distributions are cut there.
    #[must_use]
    pub fn largest(&self) -> u64 {
        let largest = match self {
            Sizes::Fixed(size) => *size,
            Sizes::Listed(sizes) => sizes.iter().copied().max().unwrap_or(0),
            Sizes::Uniform(_, most) => *most,
            Sizes::Normal(mean, deviation) => whole(mean + 10.0 * deviation),
            Sizes::LogNormal(median, shape) => whole(median * (6.0 * shape.abs()).exp()),
        };
        largest.min(RECORD_BYTES_MAX)
    }

    /// Draws the next size.
    fn draw(&self, random: &mut SmallRng) -> usize {
        let size = match self {
            Sizes::Fixed(size) => *size,
            Sizes::Listed(sizes) => sizes[random.random_range(0..sizes.len())],
            Sizes::Uniform(least, most) => random.random_range(*least..=*most),
            Sizes::Normal(mean, deviation) => {
                whole(Normal::new(*mean, *deviation).expect("both are finite").sample(random))
            }
            Sizes::LogNormal(median, shape) => {
                whole(LogNormal::new(median.ln(), shape.abs()).expect("both are finite").sample(random))
            }
        };
        index(size.clamp(PAYLOAD_HEAD_BYTES as u64, self.largest()))
    }
}

/// Which keys records have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keys {
    /// None: a partition is filled batch by batch, then the next one, as Kafka's producer does.
    None,
    /// None, and each record goes to the next partition.
    RoundRobin,
    /// So many keys, each as likely as any other.
    Uniform(u64),
    /// So many keys, of which few are frequent.
    Zipf(u64, f64),
}

impl Keys {
    /// Reads `none`, `round-robin`, `uniform:100000`, `zipf:100000`, `zipf:100000:1.2`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let mut parts = text.split(':');
        let kind = parts.next().unwrap_or_default();
        let count = |text: Option<&str>| {
            let text = text.ok_or("how many keys? As in uniform:100000")?;
            let count: u64 =
                text.replace('_', "").parse().map_err(|_| format!("{text:?} is no number of keys"))?;
            if count == 0 { Err("at least one key".to_owned()) } else { Ok(count) }
        };
        match kind {
            "none" => Ok(Keys::None),
            "round-robin" => Ok(Keys::RoundRobin),
            "uniform" => Ok(Keys::Uniform(count(parts.next())?)),
            "zipf" => {
                let count = count(parts.next())?;
                let exponent = parts.next().unwrap_or("1.0");
                match exponent.parse() {
                    Ok(exponent) if exponent > 0.0 => Ok(Keys::Zipf(count, exponent)),
                    _ => Err(format!("{exponent:?} is no exponent")),
                }
            }
            _ => Err(format!("{text:?} is none of none, round-robin, uniform:N, zipf:N[:EXPONENT]")),
        }
    }

    /// Whether records have keys.
    #[must_use]
    pub fn are_there(self) -> bool {
        matches!(self, Keys::Uniform(_) | Keys::Zipf(..))
    }
}

/// Draws what a producer's next record looks like.
#[derive(Debug)]
pub struct Chooser {
    random: SmallRng,
    sizes: Sizes,
    keys: Keys,
    zipf: Option<Zipf<f64>>,
    filler: Filler,
}

impl Chooser {
    /// Two choosers with the same arguments choose the same.
    #[must_use]
    pub fn new(seed: u64, sizes: Sizes, keys: Keys, filler: Filler) -> Chooser {
        let zipf = match keys {
            Keys::Zipf(count, exponent) => {
                Some(Zipf::new(count as f64, exponent).expect("checked when it was read"))
            }
            _ => None,
        };
        Chooser { random: SmallRng::seed_from_u64(seed), sizes, keys, zipf, filler }
    }

    /// The next value's bytes.
    pub fn size(&mut self) -> usize {
        self.sizes.draw(&mut self.random)
    }

    /// The next key.
    pub fn key(&mut self) -> Option<[u8; KEY_BYTES]> {
        let number = match self.keys {
            Keys::None | Keys::RoundRobin => return None,
            Keys::Uniform(count) => self.random.random_range(0..count),
            Keys::Zipf(..) => {
                whole(self.zipf.as_ref().expect("made for these keys").sample(&mut self.random)) - 1
            }
        };
        Some(key_text(number))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound)
    }

    /// A number in (0, 1].
    pub fn fraction(&mut self) -> f64 {
        1.0 - self.random.random::<f64>()
    }

    /// The next `bytes` of filler.
    pub fn filler(&mut self, bytes: usize) -> &[u8] {
        self.filler.next(bytes)
    }
}

/// `key-` and twelve digits.
fn key_text(mut number: u64) -> [u8; KEY_BYTES] {
    let mut key = *b"key-000000000000";
    for digit in key[4..].iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("one digit");
        number /= 10;
    }
    key
}

/// Bytes to fill records with, of which a share is random and the rest is zeros, so that codecs find what they would
/// find in real data.
#[derive(Debug, Clone)]
pub struct Filler {
    pool: Arc<[u8]>,
    at: usize,
}

/// Random and plain bytes alternate within this many.
const STRETCH_BYTES: usize = 64;

impl Filler {
    /// `entropy` is the share of random bytes, from 0 to 1. Nothing repeats within `pool_bytes`; `largest` is the
    /// largest piece that will be asked for.
    #[must_use]
    pub fn new(seed: u64, entropy: f64, pool_bytes: usize, largest: usize) -> Filler {
        let random_bytes = index(whole(entropy.clamp(0.0, 1.0) * STRETCH_BYTES as f64));
        let mut random = SmallRng::seed_from_u64(seed);
        let mut pool = vec![0; pool_bytes.max(largest)];
        for stretch in pool.chunks_mut(STRETCH_BYTES) {
            let random_bytes = random_bytes.min(stretch.len());
            random.fill_bytes(&mut stretch[..random_bytes]);
        }
        Filler { pool: pool.into(), at: 0 }
    }

    /// The same bytes from another place on: producers do not send the same.
    #[must_use]
    pub fn starting_at(&self, share: f64) -> Filler {
        Filler { pool: Arc::clone(&self.pool), at: index(whole(share * self.pool.len() as f64)) }
    }

    fn next(&mut self, bytes: usize) -> &[u8] {
        if self.at + bytes > self.pool.len() {
            self.at = 0;
        }
        let start = self.at;
        self.at += bytes;
        &self.pool[start..start + bytes]
    }
}

/// Kafka's hash of keys (murmur2 with its seed): the same key goes to the partition that the Java client chooses.
#[must_use]
pub fn partition_of_key(key: &[u8], partitions: usize) -> usize {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(key.len()).expect("keys are short");
    let mut hash = 0x9747_b28c ^ length;
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().expect("four bytes")).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = words.remainder();
    for (at, byte) in tail.iter().enumerate() {
        hash ^= u32::from(*byte) << (8 * at);
    }
    if !tail.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^= hash >> 15;
    (hash & 0x7fff_ffff) as usize % partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hash_as_the_java_client_hashes_them() {
        // The values are those of Kafka's own test of its hash, masked to be positive.
        let hash = |key: &[u8]| partition_of_key(key, 1 << 31);
        for (key, expected) in [
            (&b"21"[..], -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ] {
            assert_eq!(hash(key), (expected & 0x7fff_ffff) as usize);
        }
    }

    #[test]
    fn sizes_have_the_mean_that_they_say() {
        for text in ["100", "100,300", "uniform:100:2000", "normal:1KiB:100", "lognormal:500:0.5"] {
            let sizes = Sizes::parse(text).unwrap();
            let mut random = SmallRng::seed_from_u64(1);
            let drawn: usize = (0..50_000).map(|_| sizes.draw(&mut random)).sum();
            let mean = drawn as f64 / 50_000.0;
            assert!((mean / sizes.mean() - 1.0).abs() < 0.02, "{text}: {mean} instead of {}", sizes.mean());
        }
        assert!(Sizes::parse("10").unwrap_err().contains("at least 28"));
        assert!(Sizes::parse("uniform:200:100").is_err() && Sizes::parse("other:1:2").is_err());
    }

    #[test]
    fn zipf_keys_are_skewed_and_uniform_ones_are_not() {
        let share_of_most_frequent = |keys: &str| {
            let filler = Filler::new(1, 1.0, 1, 1);
            let mut chooser = Chooser::new(3, Sizes::Fixed(100), Keys::parse(keys).unwrap(), filler);
            let first = key_text(0);
            (0..20_000).filter(|_| chooser.key() == Some(first)).count() as f64 / 20_000.0
        };
        let zipf = share_of_most_frequent("zipf:1000:1.0");
        assert!((zipf - 0.1336).abs() < 0.01, "1/H(1000) of a Zipf distribution, not {zipf}");
        assert!(share_of_most_frequent("uniform:1000") < 0.005);
        assert!(Keys::parse("zipf:0").is_err() && Keys::parse("zipf:10:-1").is_err());
    }

    #[test]
    fn filler_compresses_to_its_entropy() {
        for entropy in [0.0, 0.5, 1.0] {
            let mut filler = Filler::new(9, entropy, 1 << 20, 0);
            let bytes = filler.next(1 << 20);
            let small = crate::codec::compress(loglane_model::Compression::Zstd, bytes).unwrap();
            let share = small.len() as f64 / bytes.len() as f64;
            assert!((share - entropy).abs() < 0.1, "{entropy} became {share}");
        }
    }
}
