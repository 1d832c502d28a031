//! Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, as a signed note. Must not
//! know witnesses.

use crate::text::{decimal, decode_digest, encode};
use crate::verify::check_empty;
use crate::{KeyName, MerkleError, Note, NoteSigner, NoteVerifier, TreeSize};
use seinhuis_types::{Digest, ParseError};

/// What a log says of itself: its name, its size, its root. Extension lines do not exist here:
/// nobody could audit them, and a cosignature need not cover them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    origin: KeyName,
    size: TreeSize,
    root: Digest,
}

impl Checkpoint {
    /// The checkpoint of the log `origin` at `size` leaves. Size 0 takes the empty root.
    pub fn new(origin: KeyName, size: TreeSize, root: Digest) -> Result<Self, MerkleError> {
        check_empty(size, &root)?;
        Ok(Self { origin, size, root })
    }

    /// The name of the log.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The number of leaves.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> &Digest {
        &self.root
    }

    /// The text of the note: three lines, `<origin>`, `<size>`, `<base64 root>`.
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size.get(),
            encode(&self.root.0)
        )
    }

    /// Reads the text of a note: exactly three lines, the size without leading zeros and at most
    /// 2^48, the root of 32 bytes. It proves nothing; see [`Checkpoint::open`].
    pub fn parse_text(text: &str) -> Result<Self, MerkleError> {
        let form = ParseError::new("checkpoint", "exactly three lines: origin, size, root");
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .unwrap_or("")
            .split('\n')
            .take(4)
            .collect();
        let [origin, size, root] = lines.as_slice() else {
            return Err(form.into());
        };
        let size = TreeSize::new(decimal("checkpoint size", size)?)?;
        Self::new(
            KeyName::parse(origin)?,
            size,
            decode_digest("checkpoint root", root)?,
        )
    }

    /// The checkpoint signed by the log's key, whose name must be the origin. Callers sign only what
    /// they have stored, read again and recomputed.
    pub fn sign(&self, log: &NoteSigner) -> Result<Note, MerkleError> {
        self.check_key(log.verifier())?;
        Note::sign(self.to_text(), &[log])
    }

    /// The checkpoint in a note that `log` signed and that speaks of the log of that name. The key
    /// comes from pinned configuration, never from the log.
    pub fn open(note: &Note, log: &NoteVerifier) -> Result<Self, MerkleError> {
        note.verify(&[log])?;
        let checkpoint = Self::parse_text(note.text())?;
        checkpoint.check_key(log)?;
        Ok(checkpoint)
    }

    fn check_key(&self, log: &NoteVerifier) -> Result<(), MerkleError> {
        if *log.name() == self.origin {
            return Ok(());
        }
        let (key, origin) = (log.name().to_string(), self.origin.to_string());
        Err(MerkleError::WrongKey { key, origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EMPTY_ROOT;
    use crate::testing::{name, signer};

    const ORIGIN: &str = "hub.example/log/2026h2";

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint::new(name(ORIGIN), TreeSize::new(size).unwrap(), Digest([7; 32])).unwrap()
    }

    #[test]
    fn a_signed_checkpoint_opens() {
        let key = signer(ORIGIN, 1);
        let note = checkpoint(70_000).sign(&key).unwrap();
        let note = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(
            Checkpoint::open(&note, key.verifier()).unwrap(),
            checkpoint(70_000)
        );
        let other = signer(ORIGIN, 2);
        let refused = Checkpoint::open(&note, other.verifier());
        assert!(matches!(refused, Err(MerkleError::Unsigned)));
    }

    #[test]
    fn only_the_key_of_that_name_speaks_for_a_log() {
        let other = signer("other.example/log", 1);
        assert!(matches!(
            checkpoint(1).sign(&other),
            Err(MerkleError::WrongKey { .. })
        ));
        let note = Note::sign(checkpoint(1).to_text(), &[&other]).unwrap();
        let refused = Checkpoint::open(&note, other.verifier());
        assert!(matches!(refused, Err(MerkleError::WrongKey { .. })));
    }

    #[test]
    fn the_text_has_one_spelling() {
        let root = encode(&[7; 32]);
        let good = format!("{ORIGIN}\n70000\n{root}\n");
        assert_eq!(Checkpoint::parse_text(&good).unwrap(), checkpoint(70_000));
        assert_eq!(checkpoint(70_000).to_text(), good);
        for bad in [
            format!("{ORIGIN}\n070000\n{root}\n"),
            format!("{ORIGIN}\n+70000\n{root}\n"),
            format!("{ORIGIN}\n70_000\n{root}\n"),
            format!("{ORIGIN}\n\n{root}\n"),
            format!("{ORIGIN}\n70000\n{root}"),
            format!("{ORIGIN}\n70000\n{root}\n\n"),
            format!("{ORIGIN}\n70000\n{root}\nextension\n"),
            format!("{ORIGIN}\n70000\n{}\n", encode(&[7; 31])),
            format!("{ORIGIN}\n70000\n{}\n", encode(&[7; 33])),
            format!("{ORIGIN}\n70000\n"),
            format!("\n70000\n{root}\n"),
            format!("a b\n70000\n{root}\n"),
            format!("{ORIGIN}\n70000\r\n{root}\n"),
            String::new(),
        ] {
            assert!(Checkpoint::parse_text(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hostile_sizes_and_false_empty_roots_are_refused() {
        let text = |size: u64, root: &Digest| format!("{ORIGIN}\n{size}\n{}\n", encode(&root.0));
        let read = |size, root| Checkpoint::parse_text(&text(size, root));
        assert!(read(1 << 48, &EMPTY_ROOT).is_ok());
        assert!(matches!(
            read((1 << 48) + 1, &EMPTY_ROOT),
            Err(MerkleError::TooLarge(_))
        ));
        assert!(matches!(
            read(u64::MAX, &EMPTY_ROOT),
            Err(MerkleError::TooLarge(_))
        ));
        assert!(read(0, &EMPTY_ROOT).is_ok());
        assert!(matches!(
            read(0, &Digest([7; 32])),
            Err(MerkleError::NotEmptyRoot)
        ));
    }
}
