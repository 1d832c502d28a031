//! What a delivery that was received does to the tasks of its people: it begins them, or, where it
//! rectifies an earlier one, begins those of who is new, keeps those of who remains, and ends those of
//! who should not have been in it.
//!
//! Owns: which of these for whom. Must not know: how a task lies on disk, what a delivery said.

use super::store::{Kept, Person, Tasks};
use crate::exit::Failure;
use seinhuis_client::{Opened, ToInform, Unread};
use seinhuis_domain::inform::{EndReason, InformTask};
use seinhuis_domain::signal::{RectificationKind, SourceShield};
use seinhuis_types::{DeliveryId, Millis, PurposeCode, SignalType, hex};

/// Of a delivery, what its tasks are made of.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) delivery: DeliveryId,
    /// The delivery it rectifies, and how.
    pub(super) about: Option<(DeliveryId, RectificationKind)>,
    pub(super) epoch: u16,
    /// Role and mark of each person, by ordinal.
    pub(super) people: Vec<(String, String)>,
    /// None where nobody is to be told of it.
    pub(super) inform: Option<Begins>,
    pub(super) shield: SourceShield,
}

/// What a task that begins has of the delivery.
#[derive(Debug, Clone)]
pub(super) struct Begins {
    pub(super) to: ToInform,
    pub(super) signal_type: SignalType,
    pub(super) purpose: PurposeCode,
}

/// What became of the tasks.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// How many began.
    pub(crate) begun: usize,
    /// Those that ended, by name, and why.
    pub(crate) ended: Vec<(String, EndReason)>,
    /// Those of who was told before it showed that there was no reason: whether that person is told so is
    /// for people to decide.
    pub(crate) told_before: Vec<String>,
    /// Open ones that stay as they are, since whether they are of a person that is still named cannot be
    /// seen: they were begun under another epoch, or before marks were kept.
    pub(crate) not_compared: Vec<String>,
}

impl Changed {
    /// Whether something is to be shown beside what began.
    pub(crate) fn is_plain(&self) -> bool {
        self.ended.is_empty() && self.told_before.is_empty() && self.not_compared.is_empty()
    }
}

impl Received {
    fn of(opened: &Opened) -> Self {
        let about = opened.rectifies.as_ref();
        let roles = opened.subjects.iter().map(|one| one.head.role.to_string());
        let marks = opened.marks().into_iter().map(|mark| hex(&mark.0));
        Self {
            delivery: opened.id,
            about: about.map(|about| (about.delivery, about.told.kind)),
            epoch: opened.route.epoch,
            people: roles.zip(marks).collect(),
            inform: opened.inform.clone().map(|to| Begins {
                to,
                signal_type: opened.header.signal_type.clone(),
                purpose: opened.header.purpose.clone(),
            }),
            shield: opened.header.source_shield,
        }
    }

    /// Of one about nobody the desk knows: no term begins, and who is named no more is not to be told.
    fn of_unread(unread: &Unread) -> Self {
        let about = unread.rectifies.as_ref();
        let marks = unread.marks.iter().map(|mark| hex(&mark.0));
        Self {
            delivery: unread.id,
            about: about.map(|about| (about.delivery, about.told.kind)),
            epoch: unread.epoch,
            people: marks.map(|mark| (String::new(), mark)).collect(),
            inform: None,
            shield: unread.source_shield,
        }
    }

    /// The task of one of its people, from now.
    fn fresh(
        &self,
        inform: &Begins,
        first: &DeliveryId,
        ordinal: u64,
        (role, mark): &(String, String),
        now: Millis,
    ) -> Kept {
        let source = inform.to.source_role.as_ref().map(ToString::to_string);
        Kept {
            name: format!("{first}-{ordinal}"),
            delivery: first.to_string(),
            ordinal,
            by: self.about.map(|_| self.delivery.to_string()),
            person: Some(Person {
                epoch: self.epoch,
                mark: mark.clone(),
            }),
            signal_type: inform.signal_type.clone(),
            purpose: inform.purpose.clone(),
            subject_role: role.clone(),
            source,
            existence_shielded: self.shield == SourceShield::Existence,
            law: inform.to.law.clone(),
            ended_by: None,
            task: InformTask::begin(inform.to.duty, now),
        }
    }

    fn names(&self, person: &Person) -> bool {
        let mut marks = self.people.iter();
        person.epoch == self.epoch && marks.any(|(_, mark)| *mark == person.mark)
    }
}

