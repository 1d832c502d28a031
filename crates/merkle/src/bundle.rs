//! Entry bundles (C2SP tlog-tiles): u16 big-endian length ‖ entry, up to 256 times. Must not know
//! what an entry means.

use crate::MerkleError;
use seinhuis_types::ParseError;

/// Most entries in one bundle.
pub const BUNDLE_ENTRIES: usize = 256;
/// Longest entry, in bytes: its length is a u16.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The bytes of a bundle of 1 to 256 entries, each of at most 65,535 bytes.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, MerkleError> {
    if entries.is_empty() || entries.len() > BUNDLE_ENTRIES {
        return Err(ParseError::new("bundle", "1 to 256 entries").into());
    }
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len())
            .map_err(|_| ParseError::new("bundle", "entries of at most 65,535 bytes"))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The 1 to 256 entries of a bundle, which must end where its last entry ends.
pub fn decode_bundle(bytes: &[u8]) -> Result<Vec<&[u8]>, MerkleError> {
    Ok(split(bytes)?)
}

pub(crate) fn split(mut rest: &[u8]) -> Result<Vec<&[u8]>, ParseError> {
    let mut entries = Vec::new();
    while !rest.is_empty() {
        if entries.len() == BUNDLE_ENTRIES {
            return Err(ParseError::new("bundle", "1 to 256 entries"));
        }
        let (entry, after) = rest
            .split_first_chunk()
            .and_then(|(length, after)| after.split_at_checked(u16::from_be_bytes(*length).into()))
            .ok_or(ParseError::new(
                "bundle",
                "whole entries, each after its length",
            ))?;
        entries.push(entry);
        rest = after;
    }
    if entries.is_empty() {
        return Err(ParseError::new("bundle", "1 to 256 entries"));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bundle_is_lengths_and_entries() {
        let bytes = encode_bundle(&[&b"ab"[..], b"", b"c"]).unwrap();
        assert_eq!(bytes, b"\0\x02ab\0\0\0\x01c");
        assert_eq!(decode_bundle(&bytes).unwrap(), [&b"ab"[..], b"", b"c"]);
    }

    #[test]
    fn counts_and_lengths_are_bounded() {
        assert!(encode_bundle::<&[u8]>(&[]).is_err());
        assert!(encode_bundle(&[b""; 256]).is_ok());
        assert!(encode_bundle(&[b""; 257]).is_err());
        assert!(encode_bundle(&[vec![0; 65_535]]).is_ok());
        assert!(encode_bundle(&[vec![0; 65_536]]).is_err());
        assert!(decode_bundle(&[]).is_err());
        assert!(decode_bundle(&[0; 512]).is_ok());
        assert!(decode_bundle(&[0; 514]).is_err());
    }

    #[test]
    fn a_bundle_cut_or_lengthened_is_refused() {
        let bytes = encode_bundle(&[&b"abc"[..], b"defg"]).unwrap();
        for end in [1, 2, 3, 4, 6, 7, 10] {
            assert!(decode_bundle(&bytes[..end]).is_err(), "{end}");
        }
        assert!(decode_bundle(&[&bytes[..], &[0]].concat()).is_err());
    }

    proptest! {
        #[test]
        fn bundles_read_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..=256)) {
            let bytes = encode_bundle(&entries).unwrap();
            prop_assert_eq!(decode_bundle(&bytes).unwrap(), entries);
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in prop::collection::vec(0u8..4, 0..64)) {
            if let Ok(entries) = decode_bundle(&bytes) {
                prop_assert_eq!(encode_bundle(&entries).unwrap(), bytes);
            }
        }
    }
}
