//! The witnessed log: what is asked before the first signature, cosignatures of a quorum, and what
//! no witness can do.

mod clearing;
mod fake;
mod gathering;
mod keeping;

use super::*;
use crate::{Gatherer, Witnessing};
use fake::{Mood, Net};
use rand::SeedableRng;
use rand::rngs::StdRng;
use seinhuis_merkle::Policy;
use std::fs;
use std::sync::Mutex;
use std::time::Duration;

/// How long something that should come is waited for.
const COMES: Duration = Duration::from_secs(30);

/// A log that is open under a policy, with the one that asks its witnesses.
struct Witnessed {
    log: Arc<Log<Embedded>>,
    publisher: Publisher<Embedded>,
    gatherer: Gatherer<Embedded, StdRng>,
    /// How questions ended.
    counted: Arc<Mutex<Vec<&'static str>>>,
}

impl Witnessed {
    /// Waits until a question ended so.
    async fn ends(counted: &Mutex<Vec<&'static str>>, label: &str) {
        let there = async {
            while !counted.lock().unwrap().contains(&label) {
                tokio::task::yield_now().await;
            }
        };
        let come = tokio::time::timeout(COMES, there).await;
        assert!(come.is_ok(), "{label}: {:?}", counted.lock().unwrap());
    }
}

impl Site {
    fn evidence(&self) -> PathBuf {
        self.dir.path().join("evidence")
    }

    fn open_under(
        &self,
        store: &Arc<Embedded>,
        net: &Arc<Net>,
        quorum: usize,
        seam: impl Seam,
    ) -> Result<Witnessed, AuditError> {
        let config = Config {
            policy: Some(net.policy(quorum)),
            ..self.config()
        };
        let (log, publisher) = Log::open_with(config, Arc::clone(store), Arc::new(seam), None)?;
        let counted = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&counted);
        let witnessing = Witnessing {
            transport: Arc::clone(net) as Arc<dyn crate::WitnessTransport>,
            evidence: self.evidence(),
            counted: Arc::new(move |label| seen.lock().unwrap().push(label)),
        };
        let gatherer = publisher.gatherer(witnessing, StdRng::seed_from_u64(7))?;
        Ok(Witnessed {
            log,
            publisher,
            gatherer: gatherer.expect("a policy"),
            counted,
        })
    }

    fn witnessed(&self, store: &Arc<Embedded>, net: &Arc<Net>, quorum: usize) -> Witnessed {
        self.open_under(store, net, quorum, Seamless).unwrap()
    }

    /// Publishes these sizes under a policy and has each witnessed.
    async fn publish_witnessed(&self, net: &Arc<Net>, quorum: usize, sizes: &[u64]) {
        let store = self.store();
        let mut open = self.witnessed(&store, net, quorum);
        assert!(open.gatherer.look().await.unwrap());
        let running = tokio::spawn(open.gatherer.run(std::future::pending()));
        for size in sizes {
            commit(&store, *size).await;
            open.publisher.publish().await.unwrap();
            comes(&open.log, *size).await;
        }
        running.abort();
        let _ = running.await;
    }

    /// A copy of folder and store as they are now.
    fn backup(&self) -> Site {
        let dir = tempfile::tempdir().unwrap();
        copy(self.dir.path(), dir.path());
        Site {
            dir,
            engine: self.copy_of_store(),
            clock: self.clock.clone(),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// Waits until a checkpoint over so many entries is shown as witnessed.
async fn comes(log: &Log<Embedded>, size: u64) {
    let mut news = log.status.subscribe();
    let there = news.wait_for(|status| {
        let witnessed = status.witnessed.as_ref();
        witnessed.is_some_and(|signed| signed.checkpoint.size().get() >= size)
    });
    let come = tokio::time::timeout(COMES, there).await;
    come.expect("no quorum came").unwrap();
}

/// The one evidence file whose name ends so.
fn evidence(site: &Site, end: &str) -> Vec<u8> {
    let files = fs::read_dir(site.evidence())
        .unwrap()
        .map(|file| file.unwrap().path());
    let found: Vec<_> = files
        .filter(|path| path.to_str().unwrap().ends_with(end))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    fs::read(&found[0]).unwrap()
}

fn opened(note: &[u8]) -> Checkpoint {
    Checkpoint::open(&Note::parse(note).unwrap(), &verifier()).unwrap()
}
