//! Acknowledging: the system has it, or a person opened it.
//!
//! Owns: the recipient's slip, and the check that the entry is about this delivery. Must not know:
//! what was done with the delivery; that is a signal of its own.

use crate::opened::{Opened, Unread};
use crate::slips::{self, About, class, hidden_at_recipient};
use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_proto::v1;
use seinhuis_types::{CodeValue, DeliveryId};

/// How far a delivery has come.
#[derive(Clone, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The system has it.
    Delivered,
    /// A person opened it; only after `Delivered`.
    Opened {
        /// The partner's own pseudonym of the person, 1 to 64 bytes.
        person: Vec<u8>,
        /// The person's function, a code of the list `acting-role`.
        role: CodeValue,
    },
}

impl std::fmt::Debug for Acknowledgement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Delivered => "Delivered",
            Self::Opened { .. } => "Opened(..)",
        })
    }
}

impl Acknowledgement {
    /// A person opened it.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when the person is not 1 to 64 bytes or the role not a code.
    pub fn opened(person: impl AsRef<[u8]>, role: &str) -> Result<Self, ClientError> {
        let person = person.as_ref().to_vec();
        if person.is_empty() || person.len() > 64 {
            return Err(ClientError::Invalid(
                "a person is named by 1 to 64 bytes".to_owned(),
            ));
        }
        Ok(Self::Opened {
            person,
            role: role.parse()?,
        })
    }

    fn state(&self) -> v1::AckState {
        match self {
            Self::Delivered => v1::AckState::Delivered,
            Self::Opened { .. } => v1::AckState::Opened,
        }
    }
}

impl Partner {
    /// Acknowledges a delivery, with a slip by which the partner's officer finds the entry again,
    /// and verifies the proof.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a second acknowledgement under a clause that has none; and as
    /// every call.
    pub async fn acknowledge(
        &self,
        opened: &Opened,
        what: &Acknowledgement,
    ) -> Result<VerifiedProof, ClientError> {
        if opened.may_not_know && *what != Acknowledgement::Delivered {
            return Err(ClientError::Invalid(
                "under this clause the recipient may not know the person: nothing follows the \
                 first acknowledgement"
                    .to_owned(),
            ));
        }
        let epoch = opened.route.epoch;
        let about = self.about(opened).await?;
        let shield = opened.header.source_shield;
        let slip = self
            .slips()
            .single(epoch, &about, shield, &mut rand::rng())?;
        self.send_acknowledgement(opened.id, what, slip, epoch)
            .await
    }

    /// The people of a delivery, each in the class that its agreement and catalogue give.
    async fn about(&self, opened: &Opened) -> Result<Vec<About>, ClientError> {
        let content = self.agreement_content(&opened.route.agreement).await?;
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let clause = content.clause(&opened.route.clause);
        let hidden = hidden_at_recipient(opened.header.source_shield);
        let values = opened.values()?.into_iter().zip(&opened.subjects);
        let about = values.map(|(value, subject)| About {
            value,
            class: class(clause, &catalogue, &subject.head, hidden),
        });
        Ok(about.collect())
    }

    /// Acknowledges what the desk drops unread, and verifies the proof: the slip is about nobody, and the hub
    /// sees no other acknowledgement than of what was kept. Until then the delivery comes again, so do first
    /// what follows from what it rectifies.
    ///
    /// # Errors
    /// As every call.
    pub async fn drop_unread(&self, unread: &Unread) -> Result<VerifiedProof, ClientError> {
        let slip = self.slips().nobody(&mut rand::rng())?;
        self.send_acknowledgement(unread.id, &Acknowledgement::Delivered, slip, unread.epoch)
            .await
    }

    async fn send_acknowledgement(
        &self,
        id: DeliveryId,
        what: &Acknowledgement,
        sent: v1::Slip,
        epoch: u16,
    ) -> Result<VerifiedProof, ClientError> {
        let slip = slips::read(&sent)?;
        let (acting_person, acting_role) = match what {
            Acknowledgement::Delivered => (Vec::new(), String::new()),
            Acknowledgement::Opened { person, role } => (person.clone(), role.to_string()),
        };
        let request = v1::AcknowledgeRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            delivery_id: id.0.to_vec(),
            state: what.state().into(),
            slip: Some(sent),
            acting_person,
            acting_role,
            wait: v1::Wait::Committed.into(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.signals();
            let request = request.clone();
            async move { client.acknowledge(request).await }
        });
        let proof = reply
            .await?
            .proof
            .ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.carries(v1::Act::Acknowledge, &slip, epoch)?;
        told_of(&proof, &request)?;
        self.proven(request.slip.as_ref());
        Ok(proof)
    }
}

/// That the entry tells of this delivery, this state and this person.
fn told_of(proof: &VerifiedProof, request: &v1::AcknowledgeRequest) -> Result<(), Incident> {
    let shared = proof
        .shared()
        .ok_or(Incident::Proof("the shared part is missing"))?;
    let own = proof
        .recipient()
        .ok_or(Incident::Proof("the recipient part is missing"))?;
    let state = i32::try_from(shared.ack_state).ok();
    if shared.delivery_id != request.delivery_id || state != Some(request.state) {
        return Err(Incident::Proof("the entry is of another acknowledgement"));
    }
    if own.acting_person != request.acting_person || own.acting_role != request.acting_role {
        return Err(Incident::Proof("the entry names another person"));
    }
    let sent = request.slip.as_ref().map(|slip| &slip.chain);
    if sent.is_some_and(|chain| *chain != own.chain) {
        return Err(Incident::Proof("the chain is not the one that was sent"));
    }
    Ok(())
}
