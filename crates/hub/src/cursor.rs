//! The opaque place in a desk's stream that a client holds.
//!
//! Owns: the token's bytes and its authentication. Must not know: deliveries, streams.
//! Format (docs/formats/cursor-and-streams.md): format byte 1, position u64, issued second u64,
//! first 16 bytes of HMAC-SHA256 over these and the desk it was issued for.

use ring::hmac;
use seinhuis_types::{Desk, Millis, Oin, Position};

const FORMAT: u8 = 1;
const LENGTH: usize = 1 + 8 + 8 + 16;
/// How long a cursor is taken, in milliseconds.
const LIFETIME_MS: u64 = 30 * Millis::DAY;

/// Makes and checks cursors.
pub struct Cursors {
    key: hmac::Key,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursors(..)")
    }
}

/// A cursor that this hub did not make for this desk, or that is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not made by this hub for this desk.
    #[error("the cursor was not made by this hub for this desk; start without one")]
    Foreign,
    /// Older than 30 days.
    #[error("the cursor is older than 30 days; start without one")]
    Stale,
}

impl Cursors {
    /// Cursors authenticated by `key`.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// A cursor that goes on after `position` at this desk.
    pub fn issue(&self, oin: &Oin, desk: &Desk, position: Position, now: Millis) -> Vec<u8> {
        let mut token = vec![FORMAT];
        token.extend(position.0.to_be_bytes());
        token.extend(now.seconds().to_be_bytes());
        let tag = self.tag(oin, desk, &token);
        token.extend(tag.as_ref().iter().take(16));
        token
    }

    /// The position a cursor holds.
    pub fn read(
        &self,
        oin: &Oin,
        desk: &Desk,
        token: &[u8],
        now: Millis,
    ) -> Result<Position, CursorError> {
        let token: &[u8; LENGTH] = token.try_into().map_err(|_| CursorError::Foreign)?;
        let (clear, tag) = token.split_at(LENGTH - 16);
        let expected = self.tag(oin, desk, clear);
        let ([FORMAT, position @ ..], true) = (clear, same(expected.as_ref(), tag)) else {
            return Err(CursorError::Foreign);
        };
        let (position, issued) = position
            .split_first_chunk::<8>()
            .ok_or(CursorError::Foreign)?;
        let issued: [u8; 8] = issued.try_into().map_err(|_| CursorError::Foreign)?;
        let issued = Millis(u64::from_be_bytes(issued).saturating_mul(Millis::SECOND));
        if issued.plus(LIFETIME_MS) < now {
            return Err(CursorError::Stale);
        }
        Ok(Position(u64::from_be_bytes(*position)))
    }

    /// An opaque token that lets `oin` go on with a list where `place` is.
    pub fn issue_page(&self, oin: &Oin, list: &str, place: &[u8]) -> Vec<u8> {
        let tag = self.page_tag(oin, list, place);
        tag.as_ref()
            .iter()
            .take(16)
            .copied()
            .chain(place.iter().copied())
            .collect()
    }

    /// The place in a page token that this hub made for this caller and list.
    pub fn read_page(&self, oin: &Oin, list: &str, token: &[u8]) -> Result<Vec<u8>, CursorError> {
        let (tag, place) = token
            .split_first_chunk::<16>()
            .ok_or(CursorError::Foreign)?;
        let expected = self.page_tag(oin, list, place);
        if same(expected.as_ref(), tag) {
            Ok(place.to_vec())
        } else {
            Err(CursorError::Foreign)
        }
    }

    /// What stands for a person in a counter: says nothing to whom has not this hub's key.
    pub(crate) fn mark(&self, oin: &Oin, person: &str) -> [u8; 16] {
        self.labelled(b"seinhuis/v1/alone\0", oin, person.as_bytes())
    }

    /// What stands for a person in the review of a break-glass, whichever case the pseudonym is written
    /// in; nothing else can be told from it without this hub's key.
    pub(crate) fn reviewer(&self, oin: &Oin, person: &[u8]) -> [u8; 16] {
        let person = person.to_ascii_lowercase();
        self.labelled(b"seinhuis/v1/break-glass\0", oin, &person)
    }

    /// What tells this key from another, in the row of a review: whether its marks compare with new ones.
    pub(crate) fn check(&self) -> [u8; 8] {
        let mut check = [0; 8];
        let tag = hmac::sign(&self.key, b"seinhuis/v1/break-glass-key\0");
        for (to, from) in check.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        check
    }

    fn labelled(&self, label: &[u8], oin: &Oin, person: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(label);
        context.update(oin.as_str().as_bytes());
        context.update(person);
        let mut mark = [0; 16];
        for (to, from) in mark.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        mark
    }

    fn page_tag(&self, oin: &Oin, list: &str, place: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [
            b"seinhuis/v1/page\0",
            oin.as_str().as_bytes(),
            list.as_bytes(),
            b"\0",
            place,
        ] {
            context.update(part);
        }
        context.sign()
    }

    fn tag(&self, oin: &Oin, desk: &Desk, clear: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"seinhuis/v1/cursor\0");
        context.update(oin.as_str().as_bytes());
        context.update(desk.as_str().as_bytes());
        context.update(b"\0");
        context.update(clear);
        context.sign()
    }
}

/// Whether the shortened tag is right, in time that does not depend on where it is wrong.
fn same(expected: &[u8], shortened: &[u8]) -> bool {
    shortened.len() == 16
        && expected
            .iter()
            .zip(shortened)
            .fold(0u8, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_790_000_000_000);

    fn oin() -> Oin {
        Oin::parse("00000099000000010000").unwrap()
    }

    #[test]
    fn a_cursor_serves_its_own_desk_for_thirty_days() {
        let cursors = Cursors::new(&[3; 32]);
        let desk = Desk::parse("intake").unwrap();
        let token = cursors.issue(&oin(), &desk, Position(41), NOW);
        assert_eq!(cursors.read(&oin(), &desk, &token, NOW), Ok(Position(41)));
        let other = Desk::parse("toezicht").unwrap();
        assert_eq!(
            cursors.read(&oin(), &other, &token, NOW),
            Err(CursorError::Foreign)
        );
        // Its age counts from the whole second it was made in: thirty days old is not older.
        let read = |at| cursors.read(&oin(), &desk, &token, at);
        let last = NOW.plus(30 * Millis::DAY);
        assert_eq!(read(last.minus(1)), Ok(Position(41)));
        assert_eq!(read(last), Ok(Position(41)));
        assert_eq!(read(last.plus(1)), Err(CursorError::Stale));
        let late = cursors.issue(&oin(), &desk, Position(41), NOW.plus(999));
        assert_eq!(late, token);
    }

    #[test]
    fn every_flipped_bit_makes_it_foreign() {
        let cursors = Cursors::new(&[3; 32]);
        let desk = Desk::parse("intake").unwrap();
        let token = cursors.issue(&oin(), &desk, Position(41), NOW);
        for bit in 0..token.len() * 8 {
            let mut forged = token.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                cursors.read(&oin(), &desk, &forged, NOW),
                Err(CursorError::Foreign)
            );
        }
        assert_eq!(
            cursors.read(&oin(), &desk, &[], NOW),
            Err(CursorError::Foreign)
        );
    }
}
