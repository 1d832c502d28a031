//! The life of an agreement over the wire: a version that takes another's place, a law that changes
//! under it, a proposal that nobody answers, and who may act for a party.

mod last_second;

use super::local::{Local, Settings};
use super::messages::{prepared, prepared_for, publish, signals};
use super::run;
use seinhuis_client::{
    AgreementView, ClientError, Item, Partner, PartnerConfig, Persons, Signatory, To,
};
use seinhuis_domain::agreement::{State, StepKind, StepReason};
use seinhuis_proto::v1;
use seinhuis_store::Store;
use seinhuis_tests::{Chain, content, story};
use seinhuis_types::{
    AgreementHash, Clock, Desk, ErrorCode, LeafIndex, ManualClock, Millis, SystemClock,
};
use std::sync::Arc;

const NAMES: [&str; 5] = ["politie", "om", "rvdk", "reclassering", "veilig-thuis"];

fn persons() -> Persons {
    Persons::new("administrator-1", "director-1").unwrap()
}

/// The five-party agreement as a version that replaces `old`, after a change of its text.
async fn next_version(
    chain: &Chain,
    old: &AgreementHash,
    number: u32,
    change: impl FnOnce(String) -> String,
) -> Vec<u8> {
    let version = format!("version = {number}\nreplaces = \"{old}\"\n");
    let change = |text: String| change(text.replace("version = 1\n", &version));
    content(chain.partner("politie"), "five-party.toml", change)
        .await
        .unwrap()
}

async fn propose(chain: &Chain, content: &[u8]) -> AgreementHash {
    chain.partner("politie").propose(content).await.unwrap().0
}

async fn accept(chain: &Chain, hash: &AgreementHash, names: &[&str]) -> Result<State, ClientError> {
    let mut state = State::Proposed;
    for name in names {
        state = chain.partner(name).accept(hash, &persons()).await?.state;
    }
    Ok(state)
}

fn to(chain: &Chain, agreement: &AgreementHash) -> To {
    To {
        agreement: agreement.clone(),
        ..chain.to("veilig-thuis", "pol-vt-report")
    }
}

/// How a signal under `agreement` is decided: permitted, or the first reason.
async fn decided(chain: &Chain, message: v1::PublishRequest) -> Result<(), String> {
    let mut client = signals(chain, "politie").await;
    let decision = publish(&mut client, message).await.unwrap();
    match decision.reasons.into_iter().next() {
        None if decision.permitted => Ok(()),
        None => Err("no reason".to_owned()),
        Some(reason) => Err(reason.code),
    }
}

fn code(error: &ClientError) -> Option<ErrorCode> {
    error.code()
}

async fn seen(chain: &Chain, hash: &AgreementHash) -> AgreementView {
    chain.partner("om").agreement(hash).await.unwrap()
}

#[test]
fn a_version_takes_the_place_of_another_in_one_commit() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let old = chain.agreement.clone();
        // What waits under the old one when it ends, and what is sent after.
        let waits = prepared(&chain).await;
        let late = prepared(&chain).await;
        decided(&chain, waits).await.unwrap();
        let bytes = next_version(&chain, &old, 2, |text| text).await;
        let new = propose(&chain, &bytes).await;
        accept(&chain, &new, &NAMES[..4]).await.unwrap();
        let early = prepared_for(&chain, to(&chain, &new)).await;
        assert_eq!(
            decided(&chain, early).await,
            Err("AGREEMENT_NOT_VALID".into())
        );
        let vt = chain.partner("veilig-thuis");
        let last = vt.accept(&new, &persons()).await.unwrap();
        assert_eq!(last.state, State::Valid);
        assert_eq!(
            decided(&chain, late).await,
            Err("AGREEMENT_REPLACED".into())
        );
        let good = prepared_for(&chain, to(&chain, &new)).await;
        assert_eq!(decided(&chain, good).await, Ok(()));
        // What had not left before the end never leaves; what came after it does.
        let desk: Desk = "intake".parse().unwrap();
        let mut inbox = vt.receive(&desk, Vec::new());
        assert!(matches!(inbox.next().await.unwrap(), Item::Tombstone(_)));
        assert!(matches!(inbox.next().await.unwrap(), Item::Delivery(_)));
        let view = seen(&chain, &old).await;
        assert_eq!(view.state, State::Ended);
        let (by, from) = view.replaced.unwrap();
        assert_eq!(by, new);
        let taken = seen(&chain, &new).await.steps.pop().unwrap();
        assert_eq!(taken.at, from, "both changed at one moment");
        // It is over for good: no step follows, and no second version takes its place.
        let refused = chain
            .partner("om")
            .leave(&old, &persons())
            .await
            .unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::AgreementStateConflict));
        let second = next_version(&chain, &old, 3, |text| text).await;
        let refused = chain.partner("om").propose(&second).await.unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::AgreementStateConflict));
        assert!(refused.to_string().contains(new.as_str()), "{refused}");
    });
}

