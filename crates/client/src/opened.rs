//! A delivery after every check: what it says, of whom, and what must be done with it.
//!
//! Owns: the values, wiped when dropped and never printed. Must not know: how it was verified.

use crate::proof::sha256;
use crate::{Identity, VerifiedProof};
use seinhuis_domain::catalogue::RoleCode;
use seinhuis_domain::entry::{EntryError, SubjectValue};
use seinhuis_domain::inform::InformDuty;
use seinhuis_domain::signal::{Header, Rectification, Route, SourceShield, SubjectHead};
use seinhuis_proto::v1;
use seinhuis_pseudonym::Pseudonym;
use seinhuis_types::{DeliveryId, Digest, FieldPath, Millis};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use zeroize::Zeroizing;

/// How the bytes of a mark begin (docs/formats/inform-task.md).
const MARK: &[u8] = b"seinpaal/inform/mark/v1\n";

/// A delivery, verified and opened.
pub struct Opened {
    /// Its handle.
    pub id: DeliveryId,
    /// Who sent it to which desk, under which clause.
    pub route: Route,
    /// Its circumstances.
    pub header: Header,
    /// Its people, by ordinal.
    pub subjects: Vec<OpenedSubject>,
    /// Its values in their canonical form, each within the catalogue its agreement pins.
    pub fields: BTreeMap<FieldPath, Zeroizing<Vec<u8>>>,
    /// References of 16 bytes, the sender's own first; none or up to three.
    pub case: Vec<[u8; 16]>,
    /// Secrecy, reminder and onward rule.
    pub handling: v1::Handling,
    /// What must be done: of the handling and of the clause.
    pub obligations: BTreeSet<String>,
    /// Fields that were offered and were not sent on.
    pub withheld: Vec<v1::Withheld>,
    /// The decision of the release.
    pub decision: v1::Decision,
    /// The proof of the release, to be kept.
    pub proof: VerifiedProof,
    /// What is told of an earlier delivery, where this is no signal of its own.
    pub rectifies: Option<Told>,
    /// Of a question: until when it may be answered.
    pub answer_by: Option<Millis>,
    /// Of an answer: the question, by the hub's word. The sealed `question_ref` is the source's own.
    pub answers: Option<DeliveryId>,
    /// Under this clause a recipient may not know the person: there is no second acknowledgement.
    pub may_not_know: bool,
    /// Its people are to be told by this recipient, within a term; none where clause or law ask no
    /// telling of it, and for what tells of an earlier delivery without saying it anew. Whom that earlier
    /// delivery named, too, keeps the term that runs: see [`Opened::marks`].
    pub inform: Option<ToInform>,
}

/// What telling the people of a delivery stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToInform {
    /// The term, and the longest step by which it is put off.
    pub duty: InformDuty,
    /// Where the duty stands, such as `Wmo 5.3.1`.
    pub law: Vec<String>,
    /// The source's role, for who is told it; none where the source shields it.
    pub source_role: Option<RoleCode>,
}

/// What a rectification tells of an earlier delivery to this desk, by its source's own word: the
/// delivery stands in the sealed references, kind and reason in the signed header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The delivery, and with it all that rectified it before.
    pub delivery: DeliveryId,
    /// What, and why.
    pub told: Rectification,
}

/// A delivery about nobody the desk knows, verified: who it is about and what it says stay closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its handle.
    pub id: DeliveryId,
    /// The epoch of its pseudonyms.
    pub epoch: u16,
    /// A mark of each of its people; see [`Opened::marks`].
    pub marks: Vec<Digest>,
    /// What its source shields.
    pub source_shield: SourceShield,
    /// The earlier delivery whose place it takes. **Whom of the desk's own clients that one named, this one
    /// does not**: what it said of them was wrong.
    pub rectifies: Option<Told>,
}

