//! The stream of one desk: opened when asked, opened again after a broken line, each delivery
//! verified before it is shown.
//!
//! Owns: the cursor, and what of a delivery takes the network to judge. Must not know: what the
//! partner does with a delivery.

use crate::desk_keys::DeskFolder;
use crate::event::Event;
use crate::open::{Checked, Reading, Values, check};
use crate::opened::{Opened, OpenedSubject, ToInform, Told, Unread, marks};
use crate::{Acknowledgement, ClientError, Incident, Partner, status};
use seinhuis_domain::agreement::{Clause, Content};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::inform::InformDuty;
use seinhuis_domain::signal::SourceShield;
use seinhuis_proto::v1;
use seinhuis_pseudonym::{Pseudonym, decrypt};
use seinhuis_types::{DeliveryId, Desk, Millis, Oin};
use std::fmt;
use std::time::Duration;
use tonic::Streaming;

/// How long a stream may be silent; the hub says that it is there every 30 seconds.
const SILENCE: Duration = Duration::from_secs(75);

/// What comes from a stream.
#[derive(Debug)]
pub enum Item {
    /// A delivery, verified and opened. Acknowledge it.
    Delivery(Box<Opened>),
    /// A delivery that did not hold. Nothing of it is shown; report it to its source and the hub.
    Incident(Box<Reported>),
    /// A delivery about nobody the desk knows, under a clause that says so may be: its content is for nobody
    /// to read. Give it to [`Partner::drop_unread`].
    NotOurs(Box<Unread>),
    /// A delivery that will not come any more.
    Tombstone(DeliveryId),
    /// Something did not happen in time. Nothing has to be acknowledged; a stream that begins without a
    /// cursor shows it again, for 30 days.
    Event(Event),
    /// Nothing new; the line is alive.
    Idle,
}

/// What the recipient owes the people of a delivery.
fn to_inform(
    checked: &Checked<'_>,
    content: &Content,
    clause: &Clause,
    catalogue: &Catalogue,
) -> Option<ToInform> {
    let role = |oin| content.party(oin).map(|party| party.role.clone());
    let own = role(&checked.route.recipient)?;
    let duty = InformDuty::of_recipient(clause.inform, own.as_str(), catalogue)?;
    let rule = catalogue.inform_rule(own.as_str())?;
    let shown = checked.header.source_shield == SourceShield::None;
    Some(ToInform {
        duty,
        law: rule.law.iter().map(ToString::to_string).collect(),
        source_role: shown.then(|| role(&checked.route.source)).flatten(),
    })
}

/// A delivery that did not hold.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Its id, if it had one.
    pub delivery: Option<DeliveryId>,
    /// The source it names; proven only for incidents after the signature was checked.
    pub source: Option<Oin>,
    /// What was wrong.
    pub incident: Incident,
    /// Under a clause whose recipient may not know the person: acknowledge it all the same, by
    /// [`Partner::drop_unread`], and tell its source nothing. That of a stranger is acknowledged unopened, so what
    /// is wrong inside would show the source whom the desk knows.
    pub unread: Option<Box<Unread>>,
}

type Known = Box<dyn Fn(&Pseudonym) -> bool + Send + Sync>;

/// The stream of one desk. Made by [`Partner::receive`].
pub struct Inbox {
    partner: Partner,
    desk: Desk,
    cursor: Vec<u8>,
    most: u32,
    known: Option<Known>,
    stream: Option<Streaming<v1::ReceiveResponse>>,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox({})", self.desk)
    }
}

impl Partner {
    /// The stream of one of the partner's own desks, after `cursor`; an empty cursor begins at the
    /// oldest delivery that is not acknowledged.
    pub fn receive(&self, desk: &Desk, cursor: Vec<u8>) -> Inbox {
        Inbox {
            partner: self.clone(),
            desk: desk.clone(),
            cursor,
            most: 0,
            known: None,
            stream: None,
        }
    }
}

