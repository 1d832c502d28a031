//! What comes to an end is told in time, to whom it concerns, and once.

use super::local::{Local, Settings};
use super::run;
use seinhuis_client::Persons;
use seinhuis_domain::agreement::StepReason;
use seinhuis_proto::v1::{Warning, WarningKind};
use seinhuis_store::Store;
use seinhuis_tests::{Chain, content};
use seinhuis_types::{Clock, ErrorCode, LeafIndex, ManualClock, Millis, SystemClock};
use std::sync::Arc;

const NAMES: [&str; 5] = ["politie", "om", "rvdk", "reclassering", "veilig-thuis"];

struct Stage {
    chain: Chain,
    local: Local,
    clock: ManualClock,
}

impl Stage {
    async fn start() -> Self {
        let mut chain = Chain::start().await.unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        Self {
            chain,
            local,
            clock,
        }
    }

    /// Moves the clock when all is published: a log that is behind stops the hub, which is another
    /// matter.
    async fn go_to(&self, at: Millis) {
        let log = &self.local.log;
        let last = self.local.gate.next_index().0 - 1;
        log.wait_published(LeafIndex(last)).await.unwrap();
        while log.lag_ms(at) > 0 {
            tokio::task::yield_now().await;
        }
        self.clock.advance(at.0 - self.clock.now().0);
    }

    /// Goes there, looks twice, and gives how many warnings of this kind came.
    async fn given(&self, at: Millis, kind: WarningKind) -> usize {
        self.go_to(at).await;
        let given = self.local.hub.pass_warnings().await.unwrap();
        let again = self.local.hub.pass_warnings().await.unwrap();
        assert_eq!(again, [], "each warning is given once");
        given.into_iter().filter(|found| *found == kind).count()
    }
}

async fn list(chain: &Chain, name: &str, kind: WarningKind) -> Vec<Warning> {
    let found = chain.partner(name).warnings().await.unwrap();
    found.into_iter().filter(|w| w.kind() == kind).collect()
}

#[test]
fn the_end_of_an_agreement_is_told_three_times_to_those_it_still_binds() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let persons = Persons::new("a-1", "b-2").unwrap();
        chain
            .partner("om")
            .leave(&chain.agreement, &persons)
            .await
            .unwrap();
        // A suspended agreement ends all the same.
        let reason = StepReason::Review;
        let vt = chain.partner("veilig-thuis");
        vt.suspend(&chain.agreement, &persons, reason)
            .await
            .unwrap();
        let view = vt.agreement(&chain.agreement).await.unwrap();
        let end = view.content.validity.end();
        let kind = WarningKind::AgreementEnds;
        let mut told = Vec::new();
        for (days, late) in [(90, 0), (30, 0), (7, 0), (6, 0)] {
            let at = end.minus(days * Millis::DAY).plus(late);
            let before = at.minus(1);
            if days > 6 {
                assert_eq!(stage.given(before, kind).await, 0, "{days}");
                told.push(days);
            }
            let expected = if days > 6 { 4 } else { 0 };
            assert_eq!(stage.given(at, kind).await, expected, "{days}");
            assert!(list(chain, "om", kind).await.is_empty());
            for name in NAMES.into_iter().filter(|name| *name != "om") {
                let found = list(chain, name, kind).await;
                let days: Vec<u64> = found.iter().rev().map(|w| w.days.into()).collect();
                assert_eq!(days, told, "{name}");
                let last = found.first().unwrap();
                assert_eq!(last.agreement_hash, chain.agreement.as_str());
                assert_eq!(last.ends_ms, end.0);
            }
        }
        assert_eq!(stage.given(end, kind).await, 0, "it is over");
    });
}

