//! Consent of a subject, where a clause needs it: the record its registrant keeps, and whether it
//! stands.
//!
//! Owns: the record (ISO/IEC TS 27560), who may give and take back consent at which age, the rule that
//! nobody decides for a child in a matter in which they are a suspect, and the export and receipt. Pure:
//! time goes in as an argument. Must not know: who the subject is (it carries the registrant's own
//! reference), the hub, the wire, files.
//!
//! Between the partners consent is mostly not the basis, and asking for it where refusal changes nothing
//! misleads. A record is for what no statutory basis carries: the voluntary plan, third parties, the
//! secrecy of youth help. It widens no other clause, and its absence stops none.

mod age;
mod context;
mod export;
mod fault;
mod party;
mod read;
mod receipt;
mod record;
mod registered;

pub use age::{AgeBand, Asked, ConsentLaw, Needed};
pub use fault::ConsentFault;
pub use party::ConsentParty;
pub use record::{
    Act, Actor, ActorRole, ConsentId, ConsentRecord, ConsentState, Evidence, EvidenceLevel,
    Language, Notice, SubjectView,
};

pub use registered::{RegisteredAct, RegisteredFault, covers, judge};

#[cfg(test)]
mod export_tests;
#[cfg(test)]
mod receipt_tests;
#[cfg(test)]
mod tests;
