//! The story that is told with canaries: all nine types between all five partners, three refusals,
//! and one message that was altered on the way.
//!
//! Must not know: where is looked.

use super::values::Values;
use crate::call::begun;
use seinhuis_client::{
    Identifier, Identity, OutcomeReport, PersonIdentity, Signal, SignalBuilder, Subject,
};
use seinhuis_domain::signal::{Regime, WpgArticle};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_pseudonym::{ChainNumber, CitizenNumber};
use seinhuis_testkit::sandbox::CHAIN;
use seinhuis_tests::{Chain, Raw, reason};
use seinhuis_types::Desk;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// How many deliveries wait for each partner when the story is told.
pub(super) const DUE: [(&str, usize); 5] = [
    ("veilig-thuis", 4),
    ("politie", 3),
    ("om", 2),
    ("rvdk", 1),
    ("reclassering", 2),
];

/// A step: source, recipient, clause, and how its signal is made.
type Step = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Values) -> SignalBuilder,
);

/// What the law and the agreement allow, in the order in which it happens.
const STEPS: [Step; 12] = [
    ("politie", "veilig-thuis", "pol-vt-report", report),
    ("veilig-thuis", "politie", "vt-pol-feedback", taken),
    ("veilig-thuis", "politie", "vt-pol-feedback", triage),
    ("veilig-thuis", "rvdk", "vt-rvdk-request", request),
    ("rvdk", "veilig-thuis", "rvdk-vt-start", started),
    ("om", "reclassering", "om-rec-conditions", |v| {
        conditions(v, "P-SUPERVISE")
    }),
    ("om", "reclassering", "om-rec-conditions", |v| {
        release(v, "P-SUPERVISE")
    }),
    ("om", "veilig-thuis", "om-vt-safety", |v| {
        conditions(v, "P-SAFETY")
    }),
    ("om", "veilig-thuis", "om-vt-safety", |v| {
        release(v, "P-SAFETY")
    }),
    ("reclassering", "om", "rec-om-supervision", supervision),
    ("reclassering", "om", "rec-om-supervision", |v| {
        breach(v, "P-SUPERVISE", Regime::Avg)
    }),
    ("om", "politie", "om-pol-breach", |v| {
        breach(v, "P-SAFETY", Regime::Wjsg)
    }),
];

/// Tells it.
pub(super) async fn tell(chain: &Chain, values: &Values) {
    for (from, to, clause, signal) in STEPS {
        let outcome = send(chain, (from, to, clause), signal(values)).await;
        assert!(
            outcome.permitted,
            "{from} to {to} under {clause}: {:?}",
            outcome.reasons
        );
    }
    let child = Subject::number(&values.child, "child", "0-11").unwrap();
    let no_approval = report(values).under(Regime::Wpg, Some(WpgArticle::Art9));
    let refused = [
        (
            "om",
            "veilig-thuis",
            "om-vt-safety",
            conditions(values, "P-SAFETY").subject(child),
        ),
        ("politie", "veilig-thuis", "pol-vt-report", no_approval),
        (
            "reclassering",
            "politie",
            "rec-om-supervision",
            breach(values, "P-SAFETY", Regime::Avg),
        ),
    ];
    for (from, to, clause, signal) in refused {
        assert!(
            !send(chain, (from, to, clause), signal).await.permitted,
            "{from} to {to}"
        );
    }
    altered(chain, values).await;
}

/// The same story told over and over, all steps at once: whoever looks into a service meanwhile sees
/// it with calls under way. Ends when dropped.
pub(super) struct Again {
    _telling: JoinSet<()>,
    told: Arc<AtomicUsize>,
}

impl Again {
    pub(super) fn begin(chain: &Chain, values: &Arc<Values>) -> Self {
        let told = Arc::new(AtomicUsize::new(0));
        let mut telling = JoinSet::new();
        for (from, to, clause, signal) in STEPS {
            let (partner, desk, to) = (
                chain.partner(from).clone(),
                desk(from),
                chain.to(to, clause),
            );
            let (values, told) = (Arc::clone(values), Arc::clone(&told));
            telling.spawn(async move {
                loop {
                    let signal = signal(&values).finish().unwrap();
                    // A service that is stopped to be looked into may answer late.
                    let sent = partner.signal(&desk, &signal).to(to.clone()).send().await;
                    told.fetch_add(usize::from(sent.is_ok()), Ordering::Relaxed);
                }
            });
        }
        Self {
            _telling: telling,
            told,
        }
    }

    /// How many signals were sent so far.
    pub(super) fn told(&self) -> usize {
        self.told.load(Ordering::Relaxed)
    }
}

/// Where a service says what went wrong, it must not say of whom.
async fn altered(chain: &Chain, values: &Values) {
    let signal = report(values).finish().unwrap();
    let sending = chain.partner("politie");
    let desk = desk("politie");
    let sending = sending
        .signal(&desk, &signal)
        .to(chain.to("veilig-thuis", "pol-vt-report"));
    let mut message: v1::PublishRequest = sending.prepare().await.unwrap().message().clone();
    message.envelopes[0].subjects.swap(0, 1);
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
    let status = SignalServiceClient::new(channel)
        .publish(message)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "MANIFEST_INVALID");
}

