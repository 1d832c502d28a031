//! The partners and their hub, as every interleaving finds them: keys stated, an agreement in force,
//! consent registered, signals waiting. Made once a thread; afterwards the engine goes back to it.
//!
//! Owns: [`Stage`]. Must not know: what is done with it, and in which order.

mod agreement;
mod commands;
mod envelope;
mod keys;

pub(crate) use agreement::{BEGIN, END, PLAN, Way, name};
pub(crate) use commands::{CONSENT_UNTIL, Commands, KINDS, Kind, SIGNALS, TIMES};
pub(crate) use envelope::slip;

use crate::SimulationError;
use crate::engine::Rewind;
use crate::fault::During;
use crate::seen::{Seen, published};
use crate::step::Steering;
use crate::store::Stepped;
use agreement::{PARTIES, claims, content, desk, oin, partners, rules};
use keys::{Keys, OtherHalf, transcryptor};
use seinhuis_audit::{Config, Log};
use seinhuis_domain::agreement::StepKind;
use seinhuis_hub::command::{AgreementStep, Asserted, Caller, Idempotency, StatementBytes};
use seinhuis_hub::{Cursors, Directory, Hub, Parts, Propose, Rules, WrappingKeys};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::{TestOins, TrustAnchors, jws};
use seinhuis_merkle::{KeyName, NoteSigner, Receipt};
use seinhuis_pseudonym::Transcryptor;
use seinhuis_testkit::pki::{Pki, Purpose, SigningAlgorithm};
use seinhuis_types::{AgreementHash, DeliveryId, Desk, Digest, Oin};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tempfile::TempDir;

/// The police.
pub(crate) const POLICE: usize = 0;
/// Veilig Thuis.
pub(crate) const CARE: usize = 1;
/// The Child Care and Protection Board.
pub(crate) const BOARD: usize = 2;

/// More turns than any act takes alone.
const ALONE: usize = 10_000;

/// The simulated hub.
pub(crate) type SimHub = Hub<Stepped>;

/// One partner.
pub(crate) struct Party {
    pub(crate) caller: Caller,
    pub(crate) oin: Oin,
    pub(crate) desk: Desk,
    signer: Signer,
}

/// The partners, their hub, and all that they may send, ready made.
pub(crate) struct Stage {
    pub(crate) steering: Arc<Steering>,
    pub(crate) store: Arc<Stepped>,
    pub(crate) parties: [Party; 3],
    pub(crate) commands: Commands,
    /// What was promised before any interleaving began.
    pub(crate) before: Vec<Seen>,
    engine: Rewind,
    hub: Option<Arc<SimHub>>,
    _folder: TempDir,
}

fn three<T>(made: Vec<T>) -> Result<[T; 3], SimulationError> {
    let wrong = |_| SimulationError::new("parties", "three are expected");
    made.try_into().map_err(wrong)
}

fn parties(pki: &Pki) -> Result<[Party; 3], SimulationError> {
    let one = |party: usize| {
        let purpose = Purpose::Signing(SigningAlgorithm::Es256);
        let issued = pki.issue(&purpose, oin(party)?, BEGIN).during("pki")?;
        let (key, chain) = (issued.key_pem(), issued.chain_pem());
        let mut system = [0; 32];
        if let Some(last) = system.last_mut() {
            *last = u8::try_from(party).during("party")?;
        }
        Ok(Party {
            caller: Caller {
                oin: oin(party)?,
                system: Digest(system),
            },
            oin: oin(party)?,
            desk: desk(party)?,
            signer: Signer::from_pem(key.as_bytes(), chain.as_bytes()).during("signer")?,
        })
    };
    three(
        (0..PARTIES.len())
            .map(one)
            .collect::<Result<_, SimulationError>>()?,
    )
}

fn trust(pki: &Pki) -> Result<SigningTrust, SimulationError> {
    let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed);
    Ok(SigningTrust::new(Arc::new(anchors.during("anchors")?)))
}