impl Inbox {
    /// The most deliveries that may be unacknowledged at once, 1 to 16 (the default).
    #[must_use]
    pub fn at_most(mut self, deliveries: u32) -> Self {
        self.most = deliveries;
        self
    }

    /// How to tell whether the desk knows a person, by its own pseudonym. Needed for clauses under
    /// which the recipient may not know; see [`Partner::convert_own`].
    #[must_use]
    pub fn knowing(mut self, known: impl Fn(&Pseudonym) -> bool + Send + Sync + 'static) -> Self {
        self.known = Some(Box::new(known));
        self
    }

    /// Where to go on after the last item; keep it once that item was dealt with.
    pub fn cursor(&self) -> &[u8] {
        &self.cursor
    }

    /// The next item. After an error the same call opens the stream again, after the last item that
    /// was given. May be dropped while it waits.
    ///
    /// # Errors
    /// As every call. A delivery that does not hold is no error but [`Item::Incident`].
    pub async fn next(&mut self) -> Result<Item, ClientError> {
        let response = self.message().await?;
        // Out of reach while it is dealt with: whatever ends this early, the item comes again.
        let stream = self.stream.take();
        let item = match response.item {
            Some(v1::receive_response::Item::Delivery(delivery)) => {
                Box::pin(self.delivery(&delivery)).await?
            }
            Some(v1::receive_response::Item::Tombstone(tombstone)) => Item::Tombstone(
                DeliveryId::from_slice(&tombstone.delivery_id)
                    .map_err(|_| Incident::Reply("a tombstone has no id"))?,
            ),
            Some(v1::receive_response::Item::Event(event)) => Item::Event(Event::read(&event)?),
            Some(v1::receive_response::Item::Idle(v1::Idle {})) | None => Item::Idle,
        };
        self.stream = stream;
        self.cursor = response.cursor;
        Ok(item)
    }