#[test]
fn of_two_versions_that_replace_the_same_one_becomes_valid() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let old = chain.agreement.clone();
        let mut proposals = Vec::new();
        for number in [2, 3] {
            let bytes = next_version(&chain, &old, number, |text| text).await;
            let hash = propose(&chain, &bytes).await;
            accept(&chain, &hash, &NAMES[..4]).await.unwrap();
            proposals.push(hash);
        }
        let local = Local::replace(&mut chain, Settings::default()).await;
        // Both last acceptances are decided on the same rows; one commit waits for the other.
        let mut held = local.gate.hold("accept");
        let vt = chain.partner("veilig-thuis");
        let names = persons();
        let overtaken = async {
            held.reached().await;
            let won = vt.accept(&proposals[1], &names).await;
            held.go();
            won
        };
        let (lost, won) = tokio::join!(vt.accept(&proposals[0], &names), overtaken);
        assert_eq!(won.unwrap().state, State::Valid);
        let lost = lost.unwrap_err();
        assert_eq!(code(&lost), Some(ErrorCode::AgreementStateConflict));
        assert!(lost.to_string().contains("replaced before"), "{lost}");
        let view = seen(&chain, &old).await;
        assert_eq!(view.replaced.unwrap().0, proposals[1]);
        // The other is no dead end: it can still be refused.
        let open = seen(&chain, &proposals[0]).await;
        assert_eq!(open.state, State::Proposed);
        let rejected = chain
            .partner("veilig-thuis")
            .take(
                StepKind::Reject,
                &proposals[0],
                &persons(),
                Some(StepReason::OtherVersion),
            )
            .await;
        assert_eq!(rejected.unwrap().state, State::Rejected);
        let last = seen(&chain, &proposals[0]).await.steps.pop().unwrap();
        assert_eq!(last.reason, Some(StepReason::OtherVersion));
    });
}

/// A hub with a clock of its own in the place of the chain's.
async fn with_clock(chain: &mut Chain) -> (Local, ManualClock) {
    let clock = ManualClock::at(SystemClock.now());
    let settings = Settings {
        clock: Arc::new(clock.clone()),
        ..Settings::default()
    };
    let mut local = Local::replace(chain, settings).await;
    clock.advance(local.gate.now().0 - clock.now().0);
    drop(local.publish());
    (local, clock)
}

/// Moves the clock when all is published: a log that is behind stops the hub, which is another matter.
async fn go_to(local: &Local, clock: &ManualClock, at: Millis) {
    let last = local.gate.next_index().0 - 1;
    local.log.wait_published(LeafIndex(last)).await.unwrap();
    while local.log.lag_ms(at) > 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(at.0 - clock.now().0);
}

#[test]
fn a_version_that_begins_later_takes_over_at_its_first_second() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let (local, clock) = with_clock(&mut chain).await;
        let old = chain.agreement.clone();
        let begins = Millis((clock.now().seconds() + 7_200) * 1_000);
        let at = begins.seconds();
        let bytes = next_version(&chain, &old, 2, |text| {
            text.replace(
                "not_before = 2026-09-01T00:00:00+02:00",
                &format!("not_before = {at}"),
            )
        })
        .await;
        let new = propose(&chain, &bytes).await;
        accept(&chain, &new, &NAMES).await.unwrap();
        for (now, decides) in [(clock.now(), &old), (begins.minus(1), &old), (begins, &new)] {
            go_to(&local, &clock, now.max(clock.now())).await;
            for agreement in [&old, &new] {
                let message = prepared_for(&chain, to(&chain, agreement)).await;
                let told = decided(&chain, message).await;
                assert_eq!(told.is_ok(), agreement == decides, "{now:?}: {told:?}");
            }
            let state = seen(&chain, &old).await.state;
            assert_eq!(state == State::Valid, *decides == old);
        }
    });
}

