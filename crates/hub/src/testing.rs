//! A hub for tests of its use cases: two organisations, a store in memory, a clock that stands.
//!
//! Owns: [`Bench`]. Must not know: what is tested. The log is real and, unless asked, never behind: its
//! publication is another matter, so the log's own view of the store has nothing to publish.

mod quiet;

use crate::command::{AgreementStep, Asserted, Caller, Convert, Idempotency, StatementBytes};
use crate::compare::tests::files;
use crate::conversion::FirstHalf;
use crate::parts::{Draft, Keep};
use crate::{Converted, Cursors, Directory, Hub, HubError, Parts, Propose, Rules, WrappingKeys};
use quiet::Quiet;
use seinhuis_audit::{Config, Log};
use seinhuis_domain::agreement::{Placeholders, StepKind, from_toml};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::entry::{LeafHead, Slip};
use seinhuis_domain::signal::{
    BreakGlass, Header, Origin, Regime, Restriction, SourceShield, WpgArticle,
};
use seinhuis_identity::person_assertion::{ActingPerson, AssertedCall, PersonAssertion};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::{TestOins, TrustAnchors, jws};
use seinhuis_merkle::{KeyName, NoteSigner, Receipt};
use seinhuis_policy::Engine;
use seinhuis_pseudonym::{Transcryptor, TranscryptorSecrets};
use seinhuis_store::{ChangeSet, Embedded, Limits, Memory, Store};
use seinhuis_testkit::pki::{Pki, Purpose, SigningAlgorithm};
use seinhuis_types::{
    AgreementHash, Clock, CodeValue, Desk, Digest, ErrorCode, Hour, LeafIndex, ManualClock, Millis,
    Oin,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// When every bench begins: 2027-01-15T08:00:00Z, a Friday.
pub(crate) const BEGIN: Millis = Millis(1_800_000_000_000);
/// The police.
pub(crate) const POLICE: usize = 0;
/// Veilig Thuis.
pub(crate) const CARE: usize = 1;
/// OIN, role, desk and name of each.
const PARTIES: [(&str, &str, &str, &str); 2] = [
    (
        "00000099000000010000",
        "politie",
        "huiselijk-geweld",
        "police",
    ),
    ("00000099000000050000", "veilig-thuis", "intake", "care"),
];
/// Systems of each.
const SYSTEMS: usize = 2;

pub(crate) fn oin(party: usize) -> Oin {
    PARTIES[party].0.parse().unwrap()
}

pub(crate) fn desk(party: usize) -> Desk {
    PARTIES[party].2.parse().unwrap()
}

/// One of the two systems of an organisation.
pub(crate) fn caller(party: usize, system: usize) -> Caller {
    let mut thumbprint = [0; 32];
    thumbprint[31] = u8::try_from(party * SYSTEMS + system).unwrap();
    Caller {
        oin: oin(party),
        system: Digest(thumbprint),
    }
}

/// A key that no other call has.
pub(crate) fn idempotency() -> Idempotency {
    Idempotency {
        key: rand::random::<[u8; 16]>().to_vec(),
        fingerprint: Digest([7; 32]),
    }
}

/// Brings a test of use cases to its end.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(test)
}

/// The code an act was refused by.
pub(crate) fn refused<T>(act: Result<T, HubError>) -> ErrorCode {
    use seinhuis_types::Coded;
    match act {
        Ok(_) => panic!("it was done"),
        Err(error) => error.code(),
    }
}

/// What a header says of an urgent report, or of a break-glass until then.
pub(crate) fn header(until: Option<Millis>) -> Header {
    let code = |text: &str| CodeValue::parse(text).unwrap();
    Header {
        fields: BTreeSet::new(),
        subjects: Vec::new(),
        signal_type: "INC_HOME".parse().unwrap(),
        type_version: 1,
        purpose: "P-REPORT".parse().unwrap(),
        necessity: code("report-task"),
        regime: Regime::Wpg,
        wpg_article: Some(WpgArticle::Art8),
        second_approval: false,
        region: "kennemerland".parse().unwrap(),
        urgency: code("U3"),
        event_hour: Hour(500_000),
        valid_until: None,
        retention: code("R0"),
        source_shield: SourceShield::None,
        address_shield: false,
        subject_informed: code("not-yet"),
        origin: Origin::Own,
        onward_basis: None,
        restriction: Restriction::None,
        restricted_theme: false,
        consent: None,
        rectification: None,
        break_glass: until.map(|until| BreakGlass {
            reason: Some(code("no-time")),
            call: None,
            until,
        }),
    }
}

