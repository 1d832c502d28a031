//! Places of calls: bounded for each partner, whatever it does.

use super::messages::{prepared, signals};
use super::run;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_proto::v1;
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_tests::{Chain, reason};
use std::time::Duration;

/// Who asks and goes away keeps its place until what it asked for is done: else there would be no
/// bound on what one partner can have under way.
#[test]
fn who_goes_away_keeps_its_place_until_its_work_is_done() {
    run(async {
        let one_call = |sandbox: &Sandbox| {
            let path = sandbox.hub_config();
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(&path, format!("{text}\n[limits]\ncalls_in_flight = 1\n"))
        };
        let chain = Chain::start_with(one_call).await.unwrap();
        let mut client = signals(&chain, "politie").await;
        let (first, second) = (prepared(&chain).await, prepared(&chain).await);
        let pseudonymiser = chain.pseudonymiser.as_ref().unwrap().id();
        let pid = Pid::from_raw(i32::try_from(pseudonymiser).unwrap()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        let left = tokio::time::timeout(Duration::from_millis(300), client.publish(first.clone()));
        assert!(left.await.is_err(), "nobody converts");
        // More than once: the hub learns after a moment that the caller went away.
        let mut told = Vec::new();
        for _ in 0..20 {
            let refused = client.publish(second.clone()).await.unwrap_err();
            told.push(reason(&refused));
        }
        kill_process(pid, Signal::CONT).unwrap();
        assert!(told.iter().all(|code| code == "OVERLOADED"), "{told:?}");
        // What was begun is finished, and the place is free again.
        let again = async {
            loop {
                match client.publish(first.clone()).await {
                    Ok(reply) => break reply.into_inner(),
                    Err(status) => assert_eq!(reason(&status), "OVERLOADED"),
                }
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(20), again).await;
        let done = done.expect("the place is given back");
        let next = client.publish(second).await.unwrap().into_inner();
        let index = |reply: &v1::PublishResponse| reply.outcomes[0].proof.as_ref().unwrap().index;
        assert_eq!(index(&next), index(&done) + 1);
    });
}
