//! Break-glass: sent after a call and within a time box under a clause made for it, told to both officers
//! at once, reviewed by two persons who did not act in it, and told late until it is.

mod apart;
mod box_end;
mod corrected;
mod late;
mod refused;
mod released;
mod review;
mod typed;

use super::local::{Local, Settings};
use super::run;
use seinhuis_client::{
    ActingPerson, BreakGlassView, ClientError, EventOf, Inbox, Item, Opened, OutcomeReport,
    Partner, PartnerConfig, Signal, Subject, To,
};
use seinhuis_domain::signal::{BreakGlass, Call, Regime};
use seinhuis_proto::v1;
use seinhuis_store::records::EventKind;
use seinhuis_store::{Place, Snapshot, Store, Versioned};
use seinhuis_tests::{Chain, story};
use seinhuis_types::{
    AgreementHash, ClauseId, Clock, DeliveryId, Desk, ErrorCode, LeafIndex, ManualClock, Millis,
    Position, SystemClock,
};
use std::sync::Arc;

/// Probation to police, in immediate danger to life: a way that the law has for nothing else.
const CLAUSE: &str = r#"
[[clauses]]
id = "rec-pol-vital"
from = "00000099000000040000"
to = "00000099000000010000"
mode = "push"
purposes = ["P-VITAL"]
subject_roles = ["victim", "child"]
max_subjects = 4
id_kinds = ["number"]
identity_sealed = false
desks = ["huiselijk-geweld"]
regions = ["kennemerland"]
regimes = ["AVG"]
consent = "none"
inform = { by = "from", within_days = 28 }
retention = "R0"
onward = "within-task"
obligations = ["review-by-human"]
visibility = "authority"
recipient_may_not_know = false
break_glass = { officer_from = "fg", officer_to = "fg", most_hours = 4, attended_always = true }

[[clauses.types]]
code = "ACUTE_UNSAFE"
fields = ["form", "severity"]

[clauses.basis]
provide = [{ code = "VITAL", from = "vital", to = "vital" }]
receive = [{ code = "VITAL-TASK", from = "vital-task", to = "vital-task" }]
special = [{ code = "WPG-5", from = "vital-wpg", to = "vital-wpg" }]

[attestations.vital]
function = "Jurist"
date = 2026-09-02
opinion_hash = "68af36d3b4095d662435fe4834657194078a07e84de04440fb5e3886310dd068"
law_version = 2026-09-01

[attestations.vital-task]
function = "Jurist"
date = 2026-09-02
opinion_hash = "68af36d3b4095d662435fe4834657194078a07e84de04440fb5e3886310dd068"
law_version = 2018-05-25

[attestations.vital-wpg]
function = "Jurist"
date = 2026-09-02
opinion_hash = "68af36d3b4095d662435fe4834657194078a07e84de04440fb5e3886310dd068"
law_version = 2025-07-01
"#;

/// The two desks that the clause is between; each of their organisations has a desk `fg` too.
const FROM: &str = "toezicht";
const TO: &str = "huiselijk-geweld";

/// Desks of officers, beside those of the chain.
fn with_officers(text: &str) -> String {
    [FROM, TO].iter().fold(text.to_owned(), |text, desk| {
        text.replace(
            &format!("desks = [\"{desk}\"]\n"),
            &format!("desks = [\"{desk}\", \"fg\"]\n"),
        )
    })
}

/// The agreement of the five, with the clause and the officers' desks. The desks of its other clauses
/// stay as they are.
fn vital(text: &str) -> String {
    let (parties, clauses) = text.split_once("[[clauses]]").unwrap();
    format!("{}[[clauses]]{clauses}{CLAUSE}", with_officers(parties))
}

/// An event of a stream.
#[derive(Debug, Clone, Copy)]
struct Told {
    kind: EventKind,
    at: Millis,
    index: LeafIndex,
}

/// A hub with a clock of its own, and a chain that has agreed on break-glass.
pub(super) struct Stage {
    chain: Chain,
    local: Local,
    clock: ManualClock,
    agreement: AgreementHash,
}

