//! The hub with witnesses: real processes on both sides.

mod proxy;
pub(super) mod witness;

use super::run;
use super::streams::report;
use proxy::Proxy;
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_merkle::{Checkpoint, Note, NoteVerifier, Policy};
use seinhuis_proto::v1::GetCheckpointRequest;
use seinhuis_proto::v1::audit_service_client::AuditServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::pki::{LOCAL_HOSTS, Pki};
use seinhuis_testkit::sandbox::{Sandbox, Service};
use seinhuis_tests::{Chain, Raw, binary, reason};
use seinhuis_types::{Clock, SystemClock};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use witness::{Witness, copy, free, give, policy};

/// How long what must happen may take on any machine.
const COMES: Duration = Duration::from_secs(60);

/// A chain whose hub has witnesses.
pub(super) struct Site {
    pub(super) chain: Chain,
    witnesses: Vec<Witness>,
    policy: Policy,
}

impl Site {
    /// Three witnesses of which the first `running` run, with any two as the quorum.
    pub(super) async fn start(running: usize) -> Self {
        let made = Arc::new(Mutex::new(None));
        let out = Arc::clone(&made);
        let chain = Chain::start_with(move |sandbox| {
            let mut witnesses: Vec<_> = (1..=3).map(|n| Witness::new(sandbox, n)).collect();
            for witness in witnesses.iter_mut().take(running) {
                witness.start();
            }
            let at = |witness: &Witness| format!("http://{}", witness.address);
            let named: Vec<_> = witnesses.iter().map(|w| (w, at(w))).collect();
            let text = policy(sandbox.log_vkey(), &named, 2);
            give(sandbox, &text)?;
            *out.lock().unwrap() = Some((witnesses, Policy::parse(&text).unwrap()));
            Ok(())
        });
        let chain = chain.await.unwrap();
        let (witnesses, policy) = made.lock().unwrap().take().unwrap();
        Self {
            chain,
            witnesses,
            policy,
        }
    }

    fn data(&self) -> PathBuf {
        self.chain.sandbox.root().join("hub/data")
    }

    /// The size of the newest checkpoint that is shown as witnessed, good by the policy; 0 without one, or
    /// when the hub does not answer.
    pub(super) async fn shows_witnessed(&self) -> u64 {
        let (_, witnessed) = checkpoints(&self.chain).await.unwrap_or_default();
        if witnessed.is_empty() {
            return 0;
        }
        let note = Note::parse(witnessed.as_bytes()).unwrap();
        self.policy.check(&note).unwrap().size().get()
    }

    /// Waits until a checkpoint over at least so many entries is shown as witnessed, good by the
    /// policy; gives its size.
    pub(super) async fn witnessed(&self, least: u64) -> u64 {
        let waiting = tokio::time::timeout(COMES, async {
            loop {
                let size = self.shows_witnessed().await;
                if size >= least.max(1) {
                    return size;
                }
            }
        });
        waiting.await.expect("no quorum came")
    }

    /// Ends the hub as its operator does: it publishes all it has first.
    fn stop(&mut self) {
        stop(self.chain.hub.take().unwrap());
    }

    fn start_hub(&mut self) {
        self.chain.hub = Some(self.chain.sandbox.start_hub().unwrap());
    }
}

