//! A generator that gives the same bytes for the same seed, so that a failed test can be run again.
//!
//! Must not know: what the bytes are used for. Never for anything that must be secret.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A generator that is wholly determined by `seed`.
pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn equal_seeds_give_equal_bytes_and_others_do_not() {
        let draw = |seed| {
            let mut bytes = [0; 32];
            seeded(seed).fill_bytes(&mut bytes);
            bytes
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
