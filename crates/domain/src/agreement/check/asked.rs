//! The rule about questions: what an agreement lets ask, it lets answer.

use super::Faults;
use crate::agreement::{Clause, Content, GrantedType, Mode};
use crate::question::{ANSWER, QUESTION};

/// Adds the faults of the clause at `path`, if it is one to ask under: an answer repeats the purpose and the
/// region of its question, so a clause back is for both, or the question can only lapse.
pub(super) fn check(content: &Content, clause: &Clause, path: &str, faults: &mut Faults) {
    if !is_for(clause, QUESTION) {
        return;
    }
    let back: Vec<&Clause> = content
        .clauses
        .iter()
        .filter(|back| back.from == clause.to && back.to == clause.from && is_for(back, ANSWER))
        .collect();
    for purpose in &clause.purposes {
        let unanswered = clause.regions.iter().find(|region| {
            !back
                .iter()
                .any(|back| back.purposes.contains(purpose) && back.regions.contains(*region))
        });
        if let Some(region) = unanswered {
            let fix = format!(
                "no clause back lets answer for `{purpose}` in `{region}`; add one with type `{ANSWER}`"
            );
            faults.add(format!("{path}.purposes"), "question-unanswerable", fix);
        }
    }
}

/// Whether questions or answers, of type `code`, go under the clause.
fn is_for(clause: &Clause, code: &str) -> bool {
    let granted = |granted: &GrantedType| granted.code.as_str() == code;
    clause.mode == Mode::Ask && clause.types.iter().any(granted)
}
