//! The yardstick of a publish: its mandatory cryptography on all cores, and nothing else.
//!
//! Owns: which operations count, in [`hub`] and [`pseudonymiser`]. TLS is not counted, nor is
//! verifying what does not change from one signal to the next: the signing chain and the two key
//! statements. Must not know: how the services go about it.

use crate::load::per_second;
use crate::signals::PartBytes;
use crate::told;
use prost::Message;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use seinhuis_domain::entry::{LeafHead, Parts, Slip};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse, SUITE};
use seinhuis_identity::signing::{SigningCertificate, SigningTrust};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_merkle::{KeyName, NoteSigner, Receipt, leaf_hash};
use seinhuis_proto::v1;
use seinhuis_pseudonym::{
    CitizenNumber, Conversion, Domain, KeyContext, Transcryptor, TranscryptorSecrets,
};
use seinhuis_seal::manifest::{Label, Manifest, Reader, Withheld};
use seinhuis_tests::{Chain, manifest, signer, story};
use seinhuis_types::{Clock, Digest, LeafIndex, Millis, Oin, SystemClock};
use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long all cores are kept at it.
const SPAN: Duration = Duration::from_secs(4);

/// Publishes a second, and what single operations take on one core.
pub(crate) struct Rates {
    /// What is mandatory for each publish.
    pub(crate) publishes: f64,
    /// With both key statements verified anew for each, as a service without memory would.
    pub(crate) with_statements: f64,
    pub(crate) verify: Duration,
    pub(crate) statement: Duration,
    pub(crate) convert: Duration,
    pub(crate) sign: Duration,
    pub(crate) seal: Duration,
}

struct World {
    certificate: Arc<SigningCertificate>,
    first: Transcryptor,
    second: Transcryptor,
    conversion: Conversion,
    key: [u8; 32],
    receipts: NoteSigner,
    origin: KeyName,
    wrapping: LessSafeKey,
    statement: String,
    now: Millis,
    parts: PartBytes,
}

/// One envelope with everything that is not cryptography done beforehand.
struct Ready {
    request: v1::PublishRequest,
    ciphertext: [u8; 64],
    subject_leaf: Vec<u8>,
    salts: Vec<u8>,
    withheld: Vec<Withheld>,
    slip: Slip,
}

impl Ready {
    fn new(request: v1::PublishRequest) -> Result<Self, String> {
        let envelope = request.envelopes.first().ok_or("no envelope")?;
        let mut manifest = manifest(envelope)?;
        let label = Label::Subject(0);
        let subject_leaf = manifest.bytes(&label).ok_or("no subject")?.to_vec();
        manifest.withhold_for_pseudonymiser();
        let (salts, withheld) = (manifest.clear_salts(), manifest.withheld().collect());
        let slip = envelope.decision_slip.as_ref().ok_or("no slip")?;
        let slip = Slip::parse(&slip.nonce, &slip.tags).map_err(told("slip"))?;
        let (_, ciphertext) = subject_leaf.split_first_chunk::<1>().ok_or("no subject")?;
        let ciphertext = <[u8; 64]>::try_from(ciphertext).map_err(told("ciphertext"))?;
        drop(manifest);
        Ok(Self {
            ciphertext,
            subject_leaf,
            salts,
            withheld,
            slip,
            request,
        })
    }

    fn envelope(&self) -> Result<&v1::Envelope, String> {
        self.request
            .envelopes
            .first()
            .ok_or_else(|| "no envelope".to_owned())
    }
}

