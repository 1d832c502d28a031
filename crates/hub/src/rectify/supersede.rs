//! What a rectification comes in the place of.
//!
//! Owns: which deliveries of the signal, and which earlier rectifications of it, leave no more. Must not
//! know: who is told, and what.

use super::{Plan, Rectify, Sent, kind_of, sent};
use crate::command::Caller;
use crate::{Hub, HubError};
use seinhuis_store::{Row, Snapshot, Store};
use seinhuis_types::Millis;

impl<S: Store> Hub<S> {
    /// Adds to the plan what ends with it, and what is not sent again.
    pub(super) fn supersede(
        &self,
        caller: &Caller,
        command: &Rectify,
        snapshot: &impl Snapshot,
        originals: Vec<Sent>,
        plan: &mut Plan<'_>,
        now: Millis,
    ) -> Result<(), HubError> {
        for sent in originals {
            if !sent.received() && !sent.over() {
                let prepared = self.own_entry(caller, command, &sent, now)?;
                plan.ended.push((sent, prepared));
            } else if sent.received() && !sent.over() && command.kind.stops() {
                plan.wrong.push(sent);
            }
        }
        for earlier in sent(snapshot, &plan.record.rectification_ids)? {
            let Some(kind) = kind_of(&earlier.delivery).filter(|_| !earlier.over()) else {
                continue;
            };
            let row = (Row::Delivery(earlier.id), earlier.revision);
            if command.kind.replaces() && kind.replaces() && plan.follows(&earlier) {
                plan.stands_on.push(row);
                plan.wrong.push(earlier);
            } else if !command.kind.replaces() && kind.has_content() {
                // It was made before, and says what is shielded or restricted now.
                if !earlier.received() {
                    plan.stands_on.push(row);
                    let prepared = self.own_entry(caller, command, &earlier, now)?;
                    plan.ended.push((earlier, prepared));
                } else if command.kind.stops() {
                    plan.stands_on.push(row);
                    plan.wrong.push(earlier);
                }
            }
        }
        Ok(())
    }
}
