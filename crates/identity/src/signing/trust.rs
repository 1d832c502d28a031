//! Which signing chains are good, remembered for as long as they stay so.
//!
//! Owns: the cache. What it keeps is bound to one set of roots and revocation lists: with a new set it
//! begins empty. Must not know: what was signed.

use super::SigningCertificate;
use crate::certificate::{finish, term};
use crate::{CertificateRefusal, TrustAnchors, Usage};
use ring::digest::{Context, SHA256};
use rustls_pki_types::CertificateDer;
use seinhuis_types::{Digest, Millis};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Most chains that are remembered. A partner has a few signing certificates at a time, so this is
/// far above what honest callers need; the oldest gives way.
pub const CACHED_CHAINS: usize = 4_096;

/// A chain that was found good, and the span in which nothing can have changed that.
#[derive(Debug, Clone)]
struct Known {
    certificate: Arc<SigningCertificate>,
    /// First second in which every certificate of the chain is valid.
    from: u64,
    /// Last second in which every certificate and revocation list is.
    until: u64,
}

/// What is judged by, and what was found by it.
#[derive(Debug)]
struct Judgement {
    anchors: Arc<TrustAnchors>,
    known: HashMap<Digest, Known>,
    order: VecDeque<Digest>,
}

impl Judgement {
    fn by(anchors: Arc<TrustAnchors>) -> Self {
        Self {
            anchors,
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

/// Judges signing chains under pinned roots. Cheap to clone; clones judge by the same set.
#[derive(Debug, Clone)]
pub struct SigningTrust {
    capacity: usize,
    judgement: Arc<Mutex<Judgement>>,
}

impl SigningTrust {
    /// Judges by `anchors`, remembering at most [`CACHED_CHAINS`].
    pub fn new(anchors: Arc<TrustAnchors>) -> Self {
        Self::with_capacity(anchors, CACHED_CHAINS)
    }

    /// Judges by `anchors`, remembering at most `capacity` chains.
    pub fn with_capacity(anchors: Arc<TrustAnchors>, capacity: usize) -> Self {
        Self {
            capacity,
            judgement: Arc::new(Mutex::new(Judgement::by(anchors))),
        }
    }

    /// Judges by `anchors` from now on, in every clone; nothing found before counts any more.
    pub fn renew(&self, anchors: Arc<TrustAnchors>) {
        *self.lock() = Judgement::by(anchors);
    }

    /// Judges a chain (DER, leaf first) at the moment `at`, normally that of signing: under a pinned
    /// root, every certificate in term and not revoked by a list that is current at `at`, with key
    /// usage digitalSignature, and exactly one OIN.
    ///
    /// A chain that was found good is not verified again within the span in which its certificates
    /// and all revocation lists are current; `at` is held against that span at every call.
    pub fn verify_chain(
        &self,
        chain: &[Vec<u8>],
        at: Millis,
    ) -> Result<Arc<SigningCertificate>, CertificateRefusal> {
        let id = id_of(chain);
        let judgement = self.lock();
        if let Some(known) = judgement.known.get(&id)
            && (known.from..=known.until).contains(&at.seconds())
        {
            return Ok(Arc::clone(&known.certificate));
        }
        let anchors = Arc::clone(&judgement.anchors);
        drop(judgement);
        let borrowed: Vec<_> = chain
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let leaf = anchors.verify_leaf(&borrowed, Usage::Signing, at)?;
        let (_, last_second) = term(chain.first().ok_or(CertificateRefusal::Absent)?)?;
        let not_after = Millis(
            last_second
                .saturating_mul(Millis::SECOND)
                .saturating_add(999),
        );
        let certificate = Arc::new(SigningCertificate::of(leaf, not_after)?);
        let (from, until) = span(&anchors, chain)?;
        self.remember(
            &anchors,
            id,
            Known {
                certificate: Arc::clone(&certificate),
                from,
                until,
            },
        );
        Ok(certificate)
    }

    /// Keeps what was found, unless another set has come meanwhile.
    fn remember(&self, anchors: &Arc<TrustAnchors>, id: Digest, known: Known) {
        let mut cache = self.lock();
        if self.capacity == 0 || !Arc::ptr_eq(&cache.anchors, anchors) {
            return;
        }
        if cache.known.insert(id, known).is_none() {
            cache.order.push_back(id);
        }
        while cache.known.len() > self.capacity {
            let Some(oldest) = cache.order.pop_front() else {
                break;
            };
            cache.known.remove(&oldest);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Judgement> {
        // The cache holds between any two of its operations, so a panic elsewhere leaves it whole.
        self.judgement
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How many chains are remembered.
    pub fn remembered(&self) -> usize {
        self.lock().known.len()
    }
}

/// The span in which the outcome for `chain` cannot change: all certificates that were presented,
/// used or not, and all revocation lists are current. Narrow on purpose.
fn span(anchors: &TrustAnchors, chain: &[Vec<u8>]) -> Result<(u64, u64), CertificateRefusal> {
    // A list is due at its next update, so the second before is its last.
    let lists = anchors.crls_due().seconds().saturating_sub(1);
    chain.iter().try_fold((0, lists), |(from, until), der| {
        let (begin, end) = term(der)?;
        Ok((begin.max(from), end.min(until)))
    })
}

/// The SHA-256 over every certificate with its length, so that no two chains share an id.
fn id_of(chain: &[Vec<u8>]) -> Digest {
    let mut context = Context::new(&SHA256);
    for der in chain {
        context.update(&u64::try_from(der.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(der);
    }
    finish(context)
}