fn hub(
    folder: &Path,
    store: &Arc<Stepped>,
    rules: Rules,
    trust: SigningTrust,
    halves: (Transcryptor, OtherHalf),
) -> Result<SimHub, SimulationError> {
    let origin = KeyName::parse("simulation.example/log/2027h1").during("origin")?;
    let receipts = Receipt::key_name(&origin).during("origin")?;
    let config = Config {
        folder: folder.join("log"),
        origin: origin.as_str().to_owned(),
        signer: NoteSigner::from_seed(origin.clone(), &[1; 32]).during("log key")?,
        publish_interval_ms: 1_000,
        policy: None,
    };
    let (log, _) = Log::open(config, Arc::clone(store)).during("log")?;
    let catalogue = &rules.catalogue;
    let directory = Directory::parse(
        &partners(),
        |role| catalogue.role(role).is_some(),
        |region| catalogue.region(region).is_some(),
    );
    Ok(Hub::new(Parts {
        store: Arc::clone(store),
        log,
        directory: directory.during("directory")?,
        rules,
        trust,
        origin,
        receipts: NoteSigner::from_seed(receipts, &[2; 32]).during("receipt key")?,
        wrapping: WrappingKeys::new(&[(1, [3; 32])]).during("wrapping key")?,
        cursors: Cursors::new(&[4; 32]),
        transcryptor: halves.0,
        pseudonymiser: Arc::new(halves.1),
        epoch: 1,
        conversion_budget: 1_000_000,
        question_budget: 100,
        question_shortest_ms: 900_000,
        test_oins: true,
    }))
}

impl Stage {
    /// Sets everything up.
    pub(crate) fn new() -> Result<Self, SimulationError> {
        let folder = tempfile::tempdir().during("folder")?;
        let pki = Pki::create(&folder.path().join("pki"), BEGIN).during("pki")?;
        let parties = parties(&pki)?;
        let steering = Arc::new(Steering::new(0));
        steering.set_now(BEGIN);
        let engine = Rewind::new(Arc::clone(&steering));
        let store = Arc::new(Stepped::open(engine.clone(), &steering).during("store")?);
        let (ours, other) = (transcryptor()?, transcryptor()?);
        let keys = (0..PARTIES.len()).map(|party| Keys::of(party, [&ours, &other]));
        let keys = three(keys.collect::<Result<Vec<_>, _>>()?)?;
        let other = OtherHalf {
            transcryptor: other,
            sessions: [0, 1, 2].map(|party: usize| keys.get(party).map_or([0; 32], session)),
        };
        let rules = rules()?;
        let content = content(&rules)?;
        let hub = hub(folder.path(), &store, rules, trust(&pki)?, (ours, other))?;
        let draws = Arc::clone(&steering);
        let hub = hub.drawing(move || DeliveryId(draws.id()));
        let mut stage = Self {
            commands: Commands::none(),
            before: Vec::new(),
            hub: Some(Arc::new(hub)),
            steering,
            store,
            parties,
            engine,
            _folder: folder,
        };
        stage.set_up(&keys, content)?;
        stage.engine.fix();
        Ok(stage)
    }

    /// The hub, with nothing in its memory, on the stored state as it was set up; judged from now on by
    /// `seed`.
    pub(crate) fn begin(&mut self, seed: u64) -> Result<Arc<SimHub>, SimulationError> {
        self.engine.rewind().during("rewind")?;
        self.steering.begin(seed, BEGIN).during("rewind")?;
        let hub = self.hub.take().and_then(Arc::into_inner);
        let hub = hub.ok_or_else(|| SimulationError::new("hub", "it is in use"))?;
        let hub = Arc::new(hub.restarted());
        self.hub = Some(Arc::clone(&hub));
        Ok(hub)
    }

