//! Sending: to whom, under which clause, and the same bytes again when an answer did not come.
//!
//! Owns: the request and its retries. Must not know: what is in an envelope.

use crate::consent::ConsentGround;
use crate::envelope::{Making, make};
use crate::outcome::verify_all;
use crate::signal::Signal;
use crate::slips::About;
use crate::{ClientError, DeskKeys, OutcomeReport, Partner, status};
use prost::Message;
use seinhuis_domain::signal::{ConsentCited, Rectification, Route};
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, ClauseId, DeliveryId, Desk, ErrorCode, Hour, Oin, limits};
use std::fmt;
use std::sync::Arc;

/// A recipient, and the clause under which it may receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct To {
    /// The organisation.
    pub oin: Oin,
    /// Its desk.
    pub desk: Desk,
    /// The agreement.
    pub agreement: AgreementHash,
    /// The clause of the agreement.
    pub clause: ClauseId,
}

/// A signal on its way to one or more desks. Made by [`Partner::signal`].
#[derive(Debug)]
#[must_use]
pub struct Sending<'a> {
    partner: &'a Partner,
    desk: &'a Desk,
    signal: &'a Signal,
    to: Vec<To>,
    ground: Option<&'a ConsentGround>,
    cited: Option<ConsentCited>,
    wait: v1::Wait,
}

/// The bytes of a `Publish`, made once: sending them again never does anything twice. Keep them
/// until the outcomes are known, also across a restart.
#[derive(Clone, PartialEq)]
pub struct Prepared(v1::PublishRequest);

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({} envelopes)", self.0.envelopes.len())
    }
}

impl Prepared {
    /// The bytes to keep. They are sealed for the recipients, but tell the hub's part: who acted.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }

    /// Reads what [`Prepared::to_bytes`] gave.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClientError> {
        v1::PublishRequest::decode(bytes)
            .map(Self)
            .map_err(|_| ClientError::Invalid("these bytes are no prepared signal".to_owned()))
    }

    /// The message, as it will be sent.
    pub fn message(&self) -> &v1::PublishRequest {
        &self.0
    }
}

impl Partner {
    /// Begins sending `signal` from one of the partner's own desks.
    pub fn signal<'a>(&'a self, desk: &'a Desk, signal: &'a Signal) -> Sending<'a> {
        Sending {
            partner: self,
            desk,
            signal,
            to: Vec::new(),
            ground: None,
            cited: None,
            wait: v1::Wait::Committed,
        }
    }

    /// Sends prepared bytes, up to three times, and verifies every outcome.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] and [`ClientError::Rejected`]: nothing was decided, or the
    /// answer was lost; the same bytes may be sent again within seven days.
    /// [`ClientError::Untrusted`]: an outcome does not prove itself.
    pub async fn publish(&self, prepared: &Prepared) -> Result<Vec<OutcomeReport>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.signals();
            let message = prepared.0.clone();
            async move { client.publish(message).await }
        });
        let outcomes = verify_all(&self.inner.log, &prepared.0, reply.await?)?;
        for envelope in &prepared.0.envelopes {
            self.proven(envelope.decision_slip.as_ref());
        }
        Ok(outcomes)
    }
}

/// What an envelope is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EnvelopeOf<'a> {
    /// A signal of its own.
    Signal,
    /// A rectification: what it tells of which delivery.
    Rectification(&'a Rectification, DeliveryId),
    /// What answers a question.
    Answer(&'a Answering<'a>),
}

/// What of an answer is its question's and not its own.
#[derive(Debug)]
pub(crate) struct Answering<'a> {
    /// Its hours.
    pub(crate) hour: Hour,
    /// Whom its own slips are about.
    pub(crate) about: &'a About,
    /// The keys of the desk that asked, which are those of its cover.
    pub(crate) keys: Arc<DeskKeys>,
}

