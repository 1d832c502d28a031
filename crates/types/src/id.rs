//! Identifiers: hashes, positions, random ids.

use crate::ParseError;
use std::fmt;

/// Lower-case hexadecimal of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            let _ = write!(out, "{b:02x}");
            out
        })
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Takes exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ParseError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| ParseError::new("digest", "32 bytes"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// The hash of an agreement's content: `$1$1$` and 86 characters base64url (unpadded) of the
/// SHA3-512 of its RFC 8785 form. The prefix names the hash profile (FSC Core, content hash).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgreementHash(Box<str>);

impl AgreementHash {
    /// Reads the textual form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let ok = text.strip_prefix("$1$1$").is_some_and(|rest| {
            rest.len() == 86
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
        if ok {
            Ok(Self(text.into()))
        } else {
            Err(ParseError::new(
                "agreement hash",
                "`$1$1$` and 86 characters of base64url",
            ))
        }
    }

    /// The textual form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgreementHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AgreementHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// Takes exactly 16 bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, ParseError> {
                bytes.try_into().map(Self).map_err(|_| ParseError::new($what, "16 bytes"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }
    };
}

random_id!(
    /// A signal, chosen at random by the source's SDK; unique per source and shown to nobody else.
    SignalId, "signal id"
);
random_id!(
    /// A hold on a controller's own parts, chosen at random by the hub.
    HoldId, "hold id"
);
random_id!(
    /// A registration of consent at the hub, drawn at random by its registrant's SDK: for one envelope,
    /// so that two with the same consent have nothing in common.
    ConsentHandle, "consent handle"
);
random_id!(
    /// One delivery of one signal to one desk; the only handle a recipient gets.
    DeliveryId, "delivery id"
);

impl ConsentHandle {
    /// Reads 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`ParseError`] when they are not.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let rule = || ParseError::new("consent handle", "32 lower-case hex digits");
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
        let digits = digits.ok_or_else(rule)?;
        let (pairs, []) = digits.as_chunks::<2>() else {
            return Err(rule());
        };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
        Self::from_slice(&bytes).map_err(|_| rule())
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u64);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

counter!(
    /// The index of an entry in the audit log, from 0, without gaps.
    LeafIndex
);
counter!(
    /// A place in one desk's stream, from 1; given when a delivery becomes releasable.
    Position
);
counter!(
    /// The revision of a stored row; 0 means the row is absent.
    Revision
);