/// One person in a delivery.
pub struct OpenedSubject {
    /// Role, age band, and what the sender encrypted.
    pub head: SubjectHead,
    /// The recipient's own pseudonym of the person.
    pub pseudonym: Pseudonym,
    /// Sealed by the sender, where the clause lets the recipient know. A number counts once
    /// [`Partner::verify_identity`](crate::Partner::verify_identity) has compared it.
    pub identity: Option<Identity>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("id", &self.id)
            .field("type", &self.header.signal_type)
            .field("fields", &self.fields.keys())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedSubject")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

impl Opened {
    /// The value of a field as text; none for opaque bytes and for a field that did not come.
    pub fn text(&self, path: &str) -> Option<&str> {
        let (_, value) = self
            .fields
            .iter()
            .find(|(found, _)| found.as_str() == path)?;
        std::str::from_utf8(value).ok()
    }

    /// For each person, by ordinal, a mark that is the same where what rectifies this delivery names the
    /// same person, under the same epoch. For the recipient's own administration, which needs no pseudonym
    /// then: whoever has the pseudonym can make the mark, nobody reads the pseudonym from it, and it is
    /// another in each chain of rectifications. Under another epoch nobody has a mark that was seen before.
    pub fn marks(&self) -> Vec<Digest> {
        let people = self.subjects.iter().map(|subject| &subject.pseudonym);
        marks(self.id, self.rectifies.as_ref(), self.route.epoch, people)
    }

    /// What the recipient's tags are made of.
    pub(crate) fn values(&self) -> Result<Vec<SubjectValue>, EntryError> {
        self.subjects.iter().map(OpenedSubject::value).collect()
    }
}

/// The marks of a delivery's people: of the chain that its first delivery began.
pub(crate) fn marks<'p>(
    id: DeliveryId,
    rectifies: Option<&Told>,
    epoch: u16,
    people: impl Iterator<Item = &'p Pseudonym>,
) -> Vec<Digest> {
    let first = rectifies.map_or(id, |of| of.delivery);
    people
        .map(|pseudonym| mark(&first, epoch, pseudonym))
        .collect()
}

/// SHA-256 of the name of the form, the delivery that was first, the epoch in two bytes and the pseudonym.
fn mark(first: &DeliveryId, epoch: u16, pseudonym: &Pseudonym) -> Digest {
    let pseudonym = Zeroizing::new(pseudonym.to_bytes());
    let epoch = epoch.to_be_bytes();
    let parts: [&[u8]; 4] = [MARK, &first.0, &epoch, pseudonym.as_slice()];
    sha256(&Zeroizing::new(parts.concat()))
}

impl OpenedSubject {
    fn value(&self) -> Result<SubjectValue, EntryError> {
        match &self.identity {
            Some(Identity::Number(number)) => crate::signal::number_value(number),
            _ => Ok(SubjectValue::own_pseudonym(&Zeroizing::new(
                self.pseudonym.to_bytes(),
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_types::hex;

    fn pseudonym(text: &str) -> Pseudonym {
        let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        let bytes: Vec<u8> = pairs
            .iter()
            .map(|[a, b]| digit(*a) * 16 + digit(*b))
            .collect();
        Pseudonym::from_bytes(bytes.as_slice().try_into().unwrap()).unwrap()
    }

    /// The bytes are those of the page: computed there by other code, over the generator of RFC 9496.
    #[test]
    fn a_mark_is_of_one_person_in_one_chain_and_one_epoch() {
        let one = pseudonym("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76");
        let other = pseudonym("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919");
        let (first, second) = (DeliveryId([7; 16]), DeliveryId([8; 16]));
        let here = mark(&first, 3, &one);
        assert_eq!(
            hex(&here.0),
            "eec638e0226a07c6e8e71170048c03556452e52a83020461ece8584ca4ea40b5"
        );
        assert_eq!(mark(&first, 3, &one), here);
        for else_where in [
            mark(&first, 3, &other),
            mark(&first, 4, &one),
            mark(&second, 3, &one),
        ] {
            assert_ne!(else_where, here);
        }
    }
}
