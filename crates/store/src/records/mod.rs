//! What the rows hold. Owns the stored form of each record: `format || revision || slots || body`.
//! Must not know: keys, engines, and the meaning of the bytes of parts, leaves and JWS.
//!
//! Bodies are protobuf messages whose fields are only ever added. A new format byte is needed when
//! a slot is added or a field changes its meaning; old formats are then still read. The golden
//! bytes in the tests hold every format ever written.

mod agreement;
mod break_glass;
mod consent;
mod delivery;
mod event;
mod keys;
mod payload;
mod person;
mod question;
mod reply;
mod retention;
mod ruleset;
mod warning;

pub use agreement::{AgreementRecord, AgreementState, AgreementStep, StepKind};
pub use break_glass::BreakGlassRecord;
pub use consent::{CitationRecord, ConsentActRecord, ConsentRecord};
pub use delivery::{Delivery, DeliveryRecord, DeliveryState, EndedAs};
pub use event::{EventKind, EventRecord};
pub use keys::{KeyListRecord, KeyStatement, KeyUse};
pub use payload::{HiddenLeaf, PayloadRecord, StoredSlip, Subject};
pub use person::{GrantRecord, UsedAssertion};
pub use question::{LodgedRecord, Question, QuestionRecord};
pub use reply::{Reply, ReplyRecord, SignalRecord, SlipNonce, UntoldRecord};
pub use retention::{ErasureRecord, HoldRecord};
pub use ruleset::{DirectoryRecord, RulesetRecord};
pub use warning::WarningRecord;

use crate::template::{Stored, Template};
use crate::{StoreError, Versioned};
use prost::Message;
use seinhuis_types::Revision;

/// A record with a stored form.
pub trait Record: Sized {
    /// The format byte this version writes, and the newest it reads.
    const FORMAT: u8 = 1;

    /// The value to store.
    fn template(&self) -> Template;

    /// Reads a stored value of this record's kind.
    fn read(value: &[u8]) -> Result<Versioned<Self>, StoreError>;
}

/// Splits a value and checks its format byte.
fn open(value: &[u8], supported: u8) -> Result<Stored<'_>, StoreError> {
    let stored = Stored::read(value).ok_or(StoreError::Corrupt("a value is too short"))?;
    match stored.format {
        0 => Err(StoreError::Corrupt("a value has format 0")),
        found if found > supported => Err(StoreError::SchemaTooNew {
            found: u32::from(found),
            supported: u32::from(supported),
        }),
        _ => Ok(stored),
    }
}

fn body<M: Message + Default>(stored: Stored<'_>) -> Result<M, StoreError> {
    M::decode(stored.body()).map_err(|_| StoreError::Corrupt("a record does not decode"))
}

/// A record without slots is its protobuf message.
macro_rules! plain_record {
    ($($name:ident $(= $format:literal)?),*) => {$(
        impl $crate::records::Record for $name {
            $(const FORMAT: u8 = $format;)?
            fn template(&self) -> $crate::template::Template {
                $crate::template::Template::new(
                    Self::FORMAT,
                    &[],
                    &prost::Message::encode_to_vec(self),
                )
            }
            fn read(value: &[u8]) -> Result<$crate::Versioned<Self>, $crate::StoreError> {
                let stored = $crate::records::open(value, Self::FORMAT)?;
                Ok($crate::Versioned {
                    revision: seinhuis_types::Revision(stored.revision),
                    value: $crate::records::body(stored)?,
                })
            }
        }
    )*};
}
use plain_record;

fn versioned<T>(stored: Stored<'_>, value: T) -> Versioned<T> {
    Versioned {
        revision: Revision(stored.revision),
        value,
    }
}

#[cfg(test)]
mod tests;