/// The other half of conversions, which no test here asks for.
struct NoHalf;

impl FirstHalf for NoHalf {
    fn convert<'a>(
        &'a self,
        _: &'a Convert,
    ) -> Pin<Box<dyn Future<Output = Result<Converted, HubError>> + Send + 'a>> {
        Box::pin(async {
            Err(HubError::told(
                ErrorCode::ConversionRefused,
                "nothing converts",
            ))
        })
    }
}

/// A hub, its clock, and who signs for its two organisations.
pub(crate) struct Bench {
    pub(crate) hub: Hub<Quiet>,
    pub(crate) clock: ManualClock,
    pki: Pki,
    signers: [Signer; 2],
    cut: Arc<AtomicBool>,
    behind: Arc<AtomicBool>,
    _folder: TempDir,
}

fn partners() -> String {
    let system = |party: usize, number: usize| {
        format!(
            "[[partner.system]]\nthumbprint = \"{:064x}\"\nname = \"system-{number}\"\n\
             capabilities = [\"signal\", \"audit\", \"agreement\", \"keys\"]\n",
            party * SYSTEMS + number
        )
    };
    let one = |(party, (oin, role, desk, name)): (usize, &(&str, &str, &str, &str))| {
        let systems: String = (0..SYSTEMS).map(|number| system(party, number)).collect();
        format!(
            "[[partner]]\noin = \"{oin}\"\nname = \"{name}\"\nrole = \"{role}\"\n\
             region = \"kennemerland\"\ndesks = [\"{desk}\"]\n{systems}"
        )
    };
    PARTIES.iter().enumerate().map(one).collect()
}

fn rules() -> Rules {
    let schema = files("policy", "cedarschema").remove(0).1;
    let policies = files("policy", "cedar");
    let policies: Vec<_> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Rules {
        catalogue: Catalogue::load(&files("catalogue", "toml")).unwrap(),
        policy: Engine::load(&schema, &policies).unwrap(),
    }
}

fn signer(pki: &Pki, party: usize, issued: Millis) -> Signer {
    let purpose = Purpose::Signing(SigningAlgorithm::Es256);
    let issued = pki.issue(&purpose, oin(party), issued).unwrap();
    Signer::from_pem(issued.key_pem().as_bytes(), issued.chain_pem().as_bytes()).unwrap()
}

fn hub(folder: &Path, pki: &Pki, seen: impl Fn(bool) -> Arc<Quiet>) -> Hub<Quiet> {
    let origin = KeyName::parse("bench.example/log/2027h1").unwrap();
    let receipts = Receipt::key_name(&origin).unwrap();
    let config = Config {
        folder: folder.join("log"),
        origin: origin.as_str().to_owned(),
        signer: NoteSigner::from_seed(origin.clone(), &[1; 32]).unwrap(),
        publish_interval_ms: 1_000,
        policy: None,
    };
    let (log, _) = Log::open(config, seen(true)).unwrap();
    let rules = rules();
    let catalogue = &rules.catalogue;
    let directory = Directory::parse(
        &partners(),
        |role| catalogue.role(role).is_some(),
        |region| catalogue.region(region).is_some(),
    );
    let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed);
    let secrets = TranscryptorSecrets::generate(&mut rand::rng()).unwrap();
    Hub::new(Parts {
        store: seen(false),
        log,
        directory: directory.unwrap(),
        rules,
        trust: SigningTrust::new(Arc::new(anchors.unwrap())),
        origin,
        receipts: NoteSigner::from_seed(receipts, &[2; 32]).unwrap(),
        wrapping: WrappingKeys::new(&[(1, [3; 32])]).unwrap(),
        cursors: Cursors::new(&[4; 32]),
        transcryptor: Transcryptor::new(secrets),
        pseudonymiser: Arc::new(NoHalf),
        epoch: 1,
        conversion_budget: 1_000,
        question_budget: 100,
        question_shortest_ms: 900_000,
        test_oins: true,
    })
}