    fn hub(&self) -> Result<Arc<SimHub>, SimulationError> {
        let hub = self.hub.as_ref().map(Arc::clone);
        hub.ok_or_else(|| SimulationError::new("hub", "there is none"))
    }

    /// Brings one act to its end, alone.
    fn alone<T>(&self, act: impl Future<Output = T>) -> Result<T, SimulationError> {
        let mut act = pin!(act);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..ALONE {
            match act.as_mut().poll(&mut context) {
                Poll::Ready(done) => return Ok(done),
                Poll::Pending if self.steering.waits() => {
                    self.steering.land().during("set-up")?;
                }
                // Held up by nobody but itself.
                Poll::Pending => {}
            }
        }
        Err(SimulationError::new("set-up", "an act does not end"))
    }

    fn set_up(&mut self, keys: &[Keys; 3], content: Vec<u8>) -> Result<(), SimulationError> {
        let hub = self.hub()?;
        self.alone(hub.start())?.during("start")?;
        let mut rotations = Vec::new();
        for (place, (party, keys)) in (0..).zip(self.parties.iter().zip(keys)) {
            let [seal, pseudonym, next] = keys.statements(place, &party.signer)?;
            for statement in [seal, pseudonym] {
                let key = idempotency();
                let stated = hub.publish_key(&party.caller, &key, statement);
                self.alone(stated)?.during("key statement")?;
            }
            rotations.push(next);
        }
        let care = &self.parties[CARE];
        let propose = Propose {
            idempotency: idempotency(),
            content,
        };
        let proposed = self.alone(hub.propose(&care.caller, propose))?;
        let hash = AgreementHash::parse(&proposed.during("proposal")?.hash).during("hash")?;
        for party in &self.parties {
            let statement = statement(&party.signer, &hash, StepKind::Accept, 0)?;
            let step = AgreementStep {
                idempotency: idempotency(),
                agreement: hash.clone(),
                kind: StepKind::Accept,
                statement,
            };
            let accepted = self.alone(hub.agreement_step(&party.caller, step))?;
            accepted.during("acceptance")?;
        }
        let mut consents = Vec::new();
        for number in 0..commands::CONSENTS {
            let register = commands::register(number, &hash)?;
            let handle = register.consent;
            let reply = self.alone(hub.register_consent(&care.caller, register))?;
            consents.push((handle, reply.during("consent")?.revision));
        }
        let signers = self.parties.each_ref().map(|party| &party.signer);
        self.commands = Commands::make(&hash, keys, signers, &consents, three(rotations)?)?;
        for signal in commands::WAITING {
            let prepared = self.commands.publish(signal, &[false; 3])?;
            let from = SIGNALS.get(signal).map_or(POLICE, |plan| plan.from);
            let source = self.parties.get(from).map(|party| &party.caller);
            let source = source.ok_or_else(|| SimulationError::new("party", from))?;
            let asserted = Asserted {
                method: "",
                request: Digest([0; 32]),
                assertions: Vec::new(),
            };
            let reply = self.alone(hub.publish(source, prepared, &asserted))?;
            let seen = published(signal, &[false; 3], &reply.during("signal")?)?;
            self.before.push(seen);
        }
        Ok(())
    }
}

fn session(keys: &Keys) -> [u8; 32] {
    keys.session.public()
}

/// A key that no other call has.
pub(crate) fn idempotency() -> Idempotency {
    let key: [u8; 16] = rand::random();
    Idempotency {
        key: key.to_vec(),
        fingerprint: Digest([7; 32]),
    }
}

/// A step as its party signed it.
fn statement(
    signer: &Signer,
    hash: &AgreementHash,
    kind: StepKind,
    nth: u64,
) -> Result<StatementBytes, SimulationError> {
    let payload = claims(hash, kind, nth);
    Ok(StatementBytes {
        jws: jws::sign(signer, None, payload.as_bytes()).during("step")?,
        chain: signer.chain().to_vec(),
    })
}
