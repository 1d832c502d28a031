//! The operating system's randomness in the shape that the project's functions take.
//!
//! Must not know: what the bytes are used for.

use rand::rngs::SysRng;
use rand_core::UnwrapErr;

/// The operating system's generator. It panics when the system has no randomness to give, because
/// nothing that needs a key may go on without.
pub fn os() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn two_draws_differ() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        os().fill_bytes(&mut first);
        os().fill_bytes(&mut second);
        assert_ne!(first, second);
    }
}
