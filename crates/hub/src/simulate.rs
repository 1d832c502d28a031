//! Simulate: may this go to that desk, under this clause, now? Decided as a signal is, and nothing is done.
//!
//! Owns: the question without a subject, and how often an organisation may ask it. Must not know: how a
//! decision is made; it commits nothing.

use crate::ask::day;
use crate::command::{Caller, Simulate};
use crate::decide::{Responsible, Supposed, Towards};
use crate::directory::Capability;
use crate::explain::sentences;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::decision::Asked;
use seinhuis_domain::question::{ANSWER, QUESTION, is_asked};
use seinhuis_domain::signal::check_codes;
use seinhuis_policy::{Action, action};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store};
use seinhuis_types::{ErrorCode, Millis, Oin};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most questions of one organisation in an hour of the clock.
pub(crate) const SIMULATIONS_PER_HOUR: u32 = 600;

/// How often each organisation asked in the hour that runs; of those before nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct Simulated {
    hour: Mutex<(u64, HashMap<Oin, u32>)>,
}

impl Simulated {
    /// Counts one more; whether it is within what an organisation may ask.
    fn count(&self, oin: Oin, now: Millis) -> bool {
        let hour = now.0 / Millis::HOUR;
        let mut kept = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != hour {
            *kept = (hour, HashMap::new());
        }
        let asked = kept.1.entry(oin).or_default();
        let within = *asked < SIMULATIONS_PER_HOUR;
        *asked = asked.saturating_add(u32::from(within));
        within
    }
}

impl<S: Store> Hub<S> {
    /// What would be decided on a signal, question, answer or rectification of the caller's with this header.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`, `OVER_BUDGET`; `MESSAGE_INVALID` for a type that does not go that way, and for what the
    /// catalogue does not have of the type.
    pub fn simulate(
        &self,
        caller: &Caller,
        asked: &Simulate,
    ) -> Result<v1::SimulateResponse, HubError> {
        self.may_ask_what_goes(caller)?;
        let now = self.now();
        if !self.simulated.count(caller.oin, now) {
            return Err(HubError::told(
                ErrorCode::OverBudget,
                format!(
                    "an organisation may simulate {SIMULATIONS_PER_HOUR} times in an hour; list the routes \
                     instead, or ask again in the next hour"
                ),
            ));
        }
        let towards = Towards {
            source: caller.oin,
            recipient: asked.recipient,
            desk: &asked.desk,
            agreement: &asked.agreement,
            clause: &asked.clause,
        };
        let responsible = Responsible {
            acting_person: true,
            decided_by: true,
            second_approval: asked.header.second_approval,
            sent: None,
        };
        fits(asked)?;
        // What could not be sent is not told as what may be: a field outside the type would only be withheld.
        check_codes(&asked.header, &self.parts.rules.catalogue)
            .map_err(|error| HubError::told(error.code, error.message))?;
        let snapshot = self.parts.store.snapshot()?;
        let action = action(asked.asked);
        let supposed = Supposed {
            action,
            received: action == Action::Rectify && !asked.not_received,
            machine_answer: asked.machine_answer,
            within_budget: action != Action::Ask
                || snapshot.asked(caller.oin, &asked.clause, day(now))?
                    < self.parts.question_budget,
        };
        let decided = self.decide_towards(
            &supposed,
            &snapshot,
            &towards,
            &asked.header,
            responsible,
            now,
        )?;
        let decision = v1::Decision::decode(decided.bytes.as_slice())
            .map_err(|_| HubError::Internal("a decision does not decode"))?;
        let (text_nl, text_en) = sentences(&decision);
        Ok(v1::SimulateResponse {
            decision: Some(decision),
            text_nl,
            text_en,
        })
    }

    /// That the caller's system sends, or administers agreements.
    pub(crate) fn may_ask_what_goes(&self, caller: &Caller) -> Result<(), HubError> {
        let system = self.system(caller)?;
        if !system.capabilities.contains(&Capability::Agreement) {
            self.capable(caller, Capability::Signal)?;
        }
        Ok(())
    }
}

/// That what would be done is done with its type, and what is supposed belongs to it: otherwise nothing would be
/// decided, and there is nothing to tell ahead.
fn fits(asked: &Simulate) -> Result<(), HubError> {
    let code = asked.header.signal_type.as_str();
    let fits = match asked.asked {
        Asked::Ask => code == QUESTION,
        Asked::Answer => code == ANSWER,
        Asked::Publish | Asked::Rectify | Asked::Release => !is_asked(&asked.header.signal_type),
    };
    if !fits {
        return Err(HubError::invalid(
            "act: a question goes by ACT_ASK, what answers it by ACT_ANSWER, and no other type by either",
        ));
    }
    if asked.machine_answer && asked.asked != Asked::Answer {
        return Err(HubError::invalid("machine_answer: only an answer has it"));
    }
    if asked.not_received && asked.asked != Asked::Rectify {
        return Err(HubError::invalid(
            "not_received: only a rectification has it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_asks_so_often_in_an_hour_and_takes_nothing_of_another() {
        let simulated = Simulated::default();
        let oin = |n: u8| Oin::parse(&format!("0000009900000{n:03}0000")).unwrap();
        let last = Millis(5 * Millis::HOUR + Millis::HOUR - 1);
        for _ in 0..SIMULATIONS_PER_HOUR {
            assert!(simulated.count(oin(1), last));
        }
        assert!(!simulated.count(oin(1), last) && !simulated.count(oin(1), last));
        assert!(simulated.count(oin(2), last));
        assert!(simulated.count(oin(1), Millis(6 * Millis::HOUR)));
        assert_eq!(
            simulated.hour.lock().unwrap().1.len(),
            1,
            "of the hour before nothing is kept"
        );
    }
}