#[test]
fn a_version_that_is_refused_or_lapses_leaves_the_old_one_alone() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let (local, clock) = with_clock(&mut chain).await;
        let old = chain.agreement.clone();
        let rejected = propose(&chain, &next_version(&chain, &old, 2, |text| text).await).await;
        accept(&chain, &rejected, &NAMES[..4]).await.unwrap();
        let vt = chain.partner("veilig-thuis");
        let reason = Some(StepReason::NoBasis);
        vt.take(StepKind::Reject, &rejected, &persons(), reason)
            .await
            .unwrap();
        // One whose term is over before anybody answered, and how long others stand open.
        let ends = Millis((clock.now().seconds() + 3_600) * 1_000);
        let at = ends.seconds();
        let short = next_version(&chain, &old, 3, |text| {
            text.replace(
                "not_after = 2031-08-31T23:59:59+02:00",
                &format!("not_after = {at}"),
            )
            .replace("review = 2027-09-01", "review = 2026-09-02")
        })
        .await;
        let short = propose(&chain, &short).await;
        let long = propose(&chain, &next_version(&chain, &old, 4, |text| text).await).await;
        let view = seen(&chain, &long).await;
        let (by, at) = view.proposed.unwrap();
        assert_eq!(by, chain.oin("politie"));
        assert_eq!(view.answer_by, Some(at.plus(90 * Millis::DAY)));
        let answer_by = seen(&chain, &short).await.answer_by.unwrap();
        assert_eq!(answer_by, ends.plus(1_000));
        go_to(&local, &clock, answer_by).await;
        let lapsed = seen(&chain, &short).await;
        assert_eq!((lapsed.state, lapsed.answer_by), (State::Rejected, None));
        let refused = chain
            .partner("om")
            .accept(&short, &persons())
            .await
            .unwrap_err();
        assert_eq!(
            code(&refused),
            Some(ErrorCode::AgreementStateConflict),
            "{refused}"
        );
        let view = seen(&chain, &old).await;
        assert_eq!((view.state, view.replaced), (State::Valid, None));
        let message = prepared(&chain).await;
        assert_eq!(decided(&chain, message).await, Ok(()));
    });
}

#[test]
fn a_version_keeps_every_party_and_is_proposed_by_one_that_knows_the_old() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let two = content(chain.partner("politie"), "two-party.toml", |text| {
            let version = format!("version = 2\nreplaces = \"{}\"\n", chain.agreement);
            text.replace("version = 1\n", &version)
        })
        .await
        .unwrap();
        let refused = chain.partner("politie").propose(&two).await.unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::AgreementInvalid));
        assert!(refused.to_string().contains("not of this one"), "{refused}");
        // An agreement of others is as unknown as one that is not there.
        let first = content(chain.partner("politie"), "two-party.toml", |text| text);
        let first = propose(&chain, &first.await.unwrap()).await;
        let nobody = AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap();
        let mut told = Vec::new();
        for old in [&first, &nobody] {
            let bytes = next_version(&chain, old, 2, |text| text).await;
            let refused = chain.partner("om").propose(&bytes).await.unwrap_err();
            assert_eq!(code(&refused), Some(ErrorCode::AgreementInvalid));
            told.push(refused.to_string());
        }
        assert_eq!(told[0], told[1]);
    });
}