/// Gives the two organisations a desk for their officer, at the hub.
fn officers_at(sandbox: &seinhuis_testkit::sandbox::Sandbox) -> std::io::Result<()> {
    let file = sandbox.root().join("hub/partners.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(file, with_officers(&text))
}

/// What a probation officer says of a break-glass after a call ten minutes ago, for two hours.
fn glass_at(now: Millis) -> BreakGlass {
    BreakGlass {
        reason: Some("no-time".parse().unwrap()),
        call: Some(Call {
            function: "control-room".parse().unwrap(),
            at: now.minus(10 * 60 * Millis::SECOND),
        }),
        until: now.plus(2 * Millis::HOUR),
    }
}

pub(super) fn person(person: &str) -> ActingPerson {
    ActingPerson::parse(person, "fg", "lawfulness", "review-7").unwrap()
}

impl Stage {
    async fn start() -> Self {
        Self::start_as(vital).await
    }

    /// With this agreement.
    async fn start_as(agreement: impl FnOnce(&str) -> String) -> Self {
        let mut chain = Chain::start_with(officers_at).await.unwrap();
        let agreement = chain.agree(|text| agreement(&text)).await.unwrap();
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
            agreement,
        }
    }

    /// Moves the clock when all is published: a log that is behind stops the hub, which is another
    /// matter.
    async fn go_to(&self, at: Millis) {
        let last = self.local.gate.next_index().0 - 1;
        let log = &self.local.log;
        log.wait_published(LeafIndex(last)).await.unwrap();
        while log.lag_ms(at) > 0 {
            tokio::task::yield_now().await;
        }
        self.clock.advance(at.0 - self.clock.now().0);
    }

    /// A partner by the hub's clock, acting for these persons.
    async fn partner(&self, name: &str, persons: &[&str]) -> Partner {
        let config = PartnerConfig::load(&self.chain.sandbox.partner_config(name)).unwrap();
        let clock = Arc::new(self.clock.clone());
        let partner = Partner::connect(&config, clock).await.unwrap();
        let persons: Vec<_> = persons.iter().map(|name| person(name)).collect();
        partner.acting_for(&persons).unwrap()
    }

    fn to(&self) -> To {
        To {
            oin: self.chain.oin("politie"),
            desk: desk(TO),
            agreement: self.agreement.clone(),
            clause: ClauseId::parse("rec-pol-vital").unwrap(),
        }
    }

    fn glass(&self) -> BreakGlass {
        glass_at(self.clock.now())
    }

    async fn try_send(
        &self,
        persons: &[&str],
        to: To,
        signal: Signal,
    ) -> Result<OutcomeReport, ClientError> {
        let partner = self.partner("reclassering", persons).await;
        let desk = desk(FROM);
        let sent = partner.signal(&desk, &signal).to(to).send().await?;
        Ok(sent.into_iter().next().unwrap())
    }

    /// Sends one; its delivery.
    async fn send(&self) -> DeliveryId {
        let signal = signal(self.clock.now()).with_break_glass(self.glass());
        let sent = self.try_send(&["worker-1"], self.to(), signal).await;
        sent.unwrap().permitted().unwrap().delivery.unwrap()
    }

    async fn inbox(&self, name: &str, at: &str) -> Inbox {
        let partner = self.partner(name, &[]).await;
        partner.receive(&desk(at), Vec::new())
    }

    /// The first delivery in the police's stream.
    async fn receive(&self) -> Box<Opened> {
        let mut inbox = self.inbox("politie", TO).await;
        loop {
            if let Item::Delivery(opened) = inbox.next().await.unwrap() {
                return opened;
            }
        }
    }

    /// The events in a desk's stream, as they are stored.
    fn events(&self, name: &str, at: &str) -> Vec<Told> {
        let seen = self.local.gate.snapshot().unwrap();
        let places = seen.stream(self.chain.oin(name), &desk(at), Position(0), 99);
        let event = |place| match place {
            Place::Event(Versioned { revision, value }) => Some(Told {
                kind: value.kind(),
                at: Millis(value.at_ms),
                index: LeafIndex(revision.0 - 1),
            }),
            Place::Delivery(_) => None,
        };
        let places = places.unwrap().into_iter();
        places.filter_map(|(_, place)| event(place)).collect()
    }

    async fn list(&self, name: &str) -> Vec<BreakGlassView> {
        let partner = self.partner(name, &[]).await;
        partner.break_glasses(false).await.unwrap()
    }
}

