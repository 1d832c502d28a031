//! The duty to tell a person that data about them were received: by when, put off how often and why,
//! and how it was done, or why there is nothing to tell any more.
//!
//! Owns: the term and its steps, as pure rules over moments that are arguments. Must not know: where a
//! task is kept, who the person is, how the person is reached. Nothing of it leaves the partner: the
//! hub writes to no citizen, and learns of no telling.
//!
//! The term runs by the clock from the moment of recording, in whole days of 24 hours. It is not moved
//! for a weekend or a holiday: earlier than the law asks is never too late (Wmo 5.3.1; AVG 14).

mod ended;
mod fault;
#[cfg(test)]
mod tests;

pub use ended::{EndReason, Ended};
pub use fault::InformFault;

use crate::agreement::{Inform, InformedBy};
use crate::catalogue::Catalogue;
use seinhuis_types::{CodeValue, Millis};

/// What a clause and the law ask of one holder: the term, and the longest step by which it is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InformDuty {
    /// Within so many days of recording, 1 to 365.
    pub within_days: u16,
    /// The longest of one postponement, in days, 1 to 365.
    pub step_days: u16,
}

impl InformDuty {
    /// The recipient's duty under a clause's own words: none where the clause puts it on nobody or on the sender,
    /// and none for a role of which the law asks no telling for each disclosure. Where clause and law
    /// differ, the shorter term holds.
    pub fn of_recipient(inform: Inform, role: &str, catalogue: &Catalogue) -> Option<Self> {
        if !matches!(inform.by, InformedBy::To | InformedBy::Both) {
            return None;
        }
        let rule = catalogue.inform_rule(role)?;
        Some(Self {
            within_days: rule.within_days.min(inform.within_days),
            step_days: rule.step_days,
        })
    }
}

/// One postponement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When it was decided.
    pub at: Millis,
    /// By how many days, 1 to the duty's longest step.
    pub days: u16,
    /// Why, a code of the list `inform-postponed`.
    pub reason: CodeValue,
    /// Who decided, by the partner's own pseudonym.
    pub person: String,
}

/// That the person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Millis,
    /// How, a code of the list `inform-way`.
    pub way: CodeValue,
    /// By whom, by the partner's own pseudonym.
    pub person: String,
}

/// How a task was closed: once, by one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The person was told.
    Told(Told),
    /// Its reason was taken away.
    Ended(Ended),
}

/// One person of one delivery, to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InformTask {
    /// What is asked.
    pub duty: InformDuty,
    /// When the data were recorded: here, when the delivery was opened.
    pub recorded: Millis,
    steps: Vec<Step>,
    closed: Option<Closed>,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is time.
    Open,
    /// The last step's worth of days has begun: now it is told, or put off with a reason.
    Now,
    /// The term has passed.
    Overdue,
    /// The person was told.
    Told,
    /// There is nothing to tell any more.
    Ended,
}

impl Standing {
    /// Its word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Now => "now",
            Self::Overdue => "overdue",
            Self::Told => "told",
            Self::Ended => "ended",
        }
    }
}

impl InformTask {
    /// A task from the moment of recording.
    pub const fn begin(duty: InformDuty, recorded: Millis) -> Self {
        Self {
            duty,
            recorded,
            steps: Vec::new(),
            closed: None,
        }
    }

    /// A task as it was kept: every step is judged again, so that a file that was altered by hand is
    /// told and not followed.
    ///
    /// # Errors
    /// The fault of the first step that could not have been taken.
    pub fn restore(
        duty: InformDuty,
        recorded: Millis,
        steps: Vec<Step>,
        closed: Option<Closed>,
    ) -> Result<Self, InformFault> {
        let mut task = Self::begin(duty, recorded);
        for step in steps {
            task.postpone(step)?;
        }
        match closed {
            Some(Closed::Told(told)) => task.tell(told)?,
            Some(Closed::Ended(ended)) => {
                task.open_at(ended.at)?;
                task.closed = Some(Closed::Ended(ended));
            }
            None => {}
        }
        Ok(task)
    }

