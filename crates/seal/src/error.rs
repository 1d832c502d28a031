//! What can be wrong with a seal or a manifest. Must not know values: no message repeats one.

use seinhuis_types::{Coded, ErrorCode, FieldPath};

/// Why something was not sealed, not opened, or not taken as a manifest.
///
/// Paths and labels are names of the catalogue, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are no X-Wing key: 1216 bytes public, 32 private.
    #[error("the bytes are no sealing key")]
    Key,
    /// The suite is not 1.
    #[error("unknown suite `{0}`")]
    Suite(u32),
    /// The sealed record key is not of 1168 bytes.
    #[error("the sealed record key has another length than its suite's")]
    SealedKeyLength,
    /// Sealed for another key, key id, route or header, or altered.
    #[error("the record key does not open")]
    RecordNotOpened,
    /// A path with a `/` that is not `identity/<ordinal>`.
    #[error("`{0}` is no path of a sealed field")]
    Path(FieldPath),
    /// A path was sealed twice under one record key, or stands twice in a record.
    #[error("field `{0}` stands twice")]
    FieldTwice(FieldPath),
    /// Fields are not sorted by path.
    #[error("field `{0}` is not in order")]
    FieldOrder(FieldPath),
    /// The value is longer than 62 bytes, or 510 for an identity.
    #[error("the value of `{0}` is too long")]
    ValueLength(FieldPath),
    /// A sealed field is not of its path's size.
    #[error("sealed field `{0}` has another size than its path's")]
    FieldLength(FieldPath),
    /// Sealed under another key, path or route, or altered.
    #[error("field `{0}` does not open")]
    FieldNotOpened(FieldPath),
    /// The seal is good, the padding is not.
    #[error("field `{0}` is not padded as it should be")]
    FieldPadding(FieldPath),
    /// The text is no label of a leaf.
    #[error("no label of a manifest leaf")]
    Label,
    /// A leaf is missing, stands twice, or is not in its place.
    #[error("leaf `{0}` is missing, doubled or out of place")]
    Order(String),
    /// More than 12 subjects or 32 fields.
    #[error("more leaves of the kind of `{0}` than a manifest has")]
    TooMany(String),
    /// The bytes of a leaf are not of its label's form.
    #[error("leaf `{0}` has another form than its label's")]
    Shape(String),
    /// A leaf that this reader must get in clear was withheld.
    #[error("leaf `{0}` must be in clear")]
    MustBeClear(String),
    /// A leaf that this reader must not get was given in clear.
    #[error("leaf `{0}` must be withheld")]
    MustBeWithheld(String),
    /// There are not as many salts as leaves, or a withheld leaf has one.
    #[error("the salts do not fit the leaves")]
    Salts,
    /// Places of withheld leaves are not ascending or beyond the last leaf.
    #[error("the places of withheld leaves are wrong")]
    Places,
    /// A cryptographic operation that cannot fail on such input did fail.
    #[error("the cryptographic library failed")]
    Engine,
}

impl Coded for SealError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Key => ErrorCode::KeyStatementInvalid,
            Self::Suite(_)
            | Self::SealedKeyLength
            | Self::Path(_)
            | Self::FieldTwice(_)
            | Self::ValueLength(_)
            | Self::FieldLength(_)
            | Self::FieldPadding(_) => ErrorCode::MessageInvalid,
            Self::RecordNotOpened
            | Self::FieldOrder(_)
            | Self::FieldNotOpened(_)
            | Self::Label
            | Self::Order(_)
            | Self::TooMany(_)
            | Self::Shape(_)
            | Self::MustBeClear(_)
            | Self::MustBeWithheld(_)
            | Self::Salts
            | Self::Places => ErrorCode::ManifestInvalid,
            Self::Engine => ErrorCode::Internal,
        }
    }
}