impl Bench {
    /// A hub that has started, at [`BEGIN`].
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::create(&folder.path().join("pki"), BEGIN).unwrap();
        let clock = ManualClock::at(BEGIN);
        let fatal = Box::new(|why: &str| panic!("{why}"));
        let store = Embedded::open(Memory::new(), clock.clone(), Limits::default(), fatal);
        let store = Arc::new(store.unwrap());
        let [cut, behind] = [(), ()].map(|()| Arc::new(AtomicBool::new(false)));
        let hub = hub(folder.path(), &pki, |of_log| {
            Arc::new(Quiet {
                store: Arc::clone(&store),
                of_log,
                behind: Arc::clone(&behind),
                cut: Arc::clone(&cut),
            })
        });
        hub.start().await.unwrap();
        Self {
            hub,
            clock,
            signers: [POLICE, CARE].map(|party| signer(&pki, party, BEGIN)),
            pki,
            cut,
            behind,
            _folder: folder,
        }
    }

    /// Moves the clock to a moment that has not passed.
    pub(crate) fn go_to(&self, at: Millis) {
        let ahead = at.0.checked_sub(self.clock.now().0).unwrap();
        self.clock.advance(ahead);
    }

    /// Cuts off steps of erasures from now on, or lets them be.
    pub(crate) fn cut_steps(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    /// From now on the log sees that it has something to publish, and publishes nothing.
    pub(crate) fn stop_publishing(&self) {
        self.behind.store(true, Ordering::SeqCst);
    }

    /// A signing certificate that was issued then.
    pub(crate) fn signer_issued(&self, party: usize, issued: Millis) -> Signer {
        signer(&self.pki, party, issued)
    }

    /// What an organisation says of who a call is made for: one assertion of its own for each.
    pub(crate) fn asserted(&self, by: usize, persons: &[&str], request: Digest) -> Asserted {
        let one = |person: &&str| self.assertion(by, person, request);
        Asserted {
            method: METHOD,
            request,
            assertions: persons.iter().map(one).collect(),
        }
    }

    /// One assertion, made now.
    pub(crate) fn assertion(&self, by: usize, person: &str, request: Digest) -> StatementBytes {
        let acting = ActingPerson::parse(person, "fg", "lawfulness", "review-7").unwrap();
        let call = AssertedCall {
            method: METHOD,
            request,
        };
        let (signer, now) = (&self.signers[by], self.clock.now());
        StatementBytes {
            jws: PersonAssertion::sign(signer, &acting, &call, now, rand::random()).unwrap(),
            chain: signer.chain().to_vec(),
        }
    }

    /// An entry whose parts are kept until then.
    pub(crate) async fn entry(&self, draft: Draft, keep: Keep) -> LeafIndex {
        let parts = &self.hub.parts;
        let head = LeafHead::new(self.hub.now().hour(), parts.epoch, parts.rules.root());
        let mut rng = rand::rng();
        let draft = Draft { keep, ..draft };
        let slip = Slip::random(&mut rng);
        let prepared = draft.prepare(head.unwrap(), &slip, &parts.wrapping, &mut rng);
        let change = ChangeSet::new("seed", prepared.unwrap().entry());
        parts.store.commit(change).await.unwrap().indexes[0]
    }

    /// The example of two parties, with places of its text changed, proposed and accepted by both.
    pub(crate) async fn agree(&self, changes: &[(&str, &str)]) -> AgreementHash {
        let text = files("agreements", "toml");
        let text = text.iter().find(|(name, _)| name == "two-party.toml");
        let text = changes
            .iter()
            .fold(text.unwrap().1.clone(), |text, (from, to)| {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            });
        let rules = self.hub.rules();
        let places = Placeholders {
            catalogue_hash: Some(rules.catalogue.hash()),
            policy_hash: Some(rules.policy.hash()),
        };
        let propose = Propose {
            idempotency: idempotency(),
            content: from_toml(&text, &places).unwrap(),
        };
        let proposed = self.hub.propose(&caller(CARE, 0), propose).await.unwrap();
        let agreement = AgreementHash::parse(&proposed.hash).unwrap();
        for party in [POLICE, CARE] {
            let signer = &self.signers[party];
            let claims = format!(
                r#"{{"agreement_content_hash":"{agreement}","type":"accept","signed_at":{},"initiator":"administrator-1","approver":"officer-2"}}"#,
                self.clock.now().seconds()
            );
            let step = AgreementStep {
                idempotency: idempotency(),
                agreement: agreement.clone(),
                kind: StepKind::Accept,
                statement: StatementBytes {
                    jws: jws::sign(signer, None, claims.as_bytes()).unwrap(),
                    chain: signer.chain().to_vec(),
                },
            };
            let taken = self.hub.agreement_step(&caller(party, 0), step).await;
            taken.unwrap();
        }
        agreement
    }
}

/// The call that assertions are for.
pub(crate) const METHOD: &str = "/seinhuis.v1.AuditService/EraseParts";