impl Tasks {
    /// Takes a delivery that was recorded now. One that comes again changes nothing: no second term, and
    /// nothing ends twice.
    pub(crate) fn take(&self, opened: &Opened, now: Millis) -> Result<Changed, Failure> {
        self.received(&Received::of(opened), now)
    }

    /// Takes one about nobody the desk knows: it may take the place of one that was about somebody it knows.
    pub(crate) fn take_unread(&self, unread: &Unread, now: Millis) -> Result<Changed, Failure> {
        self.received(&Received::of_unread(unread), now)
    }

    pub(super) fn received(&self, received: &Received, now: Millis) -> Result<Changed, Failure> {
        match received.about {
            None => self.signal(received, now),
            Some((first, kind)) => self.rectified(received, first, kind, now),
        }
    }

    /// A task that is there stays as it is.
    fn signal(&self, received: &Received, now: Millis) -> Result<Changed, Failure> {
        let mut changed = Changed::default();
        let Some(inform) = &received.inform else {
            return Ok(changed);
        };
        for (ordinal, person) in (0_u64..).zip(&received.people) {
            let fresh = received.fresh(inform, &received.delivery, ordinal, person, now);
            if !self.has(&fresh.name)? {
                self.keep(&fresh)?;
                changed.begun = changed.begun.saturating_add(1);
            }
        }
        Ok(changed)
    }

    fn rectified(
        &self,
        received: &Received,
        first: DeliveryId,
        kind: RectificationKind,
        now: Millis,
    ) -> Result<Changed, Failure> {
        let mut chain = self.of_delivery(&first)?;
        // A shield that is set later holds for what is still to be told, too.
        for kept in &mut chain {
            if kept.hide(received.shield) {
                self.keep(kept)?;
            }
        }
        let mut changed = Changed::default();
        let withdrawn = kind == RectificationKind::Withdrawn;
        if !withdrawn && !kind.has_content() {
            return Ok(changed);
        }
        // The new ones first: cut short between the two, a task too many is open, and none too few.
        if let Some(inform) = received.inform.as_ref().filter(|_| !withdrawn) {
            changed.begun = self.begin_new(received, inform, first, &mut chain, now)?;
        }
        let reason = match kind {
            RectificationKind::Withdrawn => EndReason::Withdrawn,
            RectificationKind::IdentityFixed => EndReason::OtherPerson,
            _ => EndReason::LeftOut,
        };
        for kept in &mut chain {
            let stays = kept.person.as_ref().is_some_and(|one| received.names(one));
            let compared = withdrawn || kept.of_epoch(received.epoch);
            if stays || kept.task.ended().is_some() {
                continue;
            }
            if kept.task.told().is_some() {
                let told = compared.then(|| kept.name.clone());
                changed.told_before.extend(told);
            } else if !compared {
                changed.not_compared.push(kept.name.clone());
            } else if kept.task.end(now, reason) {
                kept.ended_by = Some(received.delivery.to_string());
                self.keep(kept)?;
                changed.ended.push((kept.name.clone(), reason));
            }
        }
        Ok(changed)
    }

    /// Begins the tasks of who is named and has none that stands; who has one keeps it, in the role that the
    /// person has now.
    fn begin_new(
        &self,
        received: &Received,
        inform: &Begins,
        first: DeliveryId,
        chain: &mut Vec<Kept>,
        now: Millis,
    ) -> Result<usize, Failure> {
        let mut begun = 0_usize;
        let hidden = chain.iter().any(|kept| kept.source.is_none());
        let existence = chain.iter().any(|kept| kept.existence_shielded);
        for person in &received.people {
            let (role, mark) = person;
            let same = |kept: &&mut Kept| {
                let of = kept.person.as_ref();
                let same = of.is_some_and(|of| of.epoch == received.epoch && of.mark == *mark);
                same && kept.task.ended().is_none()
            };
            if let Some(kept) = chain.iter_mut().find(same) {
                if kept.task.told().is_none() && kept.subject_role != *role {
                    kept.subject_role.clone_from(role);
                    self.keep(kept)?;
                }
                continue;
            }
            let next = chain.iter().map(|kept| kept.ordinal.saturating_add(1));
            let ordinal = next.max().unwrap_or(0);
            let mut fresh = received.fresh(inform, &first, ordinal, person, now);
            // What was hidden of this signal stays so, for whom it names later, too.
            if hidden {
                fresh.hide(SourceShield::Origin);
            }
            if existence {
                fresh.hide(SourceShield::Existence);
            }
            self.keep(&fresh)?;
            chain.push(fresh);
            begun = begun.saturating_add(1);
        }
        Ok(begun)
    }
}

#[cfg(test)]
mod tests;