/// Measures with these requests and the parts that one of them commits.
pub(crate) fn measure(
    chain: &Chain,
    requests: &[v1::PublishRequest],
    parts: PartBytes,
) -> Result<Rates, String> {
    let ready: Vec<Ready> = requests
        .iter()
        .cloned()
        .map(Ready::new)
        .collect::<Result<_, _>>()?;
    let world = World::new(chain, parts)?;
    let publishes = all_cores(&ready, &world, |one, world| {
        pseudonymiser(one, world)?;
        hub(one, world)
    })?;
    let with_statements = all_cores(&ready, &world, |one, world| {
        verify_statement(world)?;
        verify_statement(world)?;
        pseudonymiser(one, world)?;
        hub(one, world)
    })?;
    Ok(Rates {
        publishes,
        with_statements,
        verify: one_core(&ready, &world, |one, world| {
            verify(world, &manifest(one.envelope()?)?, one)
        })?,
        statement: one_core(&ready, &world, |_, world| verify_statement(world))?,
        convert: one_core(&ready, &world, |one, world| {
            convert(&world.first, one, world)
        })?,
        sign: one_core(&ready, &world, |one, world| receipt(&one.ciphertext, world))?,
        seal: one_core(&ready, &world, |_, world| seal_parts(world))?,
    })
}

type Work = fn(&Ready, &World) -> Result<(), String>;

fn all_cores(ready: &[Ready], world: &World, work: Work) -> Result<f64, String> {
    let cores = std::thread::available_parallelism()
        .map_err(told("cores"))?
        .get();
    let done = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|core| {
                let done = &done;
                scope.spawn(move || {
                    for one in ready.iter().cycle().skip(core * 17) {
                        if begun.elapsed() >= SPAN {
                            break;
                        }
                        work(one, world)?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok::<_, String>(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread ended early".to_owned()))
        })
    })?;
    Ok(per_second(done.into_inner(), begun.elapsed()))
}

fn one_core(ready: &[Ready], world: &World, work: Work) -> Result<Duration, String> {
    const ROUNDS: u32 = 2_000;
    let begun = Instant::now();
    for (one, _) in ready.iter().cycle().zip(0..ROUNDS) {
        work(one, world)?;
    }
    Ok(begun.elapsed() / ROUNDS)
}

/// Fingerprint of the request, manifest and its signature, second half of the conversion, four
/// commitments, five parts sealed and their keys wrapped, leaf hash, decision digest, receipt.
fn hub(one: &Ready, world: &World) -> Result<(), String> {
    black_box(digest(&SHA256, &one.request.encode_to_vec()));
    verify(world, &manifest(one.envelope()?)?, one)?;
    convert(&world.second, one, world)?;
    let head = LeafHead::new(world.now.hour(), 1, Digest([5; 32])).map_err(told("leaf"))?;
    let parts = Parts {
        shared: &world.parts.shared,
        provider: &world.parts.own,
        recipient: &[],
        outcome: &world.parts.outcome,
    };
    let (leaf, _) = head.seal(&one.slip, &parts, &mut rand::rng());
    seal_parts(world)?;
    receipt(&leaf.to_bytes(), world)
}

/// Manifest from route, subject and hashes, its signature, the digest for replays, first half.
fn pseudonymiser(one: &Ready, world: &World) -> Result<(), String> {
    let envelope = one.envelope()?;
    let clear = vec![
        (Label::Route, Cow::Borrowed(envelope.route_leaf.as_slice())),
        (
            Label::Subject(0),
            Cow::Borrowed(one.subject_leaf.as_slice()),
        ),
    ];
    let withheld = one.withheld.iter().cloned();
    let manifest = Manifest::assemble(Reader::Pseudonymiser, clear, withheld, &one.salts)
        .map_err(told("manifest"))?;
    verify(world, &manifest, one)?;
    black_box(digest(&SHA256, &envelope.route_leaf));
    convert(&world.first, one, world)
}

fn verify(world: &World, manifest: &Manifest<'_>, one: &Ready) -> Result<(), String> {
    world
        .certificate
        .verify_raw(
            &manifest.signing_message(),
            &one.envelope()?.manifest_signature,
        )
        .map_err(told("signature"))
}

fn verify_statement(world: &World) -> Result<(), String> {
    KeyStatement::read(&world.statement, &world.certificate, world.now)
        .map(drop)
        .map_err(told("statement"))
}

fn convert(half: &Transcryptor, one: &Ready, world: &World) -> Result<(), String> {
    let ciphertexts = [one.ciphertext];
    half.convert(
        &world.conversion,
        &world.key,
        &ciphertexts,
        &mut rand::rng(),
    )
    .map(|converted| drop(black_box(converted)))
    .map_err(told("convert"))
}

fn seal_parts(world: &World) -> Result<(), String> {
    let failed = |_| "a part was not sealed".to_owned();
    for part in world.parts.copies() {
        let key: [u8; 32] = rand::random();
        let mut wrapped = key.to_vec();
        let nonce = Nonce::assume_unique_for_key(rand::random());
        world
            .wrapping
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut wrapped)
            .map_err(failed)?;
        let key = UnboundKey::new(&AES_256_GCM, &key)
            .map(LessSafeKey::new)
            .map_err(failed)?;
        let mut sealed = [&[0; 32], part].concat();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)
            .map_err(failed)?;
        black_box((wrapped, sealed));
    }
    Ok(())
}

