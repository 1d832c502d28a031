//! The operator's own keys: made once, read at start, 0600 and outside the data folder.
//!
//! Owns: names and forms of the key files (docs/operations/keys.md). Must not know: how keys are
//! used.

use crate::exit::{Exit, Failure};
use crate::wrapping;
use rand_core::Rng;
use seinhuis_hub::{Cursors, WrappingKeys};
use seinhuis_identity::secret_file;
use seinhuis_merkle::{KeyName, NoteSigner, Receipt};
use seinhuis_pseudonym::{Transcryptor, TranscryptorSecrets};
use seinhuis_testkit::random;
use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use zeroize::Zeroizing;

const LOG: &str = "log.key";
const RECEIPT: &str = "receipt.key";
const CURSOR: &str = "cursor.key";
const TRANSCRYPTOR: &str = "transcryptor.key";

/// The hub's keys.
pub(crate) struct HubKeys {
    pub(crate) origin: KeyName,
    pub(crate) log: NoteSigner,
    pub(crate) receipt: NoteSigner,
    pub(crate) wrapping: WrappingKeys,
    pub(crate) cursors: Cursors,
    pub(crate) transcryptor: Transcryptor,
}

/// Makes the hub's keys and tells what partners pin.
#[expect(
    clippy::print_stdout,
    reason = "the operator hands these lines to partners"
)]
pub(crate) fn make_hub(folder: &Path, origin: &str) -> Result<(), Failure> {
    let name = origin_name(origin)?;
    fresh(folder)?;
    for file in [LOG, RECEIPT, CURSOR] {
        write(folder, file, hex_line(&secret()).as_bytes())?;
    }
    wrapping::make(folder, 1)?;
    make_transcryptor(folder)?;
    let (log, receipt) = note_keys(folder, &name)?;
    println!("log vkey:     {}", log.verifier());
    println!("receipt vkey: {}", receipt.verifier());
    Ok(())
}

/// Makes the pseudonymiser's keys.
pub(crate) fn make_pseudonymiser(folder: &Path) -> Result<(), Failure> {
    fresh(folder)?;
    make_transcryptor(folder)
}

/// Reads the hub's keys.
pub(crate) fn hub(folder: &Path, origin: &str) -> Result<HubKeys, Failure> {
    let origin = origin_name(origin)?;
    let (log, receipt) = note_keys(folder, &origin)?;
    Ok(HubKeys {
        log,
        receipt,
        wrapping: wrapping::read(folder)?,
        cursors: Cursors::new(&*key(folder, CURSOR)?),
        transcryptor: transcryptor(folder)?,
        origin,
    })
}

/// Reads a transcryptor's secrets.
pub(crate) fn transcryptor(folder: &Path) -> Result<Transcryptor, Failure> {
    let bytes = read(folder, TRANSCRYPTOR)?;
    let secrets = TranscryptorSecrets::from_bytes(&bytes)
        .map_err(|e| Failure::config(format!("{}: {e}", folder.join(TRANSCRYPTOR).display())))?;
    Ok(Transcryptor::new(secrets))
}

fn note_keys(folder: &Path, origin: &KeyName) -> Result<(NoteSigner, NoteSigner), Failure> {
    let bad = |e| Failure::config(format!("log keys: {e}"));
    let log = NoteSigner::from_seed(origin.clone(), &*key(folder, LOG)?).map_err(bad)?;
    let name = Receipt::key_name(origin).map_err(bad)?;
    let receipt = NoteSigner::from_seed(name, &*key(folder, RECEIPT)?).map_err(bad)?;
    Ok((log, receipt))
}

pub(crate) fn key(folder: &Path, file: &str) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let bytes = read(folder, file)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    unhex(text.trim()).ok_or_else(|| {
        Failure::config(format!(
            "{}: 64 hex digits are expected",
            folder.join(file).display()
        ))
    })
}

/// Writes a fresh secret of 32 bytes.
pub(crate) fn write_secret(folder: &Path, file: &str) -> Result<(), Failure> {
    write(folder, file, hex_line(&secret()).as_bytes())
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut out = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

fn origin_name(origin: &str) -> Result<KeyName, Failure> {
    KeyName::parse(origin).map_err(|e| {
        Failure::config(format!(
            "log origin `{origin}`: {e}; for example seinhuis.example/log/2026h2"
        ))
    })
}

fn secret() -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    random::os().fill_bytes(out.as_mut());
    out
}

fn hex_line(secret: &[u8; 32]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(65));
    for byte in secret {
        let _ = write!(out, "{byte:02x}");
    }
    out.push('\n');
    out
}

fn make_transcryptor(folder: &Path) -> Result<(), Failure> {
    let secrets = TranscryptorSecrets::generate(&mut random::os()).map_err(Failure::config)?;
    write(folder, TRANSCRYPTOR, &secrets.to_bytes())
}

fn fresh(folder: &Path) -> Result<(), Failure> {
    let unused = std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_none());
    if folder.exists() && !unused {
        return Err(Failure::config(format!(
            "{} is not an empty folder; keys are never overwritten, name another",
            folder.display()
        )));
    }
    // Others of the machine have no business in it.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|e| Failure::new(Exit::Unavailable, format!("{}: {e}", folder.display())))
}

fn read(folder: &Path, file: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    secret_file::read(&folder.join(file)).map_err(Failure::config)
}

fn write(folder: &Path, file: &str, bytes: &[u8]) -> Result<(), Failure> {
    secret_file::write_new(&folder.join(file), bytes).map_err(Failure::config)
}