async fn send(
    chain: &Chain,
    (from, to, clause): (&str, &str, &str),
    signal: SignalBuilder,
) -> OutcomeReport {
    let signal: Signal = signal.finish().unwrap();
    let (desk, to) = (desk(from), chain.to(to, clause));
    chain
        .partner(from)
        .signal(&desk, &signal)
        .to(to)
        .send()
        .await
        .unwrap()
        .remove(0)
}

/// The desk of a partner.
pub(super) fn desk(name: &str) -> Desk {
    CHAIN
        .iter()
        .find(|spec| spec.name == name)
        .unwrap()
        .desk
        .parse()
        .unwrap()
}

fn known(digits: &str, role: &str, band: &str) -> Subject {
    let number = CitizenNumber::parse(digits).unwrap();
    Subject::number(digits, role, band)
        .unwrap()
        .with_identity(Identity::Number(number))
}

/// The police report a household of four: three by their numbers, one by name and address as well.
fn report(values: &Values) -> SignalBuilder {
    let Values {
        name,
        born,
        postcode,
        ..
    } = values;
    let person = PersonIdentity::new(name, "Q.", born, postcode, "12b").unwrap();
    let named = Subject::number(&values.adult, "household-adult", "18-plus").unwrap();
    begun("INC_HOME", "P-REPORT", Regime::Wpg, "report-task")
        .under(Regime::Wpg, Some(WpgArticle::Art8))
        .field("form", "child-divorce")
        .field("nature", &values.nature)
        .field("injury", "strangulation")
        .field("place_type", "around-home")
        .field("children_present", "witness")
        .field("severity", "S3")
        .case(values.case, &[values.other_case])
        .subject(known(&values.adult, "victim", "18-plus"))
        .subject(known(&values.suspect, "suspect", "18-plus"))
        .subject(known(&values.child, "child", "0-11"))
        .subject(named.with_identity(Identity::Person(person)))
}

fn taken(values: &Values) -> SignalBuilder {
    begun("VT_TAKEN", "P-FEEDBACK", Regime::Avg, "reporter")
        .field("registered", &values.registered)
        .case(values.case, &[])
        .subject(Subject::number(&values.adult, "victim", "18-plus").unwrap())
}

fn triage(values: &Values) -> SignalBuilder {
    begun("VT_TRIAGE", "P-FEEDBACK", Regime::Avg, "reporter")
        .field("after_report", "investigation")
        .field("registered", &values.registered)
        .case(values.case, &[])
        .subject(Subject::number(&values.child, "child", "0-11").unwrap())
}

fn request(values: &Values) -> SignalBuilder {
    begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
        .field("urgent", "yes")
        .field("parents_informed", "no-acute")
        .field("corv_ref", values.corv)
        .field("severity", "S3")
        .subject(known(&values.child, "child", "0-11"))
        .subject(known(&values.adult, "parent", "18-plus"))
}

fn started(values: &Values) -> SignalBuilder {
    begun("RVDK_START", "P-PROTECT", Regime::Avg, "protection-task")
        .field("investigation_kind", "access-custody")
        .field("start", &values.start)
        .subject(Subject::number(&values.child, "child", "0-11").unwrap())
}

fn conditions(values: &Values, purpose: &str) -> SignalBuilder {
    begun("COND_SET", purpose, Regime::Wjsg, "supervision-task")
        .field("conditions", &values.conditions)
        .field("start", &values.start)
        .field("end", &values.end)
        .case(values.other_case, &[])
        .subject(Subject::number(&values.suspect, "suspect", "18-plus").unwrap())
}

fn release(values: &Values, purpose: &str) -> SignalBuilder {
    begun("RELEASE_SOON", purpose, Regime::Wjsg, "release-task")
        .field("release_day", &values.release_day)
        .field("release_hour", &values.release_hour)
        .field("release_kind", "conditional")
        .subject(Subject::number(&values.suspect, "suspect", "18-plus").unwrap())
}

fn supervised(values: &Values) -> Subject {
    let who = Identifier::Skn(ChainNumber::parse(&values.skn).unwrap());
    Subject::new(who, "suspect", "18-plus").unwrap()
}

fn supervision(values: &Values) -> SignalBuilder {
    begun("SUP_START", "P-SUPERVISE", Regime::Avg, "supervision-task")
        .field("start", &values.start)
        .field("supervision_kind", "behaviour-measure")
        .subject(supervised(values))
}

fn breach(values: &Values, purpose: &str, regime: Regime) -> SignalBuilder {
    begun("COND_BREACH", purpose, regime, "supervision-task")
        .field("conditions_breached", &values.breached)
        .field("fact_status", "established")
        .field("severity", "S3")
        .subject(supervised(values))
}
