//! The keys that a route names: at both ends those in force, or those that a cover was made for.
//!
//! Owns: which statement of a desk counts, and until when. Must not know: what is made with a key.

use crate::{Hub, HubError};
use seinhuis_domain::signal::Route;
use seinhuis_store::records::{KeyListRecord, KeyStatement, KeyUse};
use seinhuis_store::{Row, Snapshot, Store, Versioned};
use seinhuis_types::{Desk, ErrorCode, KeyId, Millis, Revision};

/// The keys a route names, as their owners state them.
pub(crate) struct RouteKeys {
    /// The session key the result of a conversion must stand under.
    pub(crate) recipient_pseudonym: [u8; 32],
    /// The rows both were read from, as they were.
    pub(crate) stands_on: [(Row, Revision); 2],
    /// The first moment at which one of them is in force no more.
    pub(crate) until: Millis,
    pub(crate) source: KeyStatement,
    pub(crate) recipient: KeyStatement,
}

/// A key as a route names it.
struct Named<'a> {
    usage: KeyUse,
    kid: &'a KeyId,
    epoch: u16,
    desk: &'a Desk,
}

impl Named<'_> {
    fn is(&self, key: &KeyStatement) -> bool {
        key.r#use() == self.usage
            && key.kid == self.kid.as_str()
            && key.epoch == u32::from(self.epoch)
    }
}

fn statements(keys: &Versioned<Option<KeyListRecord>>) -> &[KeyStatement] {
    keys.value
        .as_ref()
        .map(|list| list.statements.as_slice())
        .unwrap_or_default()
}

fn stale(told: String) -> HubError {
    HubError::told(ErrorCode::StaleKeyEpoch, told)
}

impl<S: Store> Hub<S> {
    /// The keys in force at both ends of a route.
    ///
    /// # Errors
    /// `STALE_KEY_EPOCH` when the route names a key that is not the newest of its kind.
    pub(crate) fn route_keys(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        now: Millis,
    ) -> Result<RouteKeys, HubError> {
        self.keys_of(snapshot, route, now, |stated, named| {
            self.newest_key(stated, named.usage, now)
                .filter(|key| named.is(key))
                .ok_or_else(|| {
                    stale(format!(
                        "key `{}` is not the key in force at desk `{}`; \
                         fetch its key statements again",
                        named.kid, named.desk
                    ))
                })
        })
    }

    /// The keys that a cover names, for what takes its place: newer ones of the same desks do not count, or the
    /// desk that asked would see by the ids of its own keys whether a person decided (ADR 23).
    ///
    /// # Errors
    /// `QUESTION_CLOSED` when one is in force no more: nothing can take the place of that cover.
    pub(crate) fn cover_keys(
        &self,
        snapshot: &impl Snapshot,
        cover: &Route,
        now: Millis,
    ) -> Result<RouteKeys, HubError> {
        self.keys_of(snapshot, cover, now, |stated, named| {
            stated
                .iter()
                .find(|key| named.is(key) && now < self.key_end(key, now))
                .ok_or_else(|| {
                    HubError::told(
                        ErrorCode::QuestionClosed,
                        format!(
                            "key `{}` of desk `{}`, which the cover of this question names, is in force no more: \
                             the cover leaves, and nothing shows that somebody decided. Tell the desk that asked \
                             another way",
                            named.kid, named.desk
                        ),
                    )
                })
        })
    }

    /// The keys that a route names at both ends, each as `choose` finds it among what its desk stated.
    fn keys_of(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        now: Millis,
        choose: impl for<'k> Fn(&'k [KeyStatement], &Named<'_>) -> Result<&'k KeyStatement, HubError>,
    ) -> Result<RouteKeys, HubError> {
        let to = snapshot.keys(route.recipient, &route.desk)?;
        let from = snapshot.keys(route.source, &route.source_desk)?;
        let of = |usage, kid, desk| Named {
            usage,
            kid,
            epoch: route.epoch,
            desk,
        };
        let seal = of(KeyUse::Seal, &route.seal_kid, &route.desk);
        let seal = choose(statements(&to), &seal)?;
        let kid = &route.recipient_pseudonym_kid;
        let recipient = of(KeyUse::Pseudonym, kid, &route.desk);
        let recipient = choose(statements(&to), &recipient)?;
        let kid = &route.source_pseudonym_kid;
        let source = of(KeyUse::Pseudonym, kid, &route.source_desk);
        let source = choose(statements(&from), &source)?;
        let until = [seal, recipient, source].map(|key| self.key_end(key, now));
        Ok(RouteKeys {
            recipient_pseudonym: recipient
                .key
                .as_slice()
                .try_into()
                .map_err(|_| HubError::Internal("a stored session key has another length"))?,
            source: source.clone(),
            recipient: recipient.clone(),
            stands_on: [
                (Row::Keys(route.recipient, route.desk.clone()), to.revision),
                (
                    Row::Keys(route.source, route.source_desk.clone()),
                    from.revision,
                ),
            ],
            until: until.into_iter().min().unwrap_or(now),
        })
    }

