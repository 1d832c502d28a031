//! A set of refusal reasons in one word, in the fixed order in which reasons are told.

use seinhuis_types::RefusalReason;

/// A set of [`RefusalReason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Reasons(u64);

const _: () = assert!(RefusalReason::ALL.len() <= 64, "one bit a reason");

impl Reasons {
    pub(crate) const fn of(reason: RefusalReason) -> Self {
        Self(1 << reason as u32)
    }

    pub(crate) fn insert(&mut self, reason: RefusalReason) {
        *self = self.or(Self::of(reason));
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Whether the reason is the policy set's to give; the other two are the engine's and the hub's.
pub(crate) fn of_the_law(reason: RefusalReason) -> bool {
    !matches!(
        reason,
        RefusalReason::NotReleasable | RefusalReason::PolicyError
    )
}

/// The name of a reason as policy id and case file: `AGREEMENT_NOT_VALID` → `agreement-not-valid`.
pub(crate) fn kebab(reason: RefusalReason) -> String {
    reason.as_str().to_ascii_lowercase().replace('_', "-")
}
