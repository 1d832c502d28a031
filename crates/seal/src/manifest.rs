//! The manifest: the leaves of an envelope, the root the sender signs, and what is withheld from
//! whom (docs/formats/manifest.md). Must not know signatures, nor what a leaf says.

mod label;
#[cfg(test)]
mod tests;

pub use label::{CIPHERTEXT_BYTES, Label, key_leaf, read_key_leaf};

use crate::SealError;
use crate::record::SealedRecord;
use rand_core::CryptoRng;
use seinhuis_merkle::root_of;
use seinhuis_types::{Digest, FieldPath};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

/// The salt of a leaf, in bytes. It keeps a hash from telling a leaf with few possible values.
pub const SALT_BYTES: usize = 16;

const SIGNED_DOMAIN: [u8; 21] = *b"seinhuis/v1/manifest\0";

/// The message to sign: `seinhuis/v1/manifest\0` ‖ u32 number of leaves ‖ root. The number is signed
/// because a tree node over two withheld leaves could otherwise be told as one.
pub type SigningMessage = [u8; 57];

/// Who reads a manifest, and so which leaves must be in clear and which must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Gets everything (values are sealed).
    Hub,
    /// Gets `route` and every `ct/n`, and nothing else.
    Pseudonymiser,
    /// Gets all but `source`; fields when they are granted.
    Recipient,
}

impl Reader {
    fn check(self, label: &Label, clear: bool) -> Result<(), SealError> {
        let must = match (self, label) {
            (Self::Recipient, Label::Field(_)) => return Ok(()),
            (Self::Recipient, Label::Source) => false,
            (Self::Hub | Self::Recipient, _) => true,
            (Self::Pseudonymiser, Label::Route | Label::Subject(_)) => true,
            (Self::Pseudonymiser, _) => false,
        };
        match (must, clear) {
            (true, false) => Err(SealError::MustBeClear(label.to_string())),
            (false, true) => Err(SealError::MustBeWithheld(label.to_string())),
            _ => Ok(()),
        }
    }
}

/// A leaf as its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Place in leaf order, from 0.
    pub index: usize,
    /// What the hub says it is; the hash does not prove it.
    pub label: Label,
    /// Its RFC 6962 leaf hash.
    pub hash: Digest,
}

enum Content<'a> {
    Clear {
        salt: [u8; SALT_BYTES],
        bytes: Cow<'a, [u8]>,
    },
    Withheld,
}

struct Leaf<'a> {
    label: Label,
    hash: Digest,
    content: Content<'a>,
}

impl<'a> Leaf<'a> {
    fn clear(
        label: Label,
        salt: [u8; SALT_BYTES],
        bytes: Cow<'a, [u8]>,
    ) -> Result<Self, SealError> {
        label.check_shape(&bytes)?;
        let hash = leaf_hash(&label, &salt, &bytes)?;
        Ok(Self {
            label,
            hash,
            content: Content::Clear { salt, bytes },
        })
    }
}

fn leaf_hash(label: &Label, salt: &[u8; SALT_BYTES], bytes: &[u8]) -> Result<Digest, SealError> {
    let name = label.to_string();
    let shape = |_| SealError::Shape(name.clone());
    let name_len = u8::try_from(name.len()).map_err(shape)?;
    let len = u32::try_from(bytes.len()).map_err(shape)?;
    let data = [
        &[name_len],
        name.as_bytes(),
        salt,
        &len.to_be_bytes(),
        bytes,
    ]
    .concat();
    Ok(seinhuis_merkle::leaf_hash(&data))
}

/// Makes the manifest of an envelope at the sender.
pub struct Builder<'a> {
    leaves: Vec<(Label, Cow<'a, [u8]>)>,
    subjects: u8,
    record: &'a SealedRecord,
}