fn stop(mut service: Service) {
    let id = i32::try_from(service.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    assert!(service.wait().unwrap().success());
}

/// The newest checkpoint and the newest witnessed one, as a partner asks for them.
async fn checkpoints(chain: &Chain) -> Result<(String, String), String> {
    let sandbox = &chain.sandbox;
    let channel = Raw::connect(sandbox, "politie", sandbox.hub_port()).await?;
    let mut client = AuditServiceClient::new(channel);
    let asked = client.get_checkpoint(GetCheckpointRequest {}).await;
    let found = asked.map_err(|status| reason(&status))?.into_inner();
    Ok((found.checkpoint, found.witnessed))
}

fn log_key(sandbox: &Sandbox) -> NoteVerifier {
    NoteVerifier::parse(sandbox.log_vkey()).unwrap()
}

fn size_of(note: &str, chain: &Chain) -> u64 {
    let note = Note::parse(note.as_bytes()).unwrap();
    let opened = Checkpoint::open(&note, &log_key(&chain.sandbox));
    opened.unwrap().size().get()
}

/// The hub's own command, to its end.
fn seinhuis(arguments: &[&str], sandbox: &Sandbox) -> Output {
    let mut command = Command::new(binary().unwrap());
    command
        .args(arguments)
        .arg("--config")
        .arg(sandbox.hub_config());
    command.output().unwrap()
}

/// The one file of a folder whose name ends so.
fn only(folder: &Path, end: &str) -> String {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let found: Vec<_> = files
        .filter(|path| path.to_str().unwrap().ends_with(end))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    fs::read_to_string(&found[0]).unwrap()
}

#[test]
fn two_of_three_witnesses_cosign_and_a_restored_backup_is_refused_before_anything_is_signed() {
    run(async {
        let mut site = Site::start(2).await;
        report(&site.chain).await;
        let (newest, _) = checkpoints(&site.chain).await.unwrap();
        site.witnessed(size_of(&newest, &site.chain)).await;
        site.stop();
        let (data, backup) = (site.data(), site.data().with_extension("backup"));
        copy(&data, &backup);
        let shown = |file: &str| fs::read_to_string(data.join("log").join(file)).unwrap();
        let early = size_of(&shown("checkpoint"), &site.chain);
        // An orderly end leaves nothing that the witnesses do not know.
        let witnessed = size_of(&shown("checkpoint.witnessed"), &site.chain);
        assert_eq!(witnessed, early);

        site.start_hub();
        report(&site.chain).await;
        let late = site.witnessed(early + 1).await;
        site.stop();
        let newer = site.data().with_extension("newer");
        fs::rename(&data, &newer).unwrap();
        copy(&backup, &data);
        let journal = |folder: &Path| fs::read(folder.join("log/checkpoints/000000")).unwrap();

        // Also when just one of those who saw it answers.
        site.witnesses[1].kill();
        let refused = seinhuis(&["serve", "--role", "hub"], &site.chain.sandbox);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(76), "{told}");
        for words in ["were set back", "put back a newer copy", "recovery.md"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(!told.contains("the hub serves"), "{told}");
        assert_eq!(journal(&data), journal(&backup), "something was signed");
        let evidence = data.join("evidence");
        let theirs = size_of(&only(&evidence, "witness.note"), &site.chain);
        assert!(theirs >= late, "{theirs} {late}");
        assert!(size_of(&only(&evidence, "own.note"), &site.chain) < theirs);
        // The evidence is no part of what the check judges.
        let checked = seinhuis(&["fsck"], &site.chain.sandbox);
        assert_eq!(checked.status.code(), Some(0));
        let told = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(
            told.contains(&format!("witnessed    {early} entries, by w")),
            "{told}"
        );

        // The newer copy goes on.
        fs::remove_dir_all(&data).unwrap();
        fs::rename(&newer, &data).unwrap();
        site.witnesses[1].start();
        site.start_hub();
        report(&site.chain).await;
        site.witnessed(late + 1).await;
    });
}

#[test]
fn after_a_start_nothing_is_done_before_a_quorum_said_what_it_saw() {
    run(async {
        let mut site = Site::start(3).await;
        let (newest, _) = checkpoints(&site.chain).await.unwrap();
        site.witnessed(size_of(&newest, &site.chain)).await;
        site.stop();
        for witness in &mut site.witnesses[1..] {
            witness.kill();
        }
        let published = fs::read(site.data().join("log/checkpoint")).unwrap();
        site.start_hub();
        // One of three: a hub that was set back would give receipts for places it gave before.
        let port = site.chain.sandbox.hub_port();
        let channel = Raw::connect(&site.chain.sandbox, "politie", port)
            .await
            .unwrap();
        let mut client = SignalServiceClient::new(channel);
        let call = super::messages::prepared(&site.chain).await;
        for _ in 0..3 {
            let refused = client.publish(call.clone()).await.unwrap_err();
            assert_eq!(reason(&refused), "UNAVAILABLE");
            assert!(refused.message().contains("witnesses"), "{refused}");
        }
        assert_eq!(
            fs::read(site.data().join("log/checkpoint")).unwrap(),
            published
        );
        let log = site.chain.sandbox.root().join("hub/service.log");
        let told = fs::read_to_string(&log).unwrap();
        assert!(told.contains("too few witnesses answer"), "{told}");
        // Two: the same call is taken once they have answered.
        site.witnesses[2].start();
        let taken = tokio::time::timeout(COMES, async {
            while client.publish(call.clone()).await.is_err() {}
        });
        taken.await.expect("nothing is taken");
        let (newest, _) = checkpoints(&site.chain).await.unwrap();
        site.witnessed(size_of(&newest, &site.chain)).await;
        // Then one is enough to sign on, and not to witness.
        site.witnesses[2].kill();
        report(&site.chain).await;
        let waiting = tokio::time::timeout(COMES, async {
            while size_of(&checkpoints(&site.chain).await.unwrap().0, &site.chain)
                <= size_of(&newest, &site.chain)
            {}
        });
        waiting.await.expect("nothing is signed");
    });
}

#[test]
fn a_hub_whose_copy_went_on_stops_while_it_runs() {
    run(async {
        let mut site = Site::start(3).await;
        let data = site.data();
        site.stop();
        let published = || fs::read_to_string(data.join("log/checkpoint")).unwrap();
        let early = size_of(&published(), &site.chain);
        let backup = data.with_extension("backup");
        copy(&data, &backup);
        site.start_hub();
        report(&site.chain).await;
        site.witnessed(early + 1).await;
        site.stop();
        fs::remove_dir_all(&data).unwrap();
        copy(&backup, &data);
        // Nobody is there to tell at the start, so nothing is signed; then they come back.
        for witness in &mut site.witnesses {
            witness.kill();
        }
        site.start_hub();
        for witness in &mut site.witnesses {
            witness.start();
        }
        let mut hub = site.chain.hub.take().unwrap();
        let waiting = tokio::time::timeout(COMES, async {
            loop {
                if let Some(status) = hub.ended().unwrap() {
                    return status;
                }
                tokio::task::yield_now().await;
            }
        });
        let ended = waiting.await.expect("it goes on");
        assert_eq!(ended.code(), Some(76));
        let journal = |folder: &Path| fs::read(folder.join("log/checkpoints/000000")).unwrap();
        assert_eq!(journal(&data), journal(&backup), "something was signed");
    });
}

#[test]
fn a_witness_behind_tls_is_believed_under_the_hubs_own_roots_alone() {
    run(async {
        let other = tempfile::tempdir().unwrap();
        let other = Pki::create(&other.path().join("pki"), SystemClock.now()).unwrap();
        let mut chain = Chain::start().await.unwrap();
        stop(chain.hub.take().unwrap());
        let front = free();
        let mut witness = Witness::new(&chain.sandbox, 1);
        witness.start();
        let url = format!("https://localhost:{}", front.port());
        let text = policy(chain.sandbox.log_vkey(), &[(&witness, url)], 1);
        give(&chain.sandbox, &text).unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let log = chain.sandbox.root().join("hub/service.log");
        let told = |words: &str| fs::read_to_string(&log).unwrap().contains(words);
        assert!(told("nothing is signed"));
        let (published, _) = checkpoints(&chain).await.unwrap();

        // A chain that the hub does not know is nobody's.
        let foreign = Proxy::start_at(&other, witness.address, front).await;
        let waiting = tokio::time::timeout(COMES, async {
            while foreign.refused() < 2 {
                tokio::task::yield_now().await;
            }
        });
        waiting.await.expect("it is not called");
        assert_eq!(foreign.taken(), 0);
        assert_eq!(
            checkpoints(&chain).await.unwrap(),
            (published, String::new())
        );
        drop(foreign);

        let _own = Proxy::start_at(chain.sandbox.pki(), witness.address, front).await;
        let waiting = tokio::time::timeout(COMES, async {
            loop {
                let (_, witnessed) = checkpoints(&chain).await.unwrap_or_default();
                if !witnessed.is_empty() {
                    return witnessed;
                }
            }
        });
        let note = waiting.await.expect("no cosignature came");
        witness
            .key
            .verify(&Note::parse(note.as_bytes()).unwrap())
            .unwrap();
    });
}

#[test]
fn a_witness_that_speaks_tls_by_itself_is_asked() {
    run(async {
        let made = Arc::new(Mutex::new(None));
        let out = Arc::clone(&made);
        let chain = Chain::start_with(move |sandbox| {
            let mut witness = Witness::new(sandbox, 1);
            let (oin, now) = ("00000099000000010000", SystemClock.now());
            let pki = sandbox.pki();
            pki.service("witness1", oin.parse().unwrap(), LOCAL_HOSTS, now)
                .unwrap();
            let files = pki.files("witness1");
            witness.start_with(&[
                Path::new("--tls-chain"),
                &files.tls_chain,
                Path::new("--tls-key"),
                &files.tls_key,
            ]);
            let url = format!("https://localhost:{}", witness.address.port());
            give(sandbox, &policy(sandbox.log_vkey(), &[(&witness, url)], 1))?;
            *out.lock().unwrap() = Some(witness);
            Ok(())
        });
        let chain = chain.await.unwrap();
        let witness = made.lock().unwrap().take().unwrap();
        report(&chain).await;
        let waiting = tokio::time::timeout(COMES, async {
            loop {
                let (_, witnessed) = checkpoints(&chain).await.unwrap_or_default();
                if !witnessed.is_empty() {
                    return witnessed;
                }
            }
        });
        let note = waiting.await.expect("no cosignature came");
        witness
            .key
            .verify(&Note::parse(note.as_bytes()).unwrap())
            .unwrap();
    });
}