    async fn message(&mut self) -> Result<v1::ReceiveResponse, ClientError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let request = v1::ReceiveRequest {
                    desk: self.desk.to_string(),
                    cursor: self.cursor.clone(),
                    max_unacknowledged: self.most,
                };
                let opened = status::repeated("hub", || {
                    let mut client = self.partner.signals();
                    let request = request.clone();
                    async move { client.receive(request).await }
                });
                none.insert(opened.await?)
            }
        };
        let broken = |detail: &str| ClientError::Unreachable {
            peer: "hub",
            detail: detail.to_owned(),
        };
        let failed = match tokio::time::timeout(SILENCE, stream.message()).await {
            Ok(Ok(Some(response))) => return Ok(response),
            Ok(Ok(None)) => broken("the stream ended"),
            Ok(Err(error)) => status::error("hub", &error),
            Err(_) => broken("the stream is silent"),
        };
        self.stream = None;
        Err(failed)
    }

    /// Judges one delivery. An incident is an item: the stream goes on.
    async fn delivery(&self, delivery: &v1::Delivery) -> Result<Item, ClientError> {
        let inner = &self.partner.inner;
        let reading = Reading {
            own: inner.oin,
            desk: &self.desk,
            now: inner.clock.now(),
            trust: &inner.trust,
            log: &inner.log,
        };
        let checked = match check(delivery, &reading) {
            Ok(checked) => checked,
            Err(incident) => return Ok(reported(delivery, incident, None)),
        };
        match self.read(&checked).await {
            Err(ClientError::Untrusted(incident)) => Ok(reported(delivery, incident, None)),
            result => result,
        }
    }

    async fn read(&self, checked: &Checked<'_>) -> Result<Item, ClientError> {
        let inner = &self.partner.inner;
        let content = self
            .partner
            .agreement_content(&checked.route.agreement)
            .await?;
        let catalogue = inner.catalogues.pinned(&content.catalogue_hash)?;
        let clause = checked.agreed(&content, &catalogue)?;
        let pseudonyms = self.pseudonyms(checked).await?;
        // A question is opened and covered whoever it is about: that its desk knows nobody is not told.
        let question = checked.delivery.answer_by_ms != 0;
        let covert = clause.recipient_may_not_know && !question;
        let quietly = |result: Result<Item, ClientError>| match result {
            Err(ClientError::Untrusted(incident)) if covert => {
                let unread = Box::new(unopened(checked));
                Ok(reported(checked.delivery, incident, Some(unread)))
            }
            result => result,
        };
        if covert {
            let known = self.known.as_ref().ok_or_else(|| {
                let id = &clause.id;
                ClientError::Invalid(format!("clause `{id}`: say whom the desk knows: `knowing`"))
            })?;
            // What is told of an earlier delivery names nobody.
            if !pseudonyms.is_empty() && !pseudonyms.iter().any(known) {
                let unread = self.unread(checked, &catalogue, &pseudonyms);
                return quietly(unread.map(|unread| Item::NotOurs(Box::new(unread))));
            }
        }
        let mut opened = match self.open(checked, clause, &catalogue, pseudonyms) {
            Ok(opened) => opened,
            Err(error) => return quietly(Err(error)),
        };
        // Who is named anew is to be told as who was named at first; a notice names nobody.
        let about = opened.rectifies.as_ref();
        let names = about.is_none_or(|about| about.told.kind.has_content());
        if names && !question {
            opened.inform = to_inform(checked, &content, clause, &catalogue);
        }
        Ok(Item::Delivery(Box::new(opened)))
    }

    /// The desk's own pseudonyms. A wrong key would decrypt to other people without a sign, so
    /// epoch and key id are held against what the desk itself stated.
    async fn pseudonyms(&self, checked: &Checked<'_>) -> Result<Vec<Pseudonym>, ClientError> {
        let route = &checked.route;
        let session = self.partner.session(&self.desk, route.epoch).await?;
        let folder = DeskFolder::of(&self.partner.inner.desks, &self.desk);
        let kid = &route.recipient_pseudonym_kid;
        if folder.stated_session(kid, route.epoch, &session.public())? != Some(true) {
            return Err(Incident::KeyUnknown(kid.clone()).into());
        }
        let opened = checked
            .converted
            .iter()
            .map(|ciphertext| decrypt(&session, ciphertext));
        let opened: Result<_, _> = opened.collect();
        Ok(opened.map_err(Incident::PseudonymInvalid)?)
    }

    fn values(&self, checked: &Checked<'_>, catalogue: &Catalogue) -> Result<Values, ClientError> {
        let folder = DeskFolder::of(&self.partner.inner.desks, &self.desk);
        let kid = checked.record.kid();
        let key = folder
            .seal(kid)?
            .ok_or_else(|| Incident::KeyUnknown(kid.clone()))?;
        Ok(checked.open(&key, catalogue)?)
    }

    /// What is kept of a delivery about nobody the desk knows. It is opened only where it tells of an earlier
    /// one, which may have been about somebody the desk does know, and no further than which one that is.
    fn unread(
        &self,
        checked: &Checked<'_>,
        catalogue: &Catalogue,
        pseudonyms: &[Pseudonym],
    ) -> Result<Unread, ClientError> {
        let rectifies = match checked.header.rectification {
            Some(_) => rectifies(checked, &self.values(checked, catalogue)?.case)?,
            None => rectifies(checked, &[])?,
        };
        let epoch = checked.route.epoch;
        Ok(Unread {
            id: checked.id,
            epoch,
            marks: marks(checked.id, rectifies.as_ref(), epoch, pseudonyms.iter()),
            source_shield: checked.header.source_shield,
            rectifies,
        })
    }

    fn open(
        &self,
        checked: &Checked<'_>,
        clause: &Clause,
        catalogue: &Catalogue,
        pseudonyms: Vec<Pseudonym>,
    ) -> Result<Opened, ClientError> {
        let mut values = self.values(checked, catalogue)?;
        let rectifies = rectifies(checked, &values.case)?;
        let heads = checked.header.subjects.iter().zip(pseudonyms).enumerate();
        let subjects = heads
            .map(|(ordinal, (head, pseudonym))| OpenedSubject {
                head: head.clone(),
                pseudonym,
                identity: values.identities.remove(&ordinal),
            })
            .collect();
        Ok(Opened {
            id: checked.id,
            route: checked.route.clone(),
            header: checked.header.clone(),
            subjects,
            fields: values.fields,
            case: values.case,
            handling: checked.delivery.handling.clone().unwrap_or_default(),
            obligations: checked.obligations(clause),
            withheld: checked.delivery.withheld.clone(),
            decision: checked.decision.clone(),
            proof: checked.proof.clone(),
            may_not_know: clause.recipient_may_not_know,
            inform: None,
            rectifies,
            answer_by: match checked.delivery.answer_by_ms {
                0 => None,
                by => Some(Millis(by)),
            },
            answers: DeliveryId::from_slice(&checked.delivery.answers).ok(),
        })
    }

    /// Acknowledges a delivery of this stream; see [`Partner::acknowledge`].
    ///
    /// # Errors
    /// Those of [`Partner::acknowledge`].
    pub async fn acknowledge(
        &self,
        opened: &Opened,
        what: &Acknowledgement,
    ) -> Result<crate::VerifiedProof, ClientError> {
        self.partner.acknowledge(opened, what).await
    }
}