    /// The first moment that is too late.
    pub fn due(&self) -> Millis {
        let steps = self.steps.iter().map(|step| u64::from(step.days));
        let days = steps.fold(u64::from(self.duty.within_days), u64::saturating_add);
        self.recorded.plus(days.saturating_mul(Millis::DAY))
    }

    /// Postponements so far, in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How the person was told, once that is so.
    pub const fn told(&self) -> Option<&Told> {
        match &self.closed {
            Some(Closed::Told(told)) => Some(told),
            _ => None,
        }
    }

    /// Why there is nothing to tell any more, once that is so.
    pub const fn ended(&self) -> Option<&Ended> {
        match &self.closed {
            Some(Closed::Ended(ended)) => Some(ended),
            _ => None,
        }
    }

    /// From when on a step can be taken: one step's length before the term ends. Earlier, steps could
    /// be piled up, and each of them is to be a decision of its own time.
    pub fn step_from(&self) -> Millis {
        let step = u64::from(self.duty.step_days).saturating_mul(Millis::DAY);
        self.due().minus(step).max(self.recorded)
    }

    /// How it stands at `now`.
    pub fn standing(&self, now: Millis) -> Standing {
        match &self.closed {
            Some(Closed::Told(_)) => return Standing::Told,
            Some(Closed::Ended(_)) => return Standing::Ended,
            None => {}
        }
        if now >= self.due() {
            Standing::Overdue
        } else if now >= self.step_from() {
            Standing::Now
        } else {
            Standing::Open
        }
    }

    /// Puts the term off by one step.
    ///
    /// # Errors
    /// [`InformFault`]: told or ended already, before recording or the step before, too early, overdue,
    /// or no days or more than the longest step.
    pub fn postpone(&mut self, step: Step) -> Result<(), InformFault> {
        self.open_at(step.at)?;
        if step.days == 0 || step.days > self.duty.step_days {
            return Err(InformFault::StepLength(self.duty.step_days));
        }
        if step.at >= self.due() {
            return Err(InformFault::Overdue(self.due()));
        }
        if step.at < self.step_from() {
            return Err(InformFault::TooEarly(self.step_from()));
        }
        self.steps.push(step);
        Ok(())
    }

    /// Records that the person was told; also when it is late, which the task then shows.
    ///
    /// # Errors
    /// [`InformFault`]: told or ended already, or before recording or the last step.
    pub fn tell(&mut self, told: Told) -> Result<(), InformFault> {
        self.open_at(told.at)?;
        self.closed = Some(Closed::Told(told));
        Ok(())
    }

    /// Ends it without telling: what was received at `at` took its reason away. A task that was told or
    /// ended before stays as it is. Whether it ended now.
    ///
    /// A machine does this, on receiving: where its clock runs behind, the task ends at what was recorded
    /// last, so that no clock keeps a task open that has no reason any more.
    pub fn end(&mut self, at: Millis, reason: EndReason) -> bool {
        if self.closed.is_some() {
            return false;
        }
        let at = at.max(self.last());
        self.closed = Some(Closed::Ended(Ended { at, reason }));
        true
    }

    /// Whether the person was told after the term.
    pub fn late(&self) -> bool {
        self.told().is_some_and(|told| told.at >= self.due())
    }

    fn open_at(&self, at: Millis) -> Result<(), InformFault> {
        match &self.closed {
            Some(Closed::Told(_)) => return Err(InformFault::ToldAlready),
            Some(Closed::Ended(ended)) => return Err(InformFault::Ended(ended.reason)),
            None => {}
        }
        let last = self.last();
        if at < last {
            return Err(InformFault::BeforeLast(last));
        }
        Ok(())
    }

    /// When something was recorded last, while it is open.
    fn last(&self) -> Millis {
        self.steps.last().map_or(self.recorded, |step| step.at)
    }
}
