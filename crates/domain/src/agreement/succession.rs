//! One agreement in the place of another: which may replace which, and from when.
//!
//! Owns: that of a chain of versions exactly one decides at any moment. A successor takes effect by a
//! moment that is written once, at the commit that makes it valid: before it the old one decides,
//! from it the new one, and no act of anybody is needed in between. Must not know: how the two are
//! committed together.

use super::{Agreement, State};
use seinhuis_types::{AgreementHash, Coded, ErrorCode, Millis, Oin};

/// What took the place of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The version that replaced it.
    pub by: AgreementHash,
    /// The first moment at which it is over.
    pub from: Millis,
}

/// Why a version may not replace another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// The content names another agreement, or none.
    #[error("the content does not say that it replaces that agreement")]
    OtherAgreement,
    /// What never came into force is not replaced.
    #[error(
        "`replaces` names an agreement that is {}; only one that came into force is replaced: \
         leave `replaces` out", .0.as_str()
    )]
    NeverInForce(State),
    /// It has a successor already.
    #[error("it was replaced before, by `{0}`; propose a version that replaces that one")]
    ReplacedBefore(AgreementHash),
    /// A party of the old agreement would lose it without having signed anything.
    #[error(
        "`{0}` is a party of the agreement it replaces and not of this one; it keeps its place, or \
         leaves the old one first"
    )]
    PartyMissing(Oin),
    /// Versions go up.
    #[error("version {found} does not follow on version {old}; write {} or higher", old.saturating_add(1))]
    VersionNotHigher {
        /// Of the content.
        found: u32,
        /// Of the agreement it replaces.
        old: u32,
    },
}

impl Coded for SuccessionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::ReplacedBefore(_) | Self::NeverInForce(_) => ErrorCode::AgreementStateConflict,
            Self::OtherAgreement | Self::PartyMissing(_) | Self::VersionNotHigher { .. } => {
                ErrorCode::AgreementInvalid
            }
        }
    }
}

impl Agreement {
    /// That this one may take the place of `old`, as `old` now stands.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub fn may_replace(&self, old: &Self) -> Result<(), SuccessionError> {
        let content = self.content();
        if content.replaces.as_ref() != Some(old.hash()) {
            return Err(SuccessionError::OtherAgreement);
        }
        if let Some(replaced) = old.replaced() {
            return Err(SuccessionError::ReplacedBefore(replaced.by.clone()));
        }
        if matches!(old.state(), State::Proposed | State::Rejected) {
            return Err(SuccessionError::NeverInForce(old.state()));
        }
        let stays = |party: &&super::Party| !old.left().contains(&party.oin);
        for party in old.content().parties.iter().filter(stays) {
            if content.party(&party.oin).is_none() {
                return Err(SuccessionError::PartyMissing(party.oin));
            }
        }
        if content.version <= old.content().version {
            return Err(SuccessionError::VersionNotHigher {
                found: content.version,
                old: old.content().version,
            });
        }
        Ok(())
    }

    /// Ends `old` for this one, which became valid at `now`: from its own first second, or from `now`
    /// when that has passed, so that there is no moment at which both decide or neither does.
    ///
    /// # Errors
    /// [`SuccessionError`]; `old` is then as it was.
    pub fn replace(&self, old: &mut Self, now: Millis) -> Result<Replacement, SuccessionError> {
        self.may_replace(old)?;
        if self.state() != State::Valid {
            return Err(SuccessionError::NeverInForce(self.state()));
        }
        let replacement = Replacement {
            by: self.hash().clone(),
            from: now.max(self.content().validity.not_before.millis()),
        };
        old.set_replaced(replacement.clone());
        Ok(replacement)
    }
}