/// Which delivery this is about. The hub says it, and the source sealed it: both must say the same.
fn rectifies(checked: &Checked<'_>, case: &[[u8; 16]]) -> Result<Option<Told>, Incident> {
    let said = checked.delivery.rectifies.as_slice();
    let Some(told) = &checked.header.rectification else {
        return if said.is_empty() {
            Ok(None)
        } else {
            Err(Incident::Leaves("the hub calls a signal a rectification"))
        };
    };
    match case.first() {
        Some(sealed) if sealed == said => Ok(Some(Told {
            delivery: DeliveryId(*sealed),
            told: told.clone(),
        })),
        _ => Err(Incident::Leaves(
            "the hub says it is about another delivery than its source does",
        )),
    }
}

/// By what a delivery of which nothing was read is acknowledged.
fn unopened(checked: &Checked<'_>) -> Unread {
    Unread {
        id: checked.id,
        epoch: checked.route.epoch,
        marks: Vec::new(),
        source_shield: checked.header.source_shield,
        rectifies: None,
    }
}

fn reported(delivery: &v1::Delivery, incident: Incident, unread: Option<Box<Unread>>) -> Item {
    let route = seinhuis_domain::signal::decode_route(&delivery.route_leaf);
    Item::Incident(Box::new(Reported {
        delivery: DeliveryId::from_slice(&delivery.delivery_id).ok(),
        source: route.ok().map(|route| route.source),
        incident,
        unread,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgreementView, KeyTerm, OutcomeReport, Sending};
    use std::future::Future;

    fn sendable<T>(_: impl Fn() -> T)
    where
        T: Future + Send,
    {
    }

    /// Calls that a partner's system spawns must be able to move between threads: a generator of
    /// random numbers held across an await would not.
    #[test]
    fn every_call_can_be_spawned() {
        fn any<T>() -> T {
            panic!("never called: only the type of the future is looked at")
        }
        sendable(|| async { any::<Inbox>().next().await });
        sendable(|| async {
            let sent: Result<Vec<OutcomeReport>, _> = any::<Sending<'static>>().send().await;
            sent
        });
        sendable(|| async {
            let partner: &'static Partner = any();
            let (desk, opened): (&'static Desk, &'static Opened) = (any(), any());
            partner.create_desk_keys(desk, 1, any::<KeyTerm>()).await?;
            partner.convert_own(desk, &[]).await?;
            partner.verify_identity(opened).await?;
            partner
                .acknowledge(opened, &Acknowledgement::Delivered)
                .await?;
            partner.scan(&[]).await?;
            let seen: Result<AgreementView, ClientError> = partner.agreement(any()).await;
            seen
        });
    }
}
