//! How long to leave a witness alone after it failed. Must not know why it failed.

use rand_core::Rng;
use std::time::Duration;

/// The wait after the first failure, in milliseconds.
const FIRST: u64 = 1_000;
/// The longest.
const LONGEST: u64 = 60_000;

/// The wait after so many failures in a row: doubled each time, at most a minute, and of that a
/// random part between a half and the whole, so that hubs and witnesses that fail together do not
/// come back together.
pub(super) fn wait(failures: u32, rng: &mut impl Rng) -> Duration {
    let whole = FIRST
        .saturating_mul(2u64.saturating_pow(failures.saturating_sub(1).min(16)))
        .min(LONGEST);
    let half = whole / 2;
    let part = rng.next_u64() % half.saturating_add(1);
    Duration::from_millis(half.saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn waits_grow_to_a_minute_and_differ() {
        let mut rng = StdRng::seed_from_u64(1);
        for (failures, whole) in [
            (1, 1_000),
            (2, 2_000),
            (5, 16_000),
            (7, 60_000),
            (u32::MAX, 60_000),
        ] {
            let drawn: Vec<_> = (0..50)
                .map(|_| wait(failures, &mut rng).as_millis())
                .collect();
            assert!(
                drawn.iter().all(|ms| (whole / 2..=whole).contains(ms)),
                "{drawn:?}"
            );
            assert!(drawn.iter().any(|ms| *ms != drawn[0]), "{drawn:?}");
        }
    }
}
