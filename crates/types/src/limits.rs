//! The limits of the wire (docs/formats/limits.md). Part of the formats: not configurable.

/// Largest `Publish` request, in bytes.
pub const PUBLISH_BYTES: usize = 512 * 1024;
/// Largest other request, in bytes.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// Most envelopes in one `Publish`.
pub const ENVELOPES: usize = 32;
/// Most sealed fields in one envelope.
pub const FIELDS: usize = 32;
/// Most subjects in one envelope.
pub const SUBJECTS: usize = 12;
/// Most released but unacknowledged deliveries on one stream.
pub const UNACKNOWLEDGED: usize = 16;
/// Shortest and longest idempotency key, in bytes.
pub const IDEMPOTENCY_KEY: std::ops::RangeInclusive<usize> = 16..=64;
/// How long a reply is kept for its idempotency key, in milliseconds.
pub const IDEMPOTENCY_MS: u64 = 7 * crate::Millis::DAY;
/// The clause under which a partner converts identifiers of its own clients: the one name that
/// budgets of own conversions are counted under.
pub const OWN_CLIENTS: &str = "own-clients";
/// How far back an event may lie, in milliseconds (five years: 1,826 days).
pub const EVENT_PAST_MS: u64 = 1_826 * crate::Millis::DAY;
/// How far ahead an event may lie, in milliseconds (five minutes, for clocks that differ).
pub const EVENT_FUTURE_MS: u64 = 5 * 60 * crate::Millis::SECOND;
/// How old the hour of a route may be when a transcryptor sees it, in milliseconds.
pub const ROUTE_PAST_MS: u64 = 24 * crate::Millis::HOUR;
/// How far ahead the hour of a route may be when a transcryptor sees it, in milliseconds.
pub const ROUTE_FUTURE_MS: u64 = crate::Millis::HOUR;