#[test]
fn nobody_is_administrator_and_privacy_officer_at_once() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let bytes = next_version(&chain, &chain.agreement, 2, |text| text).await;
        let hash = propose(&chain, &bytes).await;
        let person = |name: &str, function: &str| Signatory::new(name, Some(function)).unwrap();
        let vt = chain.partner("veilig-thuis");
        let first = Persons::of(person("p-1", "administrator"), person("p-2", "fg")).unwrap();
        accept(&chain, &hash, &NAMES[..4]).await.unwrap();
        vt.accept(&hash, &first).await.unwrap();
        let mixed = Persons::of(person("P-2", "administrator"), person("p-3", "director")).unwrap();
        let refused = vt
            .suspend(&hash, &mixed, StepReason::FgAdvice)
            .await
            .unwrap_err();
        assert_eq!(
            code(&refused),
            Some(ErrorCode::FunctionsCombined),
            "{refused}"
        );
        let good = Persons::of(person("p-3", "administrator"), person("p-2", "fg")).unwrap();
        let config = PartnerConfig::load(&chain.sandbox.partner_config("veilig-thuis")).unwrap();
        let ahead = Partner::connect(&config, Arc::new(Ahead)).await.unwrap();
        let taken = ahead
            .suspend(&hash, &good, StepReason::FgAdvice)
            .await
            .unwrap();
        assert_eq!(taken.state, State::Suspended);
        // The others read why.
        let view = seen(&chain, &hash).await;
        assert_eq!(view.suspended_by, Some(chain.oin("veilig-thuis")));
        assert_eq!(
            view.steps.last().unwrap().reason,
            Some(StepReason::FgAdvice)
        );
    });
}

/// A clock two seconds ahead: signing times have whole seconds, and steps of one party go forward.
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Millis {
        SystemClock.now().plus(2 * Millis::SECOND)
    }
}

/// Changes the catalogue that the hub and every partner read at their next start.
fn change_catalogue(chain: &Chain, file: &str, from: &str, to: &str) {
    let path = chain.sandbox.root().join("rules/catalogue").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn another_catalogue_on_the_same_law_changes_nothing_for_what_was_signed_before() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let message = prepared(&chain).await;
        change_catalogue(
            &chain,
            "classes.toml",
            "acknowledge_minutes = 240",
            "acknowledge_minutes = 241",
        );
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        assert_eq!(decided(&chain, message).await, Ok(()));
    });
}

#[test]
fn a_change_of_law_stops_a_clause_until_its_basis_is_judged_anew() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let old = chain.agreement.clone();
        let message = prepared(&chain).await;
        let open = propose(&chain, &next_version(&chain, &old, 2, |text| text).await).await;
        // A younger version of the Bpg, in a catalogue that takes the place of the one signed on.
        let (was, is) = ("2026-06-12", "2026-11-01");
        change_catalogue(&chain, "bases-politie.toml", was, is);
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        assert_eq!(
            decided(&chain, message).await,
            Err("ATTESTATION_VOID".into())
        );
        // What was proposed on the old law is not signed any more.
        let refused = accept(&chain, &open, &["om"]).await.unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::AgreementStateConflict));
        assert!(
            refused.to_string().contains("earlier version of the law"),
            "{refused}"
        );
        // Partners who read the new catalogue judge anew and replace the old version.
        let mut partners = Vec::new();
        for name in NAMES {
            let config = PartnerConfig::load(&chain.sandbox.partner_config(name)).unwrap();
            partners.push(
                Partner::connect(&config, Arc::new(SystemClock))
                    .await
                    .unwrap(),
            );
        }
        let version = format!("version = 3\nreplaces = \"{old}\"\n");
        let bytes = content(&partners[0], "five-party.toml", |text| {
            let law = (
                format!("law_version = {was}"),
                format!("law_version = {is}"),
            );
            text.replace("version = 1\n", &version)
                .replace(&law.0, &law.1)
        });
        let bytes = bytes.await.unwrap();
        let (new, _) = partners[0].propose(&bytes).await.unwrap();
        for partner in &partners {
            partner.accept(&new, &persons()).await.unwrap();
        }
        let desk: Desk = "huiselijk-geweld".parse().unwrap();
        let [adult, _, child] = story::household().unwrap();
        let signal = story::inc_home().subject(adult).subject(child).finish();
        let signal = signal.unwrap();
        let prepared = partners[0]
            .signal(&desk, &signal)
            .to(to(&chain, &new))
            .prepare()
            .await;
        let message = prepared.unwrap().message().clone();
        assert_eq!(decided(&chain, message).await, Ok(()));
    });
}