    /// The key of one use in force at a desk. It is the choice every sender makes
    /// (docs/formats/key-statement.md), so a statement whose certificate is good no more does not count
    /// here either: no sender would take it.
    pub(crate) fn newest_key<'k>(
        &self,
        statements: &'k [KeyStatement],
        usage: KeyUse,
        now: Millis,
    ) -> Option<&'k KeyStatement> {
        let trust = &self.parts.trust;
        newest(statements, usage, now, |key| {
            trust.verify_chain(&key.chain, now).is_ok()
        })
    }

    /// The first moment at which a key that is in force at `now` is so no more: its term is over, or that of the
    /// certificate it was stated under.
    pub(crate) fn key_end(&self, key: &KeyStatement, now: Millis) -> Millis {
        match self.parts.trust.verify_chain(&key.chain, now) {
            // Of a certificate the last millisecond still counts.
            Ok(stated_under) => Millis(key.not_after_ms).min(stated_under.not_after().plus(1)),
            // It was revoked since it was found: what is decided now is decided again.
            Err(_) => now,
        }
    }

    /// That what answers can be made for the keys that its cover is made for, up to the tick (ADR 23).
    pub(crate) fn keys_last(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        tick: Millis,
        now: Millis,
    ) -> Result<(), HubError> {
        let stated = snapshot.keys(route.source, &route.source_desk)?.value;
        let stated = stated.unwrap_or_default().statements;
        let lasts = |usage| {
            let newest = self.newest_key(&stated, usage, now);
            newest.is_some_and(|key| tick <= self.key_end(key, now))
        };
        if [KeyUse::Seal, KeyUse::Pseudonym].into_iter().all(lasts) {
            return Ok(());
        }
        Err(HubError::told(
            ErrorCode::QuestionTickInvalid,
            format!(
                "an answer is made for the keys of desk `{}`, and one of them, or its certificate, lapses before \
                 this tick: make new keys first, or take an earlier tick",
                route.source_desk
            ),
        ))
    }
}

/// Of the statements of one use that are in their term now and that are `good`, the one with the highest
/// epoch, and of these the one that began last.
fn newest(
    statements: &[KeyStatement],
    usage: KeyUse,
    now: Millis,
    good: impl Fn(&KeyStatement) -> bool,
) -> Option<&KeyStatement> {
    let mut found: Vec<_> = statements
        .iter()
        .filter(|key| key.r#use() == usage)
        .filter(|key| key.not_before_ms <= now.0 && now.0 < key.not_after_ms)
        .collect();
    // Of two that began together the one stated last stays last.
    found.sort_by_key(|key| (key.epoch, key.not_before_ms));
    found.into_iter().rev().find(|key| good(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(kid: &str, epoch: u32, from: u64, to: u64) -> KeyStatement {
        KeyStatement {
            kid: kid.to_owned(),
            r#use: KeyUse::Seal.into(),
            epoch,
            not_before_ms: from,
            not_after_ms: to,
            ..KeyStatement::default()
        }
    }

    fn in_force_at(statements: &[KeyStatement], now: u64) -> Option<&str> {
        let found = newest(statements, KeyUse::Seal, Millis(now), |_| true);
        found.map(|key| key.kid.as_str())
    }

    #[test]
    fn the_highest_epoch_is_in_force_and_of_one_epoch_the_latest_start() {
        let statements = [
            stated("new-epoch", 2, 10, 100),
            stated("first", 1, 0, 100),
            stated("replaced", 1, 20, 100),
        ];
        assert_eq!(in_force_at(&statements, 5), Some("first"));
        assert_eq!(in_force_at(&statements, 50), Some("new-epoch"));
        assert_eq!(in_force_at(&statements[1..], 50), Some("replaced"));
        let pseudonym = newest(&statements, KeyUse::Pseudonym, Millis(50), |_| true);
        assert_eq!(pseudonym, None);
    }

    #[test]
    fn of_two_that_began_together_the_last_stated_is_in_force() {
        let statements = [stated("first", 1, 10, 100), stated("last", 1, 10, 100)];
        assert_eq!(in_force_at(&statements, 10), Some("last"));
    }

    #[test]
    fn a_key_whose_statement_is_good_no_more_gives_way_to_the_one_before() {
        let statements = [stated("older", 1, 10, 100), stated("newer", 1, 20, 100)];
        let but = |bad: &'static [&str]| {
            let good = move |key: &KeyStatement| !bad.contains(&key.kid.as_str());
            let found = newest(&statements, KeyUse::Seal, Millis(50), good);
            found.map(|key| key.kid.as_str())
        };
        assert_eq!(but(&[]), Some("newer"));
        assert_eq!(but(&["newer"]), Some("older"));
        assert_eq!(but(&["older", "newer"]), None);
    }

    #[test]
    fn a_key_is_in_force_from_its_first_moment_up_to_its_last() {
        let statements = [stated("only", 1, 10, 100)];
        assert_eq!(in_force_at(&statements, 9), None);
        assert_eq!(in_force_at(&statements, 10), Some("only"));
        assert_eq!(in_force_at(&statements, 99), Some("only"));
        assert_eq!(in_force_at(&statements, 100), None);
    }
}