fn receipt(leaf: &[u8], world: &World) -> Result<(), String> {
    let mut decision_digest = Digest([0; 32]);
    decision_digest
        .0
        .copy_from_slice(digest(&SHA256, &world.parts.own).as_ref());
    let receipt = Receipt {
        origin: world.origin.clone(),
        index: LeafIndex(1),
        leaf_hash: leaf_hash(leaf),
        decision_digest,
        commit_ms: world.now,
    };
    receipt
        .sign(&world.receipts)
        .map(|note| drop(black_box(note)))
        .map_err(told("receipt"))
}

impl World {
    fn new(chain: &Chain, parts: PartBytes) -> Result<Self, String> {
        let now = SystemClock.now();
        let signer = signer(&chain.sandbox, "politie")?;
        let pki = chain.sandbox.pki();
        let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed)
            .map_err(told("roots"))?;
        let certificate = SigningTrust::new(Arc::new(anchors))
            .verify_chain(signer.chain(), now)
            .map_err(told("chain"))?;
        let transcryptor = || {
            TranscryptorSecrets::generate(&mut rand::rng())
                .map(Transcryptor::new)
                .map_err(told("transcryptor"))
        };
        let key = CitizenNumber::parse(story::ADULT)
            .map_err(told("number"))?
            .point()
            .to_bytes()
            .map_err(told("point"))?;
        let recipient = chain.oin("veilig-thuis");
        let context = |oin: Oin, desk: &str| {
            let desk = desk.parse().map_err(told("desk"))?;
            Ok::<_, String>(KeyContext {
                oin,
                desk,
                epoch: 1,
            })
        };
        let conversion = Conversion::new(
            Domain::Number,
            context(signer.oin(), "huiselijk-geweld")?,
            Domain::Partner {
                oin: recipient,
                epoch: 1,
            },
            context(recipient, "intake")?,
        )
        .map_err(told("conversion"))?;
        let origin = KeyName::parse(seinhuis_testkit::sandbox::ORIGIN).map_err(told("origin"))?;
        let name = Receipt::key_name(&origin).map_err(told("receipt key"))?;
        let statement = KeyStatement {
            oin: signer.oin(),
            desk: "huiselijk-geweld".parse().map_err(told("desk"))?,
            key_use: KeyUse::Pseudonym,
            kid: "p-1".parse().map_err(told("kid"))?,
            suite: SUITE,
            key: key.to_vec(),
            epoch: 1,
            not_before: now.minus(Millis::DAY),
            not_after: now.plus(Millis::DAY),
        };
        let wrapping = UnboundKey::new(&AES_256_GCM, &rand::random::<[u8; 32]>());
        Ok(Self {
            certificate,
            first: transcryptor()?,
            second: transcryptor()?,
            conversion,
            key,
            receipts: NoteSigner::from_seed(name, &rand::random()).map_err(told("receipt key"))?,
            origin,
            wrapping: wrapping
                .map(LessSafeKey::new)
                .map_err(|_| "a wrapping key".to_owned())?,
            statement: statement.sign(&signer).map_err(told("statement"))?,
            now,
            parts,
        })
    }
}
