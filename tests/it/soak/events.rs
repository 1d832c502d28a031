//! What happens between two parts of the load, and what must hold of it.

use super::Soak;
use crate::call::{Answer, ROUTES, publish};
use crate::crash::load::Channels;
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_client::Persons;
use seinhuis_domain::agreement::StepReason;
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_types::RefusalReason;

/// An agreement can be suspended so many times and no more: its steps are kept for ever.
const SUSPENSIONS: usize = 8;

/// An event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// The hub is killed under load.
    Kill,
    /// Calls that were answered are made again.
    Repeat,
    /// The hub is told to end, and started again.
    Restart,
    /// A party suspends the agreement, a publish is refused, and it resumes; the first few times.
    Suspend,
    /// The pseudonymiser is away for one publish.
    Away,
    /// A partner verifies the whole log.
    Verify,
}

impl Event {
    pub(super) const ALL: [Self; 6] = [
        Self::Kill,
        Self::Repeat,
        Self::Restart,
        Self::Suspend,
        Self::Away,
        Self::Verify,
    ];

    pub(super) async fn happens(self, soak: &mut Soak) {
        match self {
            Self::Kill => soak.kill().await,
            Self::Repeat => repeat(soak).await,
            Self::Restart => restart(soak),
            Self::Suspend if soak.suspended < SUSPENSIONS => suspend(soak).await,
            Self::Suspend => {}
            Self::Away => away(soak).await,
            Self::Verify => {
                let partner = soak.chain.partner("rvdk");
                partner.verify_whole_log().await.unwrap();
            }
        }
    }
}

/// Each is answered with the entry it has.
async fn repeat(soak: &mut Soak) {
    let channels = Channels::open(&soak.chain).await;
    let keys = soak.chain.partner("politie").log_keys();
    assert!(!soak.answered.is_empty());
    for (call, index) in std::mem::take(&mut soak.answered) {
        let Answer::Proven(proof) = call.make(channels.of(call.by), keys).await else {
            panic!("a repeated call was not answered");
        };
        assert_eq!(proof.index().0, index, "a repeated call has one entry");
    }
}

/// An end that was asked for is a clean one.
fn restart(soak: &mut Soak) {
    let mut hub = soak.chain.hub.take().unwrap();
    let pid = Pid::from_raw(i32::try_from(hub.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(hub.wait().unwrap().code(), Some(0), "{}", hub.last_lines());
    soak.chain.hub = Some(soak.chain.sandbox.start_hub().unwrap());
}

/// Nothing is permitted under a suspended agreement, by its name, and everything again after.
async fn suspend(soak: &mut Soak) {
    let persons = Persons::new("administrator-1", "privacy-officer-1").unwrap();
    let chain = &soak.chain;
    let party = chain.partner("veilig-thuis");
    let reason = StepReason::Technical;
    party
        .suspend(&chain.agreement, &persons, reason)
        .await
        .unwrap();
    let call = publish(chain, ROUTES[0], false).await;
    let crate::call::What::Publish { message, .. } = &call.what else {
        panic!("not a publish");
    };
    let channel = Channels::open(chain).await.of(call.by);
    let mut client = SignalServiceClient::new(channel);
    let mut reply = client.publish(message.clone()).await.unwrap().into_inner();
    let decision = v1::Decision::decode(reply.outcomes.remove(0).decision.as_slice()).unwrap();
    assert!(!decision.permitted);
    assert_eq!(
        decision.reasons[0].code,
        RefusalReason::AgreementSuspended.as_str()
    );
    let reason = StepReason::Resolved;
    party
        .resume(&chain.agreement, &persons, reason)
        .await
        .unwrap();
    soak.suspended += 1;
}

/// What cannot be converted is not decided; the same call is taken when the other is back.
async fn away(soak: &mut Soak) {
    let chain = &mut soak.chain;
    let call = publish(chain, ROUTES[0], false).await;
    let channels = Channels::open(chain).await;
    let keys = chain.partner("politie").log_keys().clone();
    chain.pseudonymiser.take().unwrap().kill().unwrap();
    let told = call.attempt(channels.of(call.by), &keys).await;
    assert_eq!(
        told.err(),
        Some(Some("PSEUDONYMISER_UNAVAILABLE".to_owned()))
    );
    chain.pseudonymiser = Some(chain.sandbox.start_pseudonymiser().unwrap());
    let Answer::Proven(proof) = call.make(channels.of(call.by), &keys).await else {
        panic!("the call made again was not answered");
    };
    soak.receipts.push(crate::crash::Receipt::of(&proof));
    soak.load.done(&call, &proof);
}