impl Partner {
    /// The envelope of `signal` for one recipient; under a clause on consent, with the one it cites.
    pub(crate) async fn envelope(
        &self,
        desk: &Desk,
        own: &DeskKeys,
        to: &To,
        signal: &Signal,
        of: EnvelopeOf<'_>,
        consent: Option<ConsentCited>,
    ) -> Result<v1::Envelope, ClientError> {
        let inner = &self.inner;
        let keys = match of {
            EnvelopeOf::Answer(answering) => Arc::clone(&answering.keys),
            EnvelopeOf::Signal | EnvelopeOf::Rectification(..) => {
                self.recipient_keys(to.oin, &to.desk).await?
            }
        };
        let content = self.agreement_content(&to.agreement).await?;
        let catalogue = inner.catalogues.pinned(&content.catalogue_hash)?;
        own.expect_one_epoch(desk, &keys, &to.desk)?;
        let now = inner.clock.now();
        let route = Route {
            source: inner.oin,
            source_desk: desk.clone(),
            recipient: to.oin,
            desk: to.desk.clone(),
            agreement: to.agreement.clone(),
            clause: to.clause.clone(),
            epoch: own.pseudonym.epoch,
            hour: match of {
                EnvelopeOf::Answer(answering) => answering.hour,
                EnvelopeOf::Signal | EnvelopeOf::Rectification(..) => now.hour(),
            },
            nonce: rand::random(),
            signing_x5t: inner.signer.x5t(),
            seal_kid: keys.seal.kid.clone(),
            recipient_pseudonym_kid: keys.pseudonym.kid.clone(),
            source_pseudonym_kid: own.pseudonym.kid.clone(),
        };
        let making = Making {
            now,
            signer: &inner.signer,
            slips: self.slips(),
            clause: content.clause(&to.clause),
            catalogue: &catalogue,
            session: &own.session_public()?,
            seal: &keys.seal_public()?,
            consent,
            rectifies: match of {
                EnvelopeOf::Rectification(told, delivery) => Some((told, delivery)),
                EnvelopeOf::Signal | EnvelopeOf::Answer(..) => None,
            },
            about: match of {
                EnvelopeOf::Answer(answering) => Some(answering.about),
                EnvelopeOf::Signal | EnvelopeOf::Rectification(..) => None,
            },
        };
        make(signal, &route, &making, &mut rand::rng())
    }
}

impl<'a> Sending<'a> {
    /// The consent of those it is about. For each recipient under a clause that rests on consent a fresh
    /// handle is registered when it is prepared; others take none.
    pub fn on_consent(mut self, ground: &'a ConsentGround) -> Self {
        self.ground = Some(ground);
        self
    }

    /// A consent that was registered before ([`Partner::register_consent`]), for the one recipient it was
    /// registered for.
    pub fn citing(mut self, cited: ConsentCited) -> Self {
        self.cited = Some(cited);
        self
    }

    /// One more recipient; each desk once, at most 32.
    pub fn to(mut self, to: To) -> Self {
        self.to.push(to);
        self
    }

    /// Has the outcomes wait until their entries are under a checkpoint; their proofs then carry a
    /// tlog-proof.
    pub fn until_published(mut self) -> Self {
        self.wait = v1::Wait::Published;
        self
    }

    /// Checks every value, seals, encrypts and signs: everything but the sending.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a value outside the catalogue or a key that is missing;
    /// [`ClientError::Untrusted`] for a key statement or agreement that does not hold.
    pub async fn prepare(&self) -> Result<Prepared, ClientError> {
        let inner = &self.partner.inner;
        if self.to.is_empty() || self.to.len() > limits::ENVELOPES {
            return Err(ClientError::Invalid(
                "name 1 to 32 recipients: `to`".to_owned(),
            ));
        }
        let own = self.partner.recipient_keys(inner.oin, self.desk).await?;
        let mut envelopes = Vec::with_capacity(self.to.len());
        for to in &self.to {
            let (partner, signal) = (self.partner, self.signal);
            let consent = match (self.cited, self.ground) {
                (Some(cited), _) => Some(cited),
                (None, Some(ground)) => Box::pin(partner.cite(&own, to, signal, ground)).await?,
                (None, None) => None,
            };
            let made = partner.envelope(self.desk, &own, to, signal, EnvelopeOf::Signal, consent);
            envelopes.push(Box::pin(made).await?);
        }
        let request = v1::PublishRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            signal_id: rand::random::<[u8; 16]>().to_vec(),
            envelopes,
            wait: self.wait.into(),
            ..v1::PublishRequest::default()
        };
        // For no person but in a break-glass: who acts otherwise stands in the envelope alone.
        let request = match self.signal.break_glass {
            Some(_) => self.partner.asserted(request)?,
            None => request,
        };
        if request.encoded_len() > limits::PUBLISH_BYTES {
            return Err(ClientError::Invalid(
                "the signal is larger than 512 KiB; send it to fewer desks at once".to_owned(),
            ));
        }
        Ok(Prepared(request))
    }

    /// Prepares and sends. When keys turn out to be stale, nothing was decided: they are fetched
    /// anew, once.
    ///
    /// # Errors
    /// Those of [`Sending::prepare`] and [`Partner::publish`]. A refusal is no error: see
    /// [`OutcomeReport::permitted`](crate::OutcomeReport::permitted).
    pub async fn send(self) -> Result<Vec<OutcomeReport>, ClientError> {
        let first = Box::pin(self.prepare()).await?;
        match Box::pin(self.partner.publish(&first)).await {
            Err(error) if error.code() == Some(ErrorCode::StaleKeyEpoch) => {
                self.partner.forget_keys();
                let second = Box::pin(self.prepare()).await?;
                Box::pin(self.partner.publish(&second)).await
            }
            result => result,
        }
    }
}