impl<'a> Builder<'a> {
    /// Starts from the three clear leaves, exactly as they will be sent, and the sealed record.
    pub fn new(
        route: &'a [u8],
        header: &'a [u8],
        source: &'a [u8],
        record: &'a SealedRecord,
    ) -> Self {
        let leaves = vec![
            (Label::Route, route.into()),
            (Label::Header, header.into()),
            (Label::Source, source.into()),
        ];
        Self {
            leaves,
            subjects: 0,
            record,
        }
    }

    /// Adds the next subject: kind byte (1 number, 2 SKN, 3 own pseudonym) and ciphertext.
    #[must_use]
    pub fn subject(mut self, kind: u8, ciphertext: &[u8; CIPHERTEXT_BYTES]) -> Self {
        let bytes = [&[kind], ciphertext.as_slice()].concat();
        self.leaves
            .push((Label::Subject(self.subjects), bytes.into()));
        self.subjects = self.subjects.saturating_add(1);
        self
    }

    /// Draws a salt for each leaf and builds the tree.
    pub fn finish(mut self, rng: &mut impl CryptoRng) -> Result<Manifest<'a>, SealError> {
        let key = key_leaf(self.record.kid(), self.record.sealed_key());
        self.leaves.push((Label::Key, key.into()));
        let fields = self.record.fields();
        self.leaves
            .extend(fields.map(|(path, sealed)| (Label::Field(path.clone()), sealed.into())));
        let mut salts = vec![0; self.leaves.len() * SALT_BYTES];
        rng.fill_bytes(&mut salts);
        Manifest::assemble(Reader::Hub, self.leaves, Vec::new(), &salts)
    }
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.leaves.iter().map(|(label, _)| label))
            .finish()
    }
}

