//! Key statements that were verified before: the same bytes are not verified again.
//!
//! Owns: the memory of verified statements. The signing chain and the term are judged at every call;
//! only the signature and the form, which cannot change, are remembered. Must not know: what the
//! keys are for.

use crate::command::StatementBytes;
use ring::digest::{Context, SHA256};
use seinhuis_identity::IdentityError;
use seinhuis_identity::key_statement::KeyStatement;
use seinhuis_identity::signing::{SigningCertificate, SigningTrust};
use seinhuis_types::{Digest, Millis, Oin};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Most statements that are remembered; the oldest gives way. A desk has one in force, so this is
/// far above what honest callers need.
const MOST: usize = 4_096;

/// Statements found good before. Begins empty.
#[derive(Debug, Default)]
pub struct Statements(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    statements: HashMap<Digest, Arc<KeyStatement>>,
    order: VecDeque<Digest>,
}

impl Statements {
    /// As [`KeyStatement::verify`].
    pub(crate) fn verify(
        &self,
        bytes: &StatementBytes,
        trust: &SigningTrust,
        owner: Oin,
        at: Millis,
    ) -> Result<Arc<KeyStatement>, IdentityError> {
        let certificate = trust.verify_chain(&bytes.chain, at)?;
        if certificate.oin() != owner {
            return Err(IdentityError::KeyStatement(
                "it is signed by another organisation",
            ));
        }
        let id = id_of(&bytes.jws, &certificate);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = known.statements.get(&id)
            && (statement.not_before..statement.not_after).contains(&at)
        {
            return Ok(Arc::clone(statement));
        }
        drop(known);
        let statement = Arc::new(KeyStatement::read(&bytes.jws, &certificate, at)?);
        self.remember(id, Arc::clone(&statement));
        Ok(statement)
    }

    fn remember(&self, id: Digest, statement: Arc<KeyStatement>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.statements.insert(id, statement).is_none() {
            known.order.push_back(id);
        }
        if known.order.len() > MOST
            && let Some(oldest) = known.order.pop_front()
        {
            known.statements.remove(&oldest);
        }
    }
}

/// What a verification depends on beside the moment: who signed, and every byte.
fn id_of(jws: &str, certificate: &SigningCertificate) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&certificate.x5t().0);
    context.update(jws.as_bytes());
    let mut id = [0; 32];
    id.copy_from_slice(context.finish().as_ref());
    Digest(id)
}

#[cfg(test)]
mod tests;
