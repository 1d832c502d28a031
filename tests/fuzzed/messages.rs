//! What partners send the hub: requests, and the tokens it gave them.

use seinhuis_gateway::internal;
use seinhuis_hub::{CursorError, Cursors};
use seinhuis_types::{Desk, Millis, Oin, Position};

const KEY: [u8; 32] = [3; 32];
const NOW: Millis = Millis(1_790_000_000_000);

/// A stream's cursor and a list's page. Only what was issued is taken; the input is a token from
/// anywhere, and then a position and bytes to change in a token that was issued.
pub(super) fn cursor(bytes: &[u8]) {
    let (Ok(oin), Ok(desk)) = (Oin::parse("00000099000000010000"), Desk::parse("intake")) else {
        return;
    };
    // A key of its own, under which nothing is issued: a fuzzer sees the operands of comparisons, and
    // copies a MAC that it was shown.
    let silent = Cursors::new(&[5; 32]);
    assert_eq!(
        silent.read(&oin, &desk, bytes, NOW),
        Err(CursorError::Foreign)
    );
    assert_eq!(
        silent.read_page(&oin, "partners", bytes),
        Err(CursorError::Foreign)
    );
    let cursors = Cursors::new(&KEY);
    let Some((position, change)) = bytes.split_first_chunk::<8>() else {
        return;
    };
    let position = Position(u64::from_be_bytes(*position));
    let issued = cursors.issue(&oin, &desk, position, NOW);
    assert_eq!(cursors.read(&oin, &desk, &issued, NOW), Ok(position));
    let changed: Vec<u8> = issued
        .iter()
        .zip(change.iter().chain(std::iter::repeat(&0)))
        .map(|(byte, change)| byte ^ change)
        .collect();
    assert_eq!(
        cursors.read(&oin, &desk, &changed, NOW).is_ok(),
        changed == issued
    );
    let page = cursors.issue_page(&oin, "partners", change);
    assert_eq!(
        cursors.read_page(&oin, "partners", &page).as_deref(),
        Ok(change)
    );
    assert!(cursors.read_page(&oin, "systems", &page).is_err());
}

/// A request of any method: the first byte says which. What is taken keeps the limits of the wire.
pub(super) fn message(bytes: &[u8]) {
    let Some((method, message)) = bytes.split_first() else {
        return;
    };
    let Some(method) = internal::METHODS.get(usize::from(*method)) else {
        return;
    };
    if let Err(words) = internal::command(method, message) {
        // The message may be a person's: it is not repeated.
        assert!(!words.is_empty() && words.len() < 400, "{words}");
    }
}