/// Leaves in order, each in clear or withheld, with its hash. Whoever has one knows that labels,
/// order and forms are right; that it is the sender's is shown by the signature over
/// [`Manifest::signing_message`].
pub struct Manifest<'a> {
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Manifest<'a> {
    /// Puts together what `reader` got: `clear` leaves and `withheld` ones, each in leaf order, and
    /// `salts` as they travel: one per leaf with zeros for what is withheld, but for the
    /// pseudonymiser one per clear leaf.
    ///
    /// The labels of withheld leaves are not proven. A recipient must compare
    /// [`Manifest::labels`] with the names in the header.
    pub fn assemble(
        reader: Reader,
        clear: impl IntoIterator<Item = (Label, Cow<'a, [u8]>)>,
        withheld: impl IntoIterator<Item = Withheld>,
        salts: &[u8],
    ) -> Result<Self, SealError> {
        let mut clear: VecDeque<_> = clear.into_iter().collect();
        let mut withheld: VecDeque<_> = withheld.into_iter().collect();
        let (salts, rest) = salts.as_chunks::<SALT_BYTES>();
        if !rest.is_empty() {
            return Err(SealError::Salts);
        }
        let mut salts = salts.iter();
        let mut leaves = Vec::with_capacity(clear.len() + withheld.len());
        while !clear.is_empty() || !withheld.is_empty() {
            let leaf = if withheld
                .front()
                .is_some_and(|next| next.index == leaves.len())
            {
                let Withheld { label, hash, .. } = withheld.pop_front().ok_or(SealError::Places)?;
                // A salt beside the hash would let its reader try values.
                if reader != Reader::Pseudonymiser && salts.next() != Some(&[0; SALT_BYTES]) {
                    return Err(SealError::Salts);
                }
                Leaf {
                    label,
                    hash,
                    content: Content::Withheld,
                }
            } else {
                let (label, bytes) = clear.pop_front().ok_or(SealError::Places)?;
                Leaf::clear(label, *salts.next().ok_or(SealError::Salts)?, bytes)?
            };
            reader.check(&leaf.label, matches!(leaf.content, Content::Clear { .. }))?;
            leaves.push(leaf);
        }
        if salts.next().is_some() {
            return Err(SealError::Salts);
        }
        label::check_order(leaves.iter().map(|leaf| &leaf.label))?;
        Ok(Self { leaves })
    }

    /// The RFC 6962 root over the leaf hashes.
    pub fn root(&self) -> Digest {
        let hashes: Vec<Digest> = self.leaves.iter().map(|leaf| leaf.hash).collect();
        root_of(&hashes)
    }

    /// What the sender signs, with ES256 or ES384.
    pub fn signing_message(&self) -> SigningMessage {
        // At most 69 leaves by the label rules, so the number never saturates.
        let count = u32::try_from(self.leaves.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes();
        let root = self.root();
        let parts = [SIGNED_DOMAIN.as_slice(), &count, &root.0];
        let mut message = [0; 57];
        for (to, from) in message.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        message
    }

    /// 16 bytes per leaf, zeros in the place of what is withheld.
    pub fn salts(&self) -> Vec<u8> {
        self.salt_chunks(true).concat()
    }

    /// 16 bytes per leaf in clear, as a conversion request carries them.
    pub fn clear_salts(&self) -> Vec<u8> {
        self.salt_chunks(false).concat()
    }

    fn salt_chunks(&self, all: bool) -> Vec<[u8; SALT_BYTES]> {
        self.leaves
            .iter()
            .filter_map(|leaf| match leaf.content {
                Content::Clear { salt, .. } => Some(salt),
                Content::Withheld => all.then_some([0; SALT_BYTES]),
            })
            .collect()
    }

    /// The labels, in leaf order.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &Label> {
        self.leaves.iter().map(|leaf| &leaf.label)
    }

    /// The leaves that are withheld, in leaf order.
    pub fn withheld(&self) -> impl Iterator<Item = Withheld> {
        self.leaves
            .iter()
            .enumerate()
            .filter_map(|(index, leaf)| match leaf.content {
                Content::Clear { .. } => None,
                Content::Withheld => Some(Withheld {
                    index,
                    label: leaf.label.clone(),
                    hash: leaf.hash,
                }),
            })
    }

    /// The bytes of a leaf in clear.
    pub fn bytes(&self, label: &Label) -> Option<&[u8]> {
        self.leaves
            .iter()
            .find(|leaf| leaf.label == *label)
            .and_then(|leaf| match &leaf.content {
                Content::Clear { bytes, .. } => Some(bytes.as_ref()),
                Content::Withheld => None,
            })
    }

    /// The hash of a leaf, withheld or not.
    pub fn hash(&self, label: &Label) -> Option<Digest> {
        self.leaves
            .iter()
            .find(|leaf| leaf.label == *label)
            .map(|leaf| leaf.hash)
    }

    /// Puts a leaf's hash in its place; its bytes and salt are gone. Whether there was such a leaf.
    pub fn withhold(&mut self, label: &Label) -> bool {
        let leaf = self.leaves.iter_mut().find(|leaf| leaf.label == *label);
        leaf.is_some_and(|leaf| {
            leaf.content = Content::Withheld;
            true
        })
    }

    /// Withholds all that the pseudonymiser does not get.
    pub fn withhold_for_pseudonymiser(&mut self) {
        for leaf in &mut self.leaves {
            if Reader::Pseudonymiser.check(&leaf.label, true).is_err() {
                leaf.content = Content::Withheld;
            }
        }
    }

    /// Withholds `source` and every field that is not `granted`.
    pub fn withhold_for_recipient(&mut self, granted: impl Fn(&FieldPath) -> bool) {
        for leaf in &mut self.leaves {
            let away = match &leaf.label {
                Label::Field(path) => !granted(path),
                label => Reader::Recipient.check(label, true).is_err(),
            };
            if away {
                leaf.content = Content::Withheld;
            }
        }
    }
}

impl fmt::Debug for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Labels only: the source leaf tells who acted.
        f.debug_list().entries(self.labels()).finish()
    }
}
