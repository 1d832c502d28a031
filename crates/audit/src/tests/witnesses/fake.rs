//! Witnesses in memory that speak C2SP tlog-witness, honestly or not.

use super::*;
use crate::{Reply, Unreachable, WitnessTransport};
use seinhuis_merkle::{
    AddCheckpoint, Cosigner, EMPTY_ROOT, NoteSignature, TreeSize, verify_consistency,
};
use seinhuis_types::{Clock, hex};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Mutex;

/// How a witness behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Honest,
    /// As one without the monitoring address.
    ShowsNothing,
    /// Shows what it cosigned first, as one behind a cache.
    Cached,
    /// Shows the log's own note, without its own signature.
    ShowsBare,
    Dead,
    /// Takes the question and never answers.
    Silent,
    /// Signs another checkpoint than it was asked for.
    OtherNote,
    /// A line in its name and key id by another key.
    FalseLine,
    /// Cosigns at 1970.
    LongAgo,
    /// Answers with many lines of nothing.
    Garbage,
    /// Says it is at this size, and shows what it truly saw.
    Says(u64),
    Status(u16),
}

pub(super) struct Fake {
    cosigner: Cosigner,
    state: Mutex<(Mood, Option<Note>)>,
    /// What it cosigned first.
    first: Mutex<Option<Note>>,
}

/// All witnesses, by their addresses.
pub(super) struct Net {
    fakes: BTreeMap<String, Fake>,
    clock: ManualClock,
}

fn name(number: u8) -> String {
    format!("w{number}")
}

fn cosigner(number: u8, seed: u8) -> Cosigner {
    let name = KeyName::parse(&format!("{}.example/w", name(number))).unwrap();
    Cosigner::from_seed(name, &[seed; 32]).unwrap()
}

impl Net {
    /// Witnesses `w1` to `w<count>`.
    pub(super) fn new(count: u8, clock: &ManualClock) -> Arc<Self> {
        let fake = |number| Fake {
            cosigner: cosigner(number, 40 + number),
            state: Mutex::new((Mood::Honest, None)),
            first: Mutex::new(None),
        };
        Arc::new(Self {
            fakes: (1..=count)
                .map(|number| (name(number), fake(number)))
                .collect(),
            clock: clock.clone(),
        })
    }

    /// A policy of all of them with this many as quorum; 0 for none.
    pub(super) fn policy(&self, quorum: usize) -> Arc<Policy> {
        let mut text = format!("log {}\n", verifier());
        for (name, fake) in &self.fakes {
            text += &format!(
                "witness {name} {} https://{name}\n",
                fake.cosigner.verifier()
            );
        }
        if quorum == 0 {
            text += "quorum none\n";
        } else {
            let names: Vec<_> = self.fakes.keys().map(String::as_str).collect();
            text += &format!("group all {quorum} {}\nquorum all\n", names.join(" "));
        }
        Arc::new(Policy::parse(&text).unwrap())
    }

    pub(super) fn mood(&self, number: u8, mood: Mood) {
        self.fakes[&name(number)].state.lock().unwrap().0 = mood;
    }

    /// The size of what it cosigned last.
    pub(super) fn saw(&self, number: u8) -> Option<u64> {
        let state = self.fakes[&name(number)].state.lock().unwrap();
        let seen = state.1.as_ref()?;
        Some(Checkpoint::open(seen, &verifier()).unwrap().size().get())
    }

    fn answer(&self, fake: &Fake, path: &str, body: Option<&str>) -> Reply {
        let mut state = fake.state.lock().unwrap();
        let mood = state.0;
        let status = |status| Reply {
            status,
            body: Vec::new(),
        };
        if let Mood::Status(number) = mood {
            return status(number);
        }
        let Some(body) = body else {
            let due = format!("/{}/checkpoint", hex(&verifier().name().hash().0));
            assert_eq!(path, due);
            if mood == Mood::Cached {
                return ok(fake.first.lock().unwrap().as_ref().unwrap().to_string());
            }
            return match &state.1 {
                Some(note) if mood == Mood::ShowsBare => {
                    let log = Note::sign(note.text().to_owned(), &[&signer()]).unwrap();
                    ok(log.to_string())
                }
                Some(note) if mood != Mood::ShowsNothing => ok(note.to_string()),
                _ => status(404),
            };
        };
        assert_eq!(path, "/add-checkpoint");
        let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
        let checkpoint = Checkpoint::open(request.checkpoint(), &verifier()).unwrap();
        let last = state
            .1
            .as_ref()
            .map(|note| Checkpoint::open(note, &verifier()).unwrap());
        let (size, root) = last.map_or((TreeSize::EMPTY, EMPTY_ROOT), |last| {
            (last.size(), *last.root())
        });
        let said = match mood {
            Mood::Says(size) => size,
            _ => size.get(),
        };
        if request.old().get() != said {
            return Reply {
                status: 409,
                body: format!("{said}\n").into_bytes(),
            };
        }
        let (new, new_root) = (checkpoint.size(), checkpoint.root());
        if verify_consistency(size, &root, new, new_root, request.proof()).is_err() {
            return status(422);
        }
        let seconds = self.clock.now().seconds();
        let line = match mood {
            Mood::OtherNote => {
                let other = Checkpoint::new(KeyName::parse(ORIGIN).unwrap(), new, Digest([9; 32]));
                fake.cosigner.cosign(&other.unwrap(), seconds).unwrap()
            }
            Mood::FalseLine => {
                let line = fake.cosigner.cosign(&checkpoint, seconds).unwrap();
                let signature = vec![7; line.signature.len()];
                NoteSignature { signature, ..line }
            }
            Mood::LongAgo => fake.cosigner.cosign(&checkpoint, 1).unwrap(),
            Mood::Garbage => return ok("— x\n".repeat(10_000)),
            _ => fake.cosigner.cosign(&checkpoint, seconds).unwrap(),
        };
        let honest = fake.cosigner.cosign(&checkpoint, seconds).unwrap();
        let kept = request.checkpoint().clone().with(honest).unwrap();
        fake.first.lock().unwrap().get_or_insert(kept.clone());
        state.1 = Some(kept);
        ok(line.to_string())
    }
}

fn ok(body: String) -> Reply {
    Reply {
        status: 200,
        body: body.into_bytes(),
    }
}

impl WitnessTransport for Net {
    fn call<'a>(
        &'a self,
        url: &'a str,
        body: Option<String>,
        most: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, Unreachable>> + Send + 'a>> {
        Box::pin(async move {
            let rest = url.strip_prefix("https://").unwrap();
            let (host, path) = rest.split_at(rest.find('/').unwrap());
            let fake = &self.fakes[host];
            let mood = fake.state.lock().unwrap().0;
            match mood {
                Mood::Dead => Err(Unreachable("nobody there".to_owned())),
                Mood::Silent => pending().await,
                _ => {
                    let reply = self.answer(fake, path, body.as_deref());
                    if reply.body.len() > most {
                        return Err(Unreachable("too long".to_owned()));
                    }
                    Ok(reply)
                }
            }
        })
    }
}