#[test]
fn a_review_and_certificates_are_told_to_their_own_party() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        // Both kinds of certificate run for a year; systems are known by their connections.
        let soon = stage.clock.now().plus((365 - 29) * Millis::DAY);
        // A review of which nothing was told yet begins twenty days after that, or some hours less.
        let review = civil(soon.plus(20 * Millis::DAY));
        let agreed = chain.agree(|text| {
            let line = |line: &str| match line.starts_with("review = ") {
                true => format!("review = {review}\n"),
                false => format!("{line}\n"),
            };
            text.lines().map(line).collect()
        });
        let agreed = agreed.await.unwrap();
        for name in NAMES {
            chain.partner(name).list_agreements().await.unwrap();
        }
        stage.go_to(soon).await;
        stage.local.hub.pass_warnings().await.unwrap();
        for name in NAMES {
            for kind in [
                WarningKind::SigningCertificateEnds,
                WarningKind::TlsCertificateEnds,
            ] {
                let found = list(chain, name, kind).await;
                let ends: Vec<u32> = found.iter().map(|warning| warning.days).collect();
                if kind == WarningKind::TlsCertificateEnds {
                    assert_eq!(
                        ends,
                        [30],
                        "{name}: of the warnings that are late the last one"
                    );
                    assert!(!found[0].system.is_empty() && found[0].certificate.len() == 32);
                } else {
                    assert_eq!(ends, [30], "{name}");
                }
            }
            let review = list(chain, name, WarningKind::ReviewDue).await;
            let of_it = review
                .iter()
                .filter(|w| w.agreement_hash == agreed.as_str());
            let told: Vec<u32> = of_it.map(|warning| warning.days).collect();
            assert_eq!(told, [30], "{name}");
        }
    });
}

#[test]
fn a_warning_is_an_entry_of_its_own_party_and_outlives_a_restart() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let names = ["politie", "veilig-thuis"];
        // A review within the week, by the machine's own clock.
        let review = SystemClock.now().plus(5 * Millis::DAY);
        let day = civil(review);
        let bytes = content(chain.partner("politie"), "two-party.toml", |text| {
            text.replace("review = 2027-09-01", &format!("review = {day}"))
        });
        let bytes = bytes.await.unwrap();
        let (hash, _) = chain.partner("politie").propose(&bytes).await.unwrap();
        let persons = Persons::new("a-1", "b-2").unwrap();
        for name in names {
            chain.partner(name).accept(&hash, &persons).await.unwrap();
        }
        let kind = WarningKind::ReviewDue;
        for round in 0..2 {
            let mut hub = chain.hub.take().unwrap();
            hub.kill().unwrap();
            hub.wait().unwrap();
            chain.hub = Some(chain.sandbox.start_hub().unwrap());
            for name in names {
                let found = list(&chain, name, kind).await;
                let [warning] = found.as_slice() else {
                    panic!("{name}, {round}: {found:?}")
                };
                assert_eq!((warning.days, &*warning.agreement_hash), (7, hash.as_str()));
                // Its party finds the entry among its own; nobody else can read it.
                let index = LeafIndex(warning.index);
                let own = chain
                    .partner(name)
                    .acting_for(&[super::persons::officer("fg-1")]);
                let entry = own.unwrap().entry(index).await.unwrap();
                let act = entry.shared().map(|shared| shared.act());
                assert_eq!(act, Some(seinhuis_proto::v1::Act::Warning));
                let om = chain
                    .partner("om")
                    .acting_for(&[super::persons::officer("fg-1")]);
                let others = match om.unwrap().entry(index).await {
                    Ok(entry) => entry.shared().is_some(),
                    Err(error) => error.code() != Some(ErrorCode::EntryNotFound),
                };
                assert!(!others, "another reads the warning");
            }
            assert!(list(&chain, "om", kind).await.is_empty());
        }
    });
}

/// The day of a moment, `YYYY-MM-DD`, in UTC.
fn civil(at: Millis) -> String {
    let (year, month) = seinhuis_store::Month::of(at).year_month();
    // The first day of a month is some day before: count from there.
    let mut day = 1;
    let mut start = at;
    while seinhuis_store::Month::of(start.minus(Millis::DAY)).year_month() == (year, month) {
        start = start.minus(Millis::DAY);
        day += 1;
    }
    format!("{year:04}-{month:02}-{day:02}")
}