pub(super) fn desk(name: &str) -> Desk {
    name.parse().unwrap()
}

/// Somebody is in acute danger.
pub(super) fn signal(now: Millis) -> Signal {
    signal_by(now, "worker-1", "lead-2")
}

pub(super) fn signal_by(now: Millis, acting: &str, decided: &str) -> Signal {
    let victim = Subject::number(story::ADULT, "victim", "18-plus").unwrap();
    Signal::build("ACUTE_UNSAFE", "P-VITAL")
        .happened(now.hour(), "kennemerland")
        .because("safety-task", "not-yet")
        .under(Regime::Avg, None)
        .field("form", "partner")
        .field("severity", "S4")
        .subject(victim)
        .by(acting, "probation-officer")
        .decided(decided, "safety-task")
        .finish()
        .unwrap()
}

fn code<T>(result: Result<T, ClientError>) -> ErrorCode {
    match result {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.code().unwrap_or_else(|| panic!("{error}")),
    }
}

/// What the entry of a break-glass tells both sides.
fn says(shared: &v1::SharedPart, id: DeliveryId, review_by: Millis) {
    assert_eq!(shared.act(), v1::Act::Publish);
    assert_eq!(shared.delivery_id, id.0);
    let said = shared.break_glass.as_ref().unwrap();
    assert_eq!(said.reason, "no-time");
    assert_eq!(said.called_function, "control-room");
    assert_eq!(shared.review_by_ms, review_by.0);
}

#[test]
fn both_officers_are_told_in_the_commit_that_sends_it_and_it_says_for_whom() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        // One entry accounts for the delivery, its review and both events.
        for (name, own) in [("reclassering", true), ("politie", false)] {
            let [event] = stage.events(name, "fg").try_into().unwrap();
            assert_eq!(event.kind, EventKind::BreakGlassUsed, "{name}");
            let [glass] = stage.list(name).await.try_into().unwrap();
            assert_eq!(glass.delivery, id);
            assert_eq!(event.at, glass.review_by);
            assert_eq!(glass.finding, None);
            assert_eq!(!glass.message.signal_id.is_empty(), own, "{name}");
            let officer = stage.partner(name, &["fg-1"]).await;
            let entry = officer.entry(event.index).await.unwrap();
            // That something was sent is its recipient's to read when it has left.
            assert_eq!(entry.shared().is_some(), own, "{name}");
            if let Some(shared) = entry.shared() {
                says(&shared, id, glass.review_by);
            }
            let staff = entry.provider().map(|part| part.staff);
            let persons = staff.map(|staff| staff.into_iter().map(|one| one.person).collect());
            let expected: Option<Vec<String>> = own.then(|| vec!["worker-1".to_owned()]);
            assert_eq!(persons, expected, "{name}");
        }
        assert!(stage.list("veilig-thuis").await.is_empty());
        assert!(stage.events("veilig-thuis", "intake").is_empty());
        // The desk that receives it reads the same in the signed header.
        let opened = stage.receive().await;
        assert_eq!(opened.id, id);
        let glass = opened.header.break_glass.unwrap();
        assert_eq!(glass.reason.unwrap().as_str(), "no-time");
        assert_eq!(glass.call.unwrap().function.as_str(), "control-room");
        let [event] = stage.events("politie", "fg").try_into().unwrap();
        let officer = stage.partner("politie", &["fg-1"]).await;
        let entry = officer.entry(event.index).await.unwrap();
        says(&entry.shared().unwrap(), id, event.at);
        // And an officer's system reads in its stream that there is something to review.
        let Item::Event(event) = stage.inbox("politie", "fg").await.next().await.unwrap() else {
            panic!("no event");
        };
        assert_eq!(event.kind.as_str(), "break_glass_used");
        assert_eq!(event.of, EventOf::Received(id));
        let own = stage.inbox("reclassering", "fg").await.next().await;
        let Item::Event(event) = own.unwrap() else {
            panic!("no event");
        };
        assert!(matches!(event.of, EventOf::Sent { .. }), "{event:?}");
    });
}
