//! Break-glass, afterwards: which were sent or received, and what one's own officers find of them.
//!
//! Owns: the calls, and that the entry of a review says what was asked. Must not know: what makes one
//! justified.

use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_domain::break_glass::{Finding, Side};
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, Millis, Oin};

/// A break-glass that one's own organisation sent or was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakGlassView {
    /// The delivery that it was.
    pub delivery: DeliveryId,
    /// On which side one's own organisation stands.
    pub side: Side,
    /// Who sent it.
    pub source: Oin,
    /// Who it was sent to.
    pub recipient: Oin,
    /// By when it must have been reviewed: the first moment that is too late.
    pub review_by: Millis,
    /// What its source finds; closed when there is something.
    pub finding: Option<Finding>,
    /// What its recipient makes of it.
    pub view: Option<Finding>,
    /// All that the hub told of it.
    pub message: v1::BreakGlassReview,
}

impl BreakGlassView {
    fn read(message: v1::BreakGlassReview, own: Oin) -> Result<Self, Incident> {
        let bad = |_| Incident::Reply("a break-glass is not in its form");
        let source = Oin::parse(&message.source_oin).map_err(bad)?;
        let recipient = Oin::parse(&message.recipient_oin).map_err(bad)?;
        let side = match own {
            own if own == source => Side::Source,
            own if own == recipient => Side::Recipient,
            _ => return Err(Incident::Reply("a break-glass of others was told")),
        };
        Ok(Self {
            delivery: DeliveryId::from_slice(&message.delivery_id).map_err(bad)?,
            side,
            source,
            recipient,
            review_by: Millis(message.review_by_ms),
            finding: finding(message.finding()),
            view: finding(message.view()),
            message,
        })
    }
}

fn finding(found: v1::Finding) -> Option<Finding> {
    match found {
        v1::Finding::Unspecified => None,
        v1::Finding::Justified => Some(Finding::Justified),
        v1::Finding::NotJustified => Some(Finding::NotJustified),
        v1::Finding::OtherClause => Some(Finding::OtherClause),
    }
}

const fn wire(finding: Finding) -> v1::Finding {
    match finding {
        Finding::Justified => v1::Finding::Justified,
        Finding::NotJustified => v1::Finding::NotJustified,
        Finding::OtherClause => v1::Finding::OtherClause,
    }
}

impl Partner {
    /// Every break-glass of one's own organisation, the newest first; only those that are not closed if
    /// `open_only`.
    ///
    /// # Errors
    /// As every call.
    pub async fn break_glasses(&self, open_only: bool) -> Result<Vec<BreakGlassView>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.break_glass();
            let request = v1::ListBreakGlassRequest { open_only };
            async move { client.list_break_glass(request).await }
        });
        let own = self.oin();
        let reviews = reply.await?.reviews.into_iter();
        let read = reviews.map(|message| BreakGlassView::read(message, own));
        Ok(read.collect::<Result<_, _>>()?)
    }

    /// Says what one's own officers find of a break-glass, once. Made for the persons of
    /// [`Partner::acting_for`]: two, where one's own organisation sent it, and none of them acted in it.
    ///
    /// # Errors
    /// `BREAK_GLASS_NOT_FOUND`, `BREAK_GLASS_REVIEWED`, `REVIEWER_NOT_INDEPENDENT`,
    /// `SECOND_PERSON_NEEDED`; [`ClientError::Untrusted`] when its entry says something else.
    pub async fn review_break_glass(
        &self,
        delivery: DeliveryId,
        found: Finding,
    ) -> Result<(BreakGlassView, VerifiedProof), ClientError> {
        let request = self.asserted(v1::ReviewBreakGlassRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            delivery_id: delivery.0.to_vec(),
            finding: wire(found).into(),
            ..v1::ReviewBreakGlassRequest::default()
        })?;
        let reply = status::repeated("hub", || {
            let mut client = self.break_glass();
            let request = request.clone();
            async move { client.review_break_glass(request).await }
        });
        let reply = reply.await?;
        let review = reply
            .review
            .ok_or(Incident::Reply("a reply has no review"))?;
        let view = BreakGlassView::read(review, self.oin())?;
        let proof = reply.proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(match view.side {
            Side::Source => v1::Act::BreakGlassReview,
            Side::Recipient => v1::Act::BreakGlassView,
        })?;
        let said = proof
            .shared()
            .is_some_and(|part| part.delivery_id == delivery.0 && part.finding() == wire(found));
        if !said || view.delivery != delivery {
            return Err(Incident::Proof("the entry is of another review").into());
        }
        Ok((view, proof))
    }
}
