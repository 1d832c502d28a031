//! Rule 6: what the hub cannot read is nowhere at the hub, nor at the pseudonymiser; and the secrets
//! of either are not at the other.
//!
//! Looked for in what each has on disk, in what each logs at its most talkative, and in the memory of
//! the running processes. Every search has its control: it finds what must be there.

mod dump;
mod inbox;
mod search;
mod secrets;
mod story;
mod values;

use super::run;
use crate::call::{Answer, Call, ROUTES, What, publish};
use dump::memory;
use inbox::Inbox;
use search::Search;
use seinhuis_testkit::rng::seeded;
use seinhuis_testkit::sandbox::{HUB_OIN, Sandbox};
use seinhuis_tests::{Chain, Raw};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;
use story::{Again, DUE};
use tempfile::NamedTempFile;
use values::{CODES, Canary, Values};

const SEED: u64 = 0x00ca_4a41;

/// The two processes that must not know.
const SERVICES: [&str; 2] = ["hub", "pseudonymiser"];

/// Has both services log all they ever would.
fn talkative(sandbox: &Sandbox) -> std::io::Result<()> {
    for name in SERVICES {
        let config = sandbox.root().join(name).join(format!("{name}.toml"));
        let mut file = OpenOptions::new().append(true).open(config)?;
        writeln!(file, "\n[telemetry]\nfilter = \"trace\"")?;
    }
    Ok(())
}

/// The process of a service.
fn process(chain: &Chain, name: &str) -> u32 {
    let service = if name == "hub" {
        &chain.hub
    } else {
        &chain.pseudonymiser
    };
    service.as_ref().unwrap().id()
}

/// A signal that the hub has and keeps; bytes of it that lie there as they were sent.
async fn sealed(chain: &Chain) -> Canary {
    let call: Call = publish(chain, ROUTES[3], false).await;
    let What::Publish { message, .. } = &call.what else {
        panic!("a publish")
    };
    let record = message.envelopes[0].record.clone().unwrap();
    let channel = Raw::connect(&chain.sandbox, call.by, chain.sandbox.hub_port())
        .await
        .unwrap();
    let keys = chain.partner(call.by).log_keys();
    assert!(matches!(call.make(channel, keys).await, Answer::Proven(_)));
    Canary::new("a sealed field", &record.fields[0].bytes)
}

#[test]
fn no_value_of_a_whole_story_is_at_the_hub_or_the_pseudonymiser() {
    run(async {
        let mut chain = Chain::start_with(talkative).await.unwrap();
        let values = Arc::new(Values::draw(&mut seeded(SEED)));
        let (canaries, codes) = (values.all(), CODES.map(|code| Canary::new(code, code)));
        let public = Canary::new("OIN of the hub", HUB_OIN);
        let search = Search::new(canaries.iter().chain(&codes).chain([&public]));
        let before = SERVICES.map(|name| memory(process(&chain, name), &search));
        story::tell(&chain, &values).await;
        let sealed = sealed(&chain).await;
        let inboxes = DUE.map(|(name, due)| (name, Inbox::open(&chain, name, due)));

        let known = Search::new(canaries.iter().chain(&codes).chain([&public, &sealed]));
        let again = Again::begin(&chain, &values);
        let after = SERVICES.map(|name| memory(process(&chain, name), &known));
        assert!(again.told() > 0, "nothing was under way");
        println!("{} signals meanwhile", again.told());
        // The partners that send run in this process: while they do, it holds all of it.
        let sent = values.sent();
        let senders = memory(std::process::id(), &Search::new(&sent));
        assert_eq!(
            senders.len(),
            sent.len(),
            "memory of the senders: {senders:?}"
        );
        drop(again);
        for ((name, before), after) in SERVICES.into_iter().zip(before).zip(after) {
            for canary in &canaries {
                assert_eq!(
                    before.get(canary.name),
                    None,
                    "memory of the {name}, before"
                );
                assert_eq!(
                    after.get(canary.name),
                    None,
                    "memory of the {name}: {}",
                    canary.name
                );
            }
            println!("{name}: {before:?}, {after:?}");
            for code in CODES {
                assert!(
                    after.get(code) <= before.get(code),
                    "{name}: {before:?}, {after:?}"
                );
            }
            assert!(
                after.contains_key("OIN of the hub"),
                "nothing is in the dump of the {name}"
            );
            assert_eq!(
                after.contains_key("a sealed field"),
                name == "hub",
                "{name}"
            );
        }

        for (name, inbox) in inboxes {
            let own = values.at(name);
            let found = memory(inbox.process(), &Search::new(&own));
            assert_eq!(found.len(), own.len(), "memory of {name}: {found:?}");
        }

        // Ended, so that no file comes or goes while they are read.
        chain.hub.take().unwrap().kill().unwrap();
        chain.pseudonymiser.take().unwrap().kill().unwrap();
        let silent = Search::new(canaries.iter().chain(&codes));
        for name in SERVICES {
            let folder = chain.sandbox.root().join(name);
            assert_eq!(silent.folder(&folder), [], "files of the {name}");
            let log = std::fs::read_to_string(folder.join("service.log")).unwrap();
            let talkative = log.contains("TRACE") && log.contains("serves");
            assert!(talkative, "the log of the {name} says nothing");
        }
        let store = chain.sandbox.root().join("hub/data/store");
        let kept = Search::new([&sealed]).folder(&store);
        assert!(!kept.is_empty(), "nothing is in the files of the hub");
    });
}

/// What the test above stands on: a canary is found wherever it is, in every form and at every place.
#[test]
fn a_planted_canary_is_found_in_every_form() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let values = Values::draw(&mut seeded(SEED));
    for canary in values.sent() {
        let search = Search::new([&canary]);
        let finds = |planted: &[u8]| {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(planted).unwrap();
            search.file(file.path()).contains_key(canary.name)
        };
        assert!(!finds(&[7; 100_000]));
        let far = [&[0; 70_000][..], &canary.bytes, b"..."].concat();
        assert!(finds(&far), "{} as it is", canary.name);
        let hex = seinhuis_types::hex(&canary.bytes);
        assert!(finds(hex.as_bytes()) && finds(hex.to_uppercase().as_bytes()));
        for before in 0..5 {
            let text = [&[0xa5; 5][..before], &canary.bytes, &[0x5a; 4]].concat();
            let encoded = [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)];
            assert!(
                encoded.iter().all(|text| finds(text.as_bytes())),
                "{}",
                canary.name
            );
        }
    }
}
