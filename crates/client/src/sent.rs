//! Where one's own signal went, as the hub tells it, and what became of its rectifications.
//!
//! Owns: reading the list, and the notice that says nothing but what it tells. Must not know: what the
//! signal said.

use crate::{ClientError, Incident, Partner, Signal, SignalBuilder, To, status};
use seinhuis_domain::signal::{
    RectificationKind, Regime, WpgArticle, decode_article, decode_rectification, decode_regime,
};
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, DeliveryId, Millis, PurposeCode, RegionCode, SignalId,
    SignalType,
};

/// One desk that a signal went to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDelivery {
    /// The recipient's handle.
    pub id: DeliveryId,
    /// Who, and under which clause.
    pub to: To,
    /// For which purpose.
    pub purpose: PurposeCode,
    /// Of which type.
    pub signal_type: SignalType,
    /// Where it happened.
    pub region: RegionCode,
    /// Why the recipient needed it.
    pub necessity: CodeValue,
    /// The law the data come from.
    pub regime: Regime,
    /// With the Wpg its article.
    pub wpg_article: Option<WpgArticle>,
    /// How far it came.
    pub state: v1::DeliveryState,
    /// Whether it left at least once.
    pub received: bool,
    /// When it was last acknowledged.
    pub acknowledged: Option<Millis>,
    /// What was told of it, oldest first.
    pub rectifications: Vec<SentRectification>,
    /// What could not be told this desk, which received it: refused, or the desk has no key in force. Tell it by
    /// other means.
    pub untold: Vec<RectificationKind>,
    /// Whether it was a break-glass that is found not justified: it is not corrected any more.
    pub not_justified: bool,
}

/// What was told of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRectification {
    /// The recipient's handle of it.
    pub id: DeliveryId,
    /// What; none for a kind that this version does not know.
    pub kind: Option<RectificationKind>,
    /// Why.
    pub reason: CodeValue,
    /// How far it came.
    pub state: v1::DeliveryState,
    /// When it was sent.
    pub sent: Millis,
    /// Whether it left at least once.
    pub received: bool,
    /// When it was last acknowledged.
    pub acknowledged: Option<Millis>,
    /// By when more is asked, if anything is.
    pub acknowledge_by: Option<Millis>,
    /// Whether that is past.
    pub missed: bool,
    /// How it stands with the recipient.
    pub standing: v1::RectificationStanding,
}

impl SentRectification {
    /// Whether the recipient told everything that is asked of it.
    pub fn is_acknowledged(&self) -> bool {
        match self.standing {
            v1::RectificationStanding::Acknowledged => true,
            // It ended before the hub kept how.
            v1::RectificationStanding::Unspecified => self.acknowledged.is_some(),
            _ => false,
        }
    }

    /// Whether telling this to the same desk makes good that `earlier` did not come as asked.
    fn makes_good(&self, earlier: &Self) -> bool {
        let kinds = self.kind.zip(earlier.kind);
        kinds.is_some_and(|(this, earlier)| this.covers(earlier))
    }
}

impl SentDelivery {
    /// Whether the desk received it and what was told of it has not come as asked: it could not be told, is
    /// under way, was not opened, or lapsed and was not told again.
    pub fn is_unacknowledged(&self) -> bool {
        self.received && (!self.untold.is_empty() || self.fell_short())
    }

    fn fell_short(&self) -> bool {
        let mut rest = self.rectifications.iter();
        while let Some(told) = rest.next() {
            let replaced = told.standing == v1::RectificationStanding::Replaced;
            if replaced || told.is_acknowledged() {
                continue;
            }
            // What is over is made good by telling it again; what is under way must still come.
            let over = told.state == v1::DeliveryState::Ended;
            if !over || !rest.clone().any(|later| later.makes_good(told)) {
                return true;
            }
        }
        false
    }

    /// A signal of the same type on the same ground that says nothing else: what a withdrawal, a shield and
    /// a restriction are made of (the last with [`SignalBuilder::valid_until`] where its end is known). Say who acts (`by`) and who decided (`decided`).
    pub fn notice(&self, now: Millis) -> SignalBuilder {
        Signal::build(self.signal_type.as_str(), self.purpose.as_str())
            .happened(now.hour(), self.region.as_str())
            .because(self.necessity.as_str(), "not-yet")
            .under(self.regime, self.wpg_article)
    }
}

impl Partner {
    /// The desks that one's own signal went to.
    ///
    /// # Errors
    /// `SIGNAL_NOT_FOUND`; and as every call.
    pub async fn sent(&self, signal: SignalId) -> Result<Vec<SentDelivery>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.signals();
            let request = v1::GetSignalRequest {
                signal_id: signal.0.to_vec(),
            };
            async move { client.get_signal(request).await }
        });
        let read = reply.await?.deliveries.into_iter().map(read);
        Ok(read.collect::<Result<_, _>>()?)
    }
}

const BAD: Incident = Incident::Reply("a delivery of a signal is not in its form");

fn maybe(ms: u64) -> Option<Millis> {
    (ms > 0).then_some(Millis(ms))
}

fn read(sent: v1::SentDelivery) -> Result<SentDelivery, Incident> {
    let bad = |_| BAD;
    let state = sent.state();
    let regime = decode_regime(sent.regime()).map_err(|_| BAD)?;
    let wpg_article = decode_article(sent.wpg_article(), regime).map_err(|_| BAD)?;
    let untold = sent.untold().filter_map(decode_rectification).collect();
    let recipient = sent.recipient.ok_or(BAD)?;
    Ok(SentDelivery {
        id: DeliveryId::from_slice(&sent.delivery_id).map_err(bad)?,
        to: To {
            oin: recipient.oin.parse().map_err(bad)?,
            desk: recipient.desk.parse().map_err(bad)?,
            agreement: AgreementHash::parse(&sent.agreement_hash).map_err(bad)?,
            clause: ClauseId::parse(&sent.clause_id).map_err(bad)?,
        },
        purpose: sent.purpose.parse().map_err(bad)?,
        signal_type: sent.r#type.parse().map_err(bad)?,
        region: sent.region.parse().map_err(bad)?,
        necessity: sent.necessity.parse().map_err(bad)?,
        regime,
        wpg_article,
        state,
        received: sent.received,
        acknowledged: maybe(sent.acknowledged_ms),
        rectifications: sent
            .rectifications
            .iter()
            .map(told)
            .collect::<Result<_, _>>()?,
        untold,
        not_justified: sent.break_glass_not_justified,
    })
}

fn told(told: &v1::SentRectification) -> Result<SentRectification, Incident> {
    Ok(SentRectification {
        id: DeliveryId::from_slice(&told.delivery_id).map_err(|_| BAD)?,
        kind: decode_rectification(told.kind()),
        state: told.state(),
        reason: told.reason.parse().map_err(|_| BAD)?,
        sent: Millis(told.sent_ms),
        received: told.received,
        acknowledged: maybe(told.acknowledged_ms),
        acknowledge_by: maybe(told.acknowledge_by_ms),
        missed: told.missed,
        standing: told.standing(),
    })
}

#[cfg(test)]
mod tests;
