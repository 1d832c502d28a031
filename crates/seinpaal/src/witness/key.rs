//! `witness keygen`, and the file it makes: one line of name and 64 hex digits, mode 0600.

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use crate::signal_file::bytes;
use clap::Args;
use rand::Rng;
use seinhuis_identity::secret_file;
use seinhuis_merkle::{Cosigner, KeyName};
use seinhuis_types::hex;
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// The witness's name, such as `witness.police.example/w1`.
    #[arg(long, value_name = "NAME")]
    name: KeyName,
    /// The file to make; one that exists is left as it is.
    file: PathBuf,
}

pub(super) fn generate(args: &Keygen, setup: &Setup) -> Result<(), Failure> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(seed.as_mut());
    let cosigner = Cosigner::from_seed(args.name.clone(), &seed)
        .map_err(|error| Failure::invalid(error.to_string()))?;
    let digits = Zeroizing::new(hex(seed.as_ref()));
    let text = Zeroizing::new(format!("{} {}\n", args.name, *digits));
    secret_file::write_new(&args.file, text.as_bytes())
        .map_err(|error| Failure::invalid(error.to_string()))?;
    let vkey = cosigner.verifier().to_string();
    let document = json!({ "vkey": vkey, "file": args.file.display().to_string() });
    setup.out.show(&document, || {
        out::facts(&[
            ("vkey", vkey.clone()),
            ("file", args.file.display().to_string()),
        ])
    })
}

/// Reads the key; nobody but its owner may be able to.
pub(super) fn load(path: &Path) -> Result<Cosigner, Failure> {
    let text = secret_file::read(path).map_err(|error| Failure::invalid(error.to_string()))?;
    let form = || {
        Failure::mended(
            format!("`{}` is not a witness's key", path.display()),
            "make one with `seinpaal witness keygen`",
        )
    };
    let line = str::from_utf8(&text).map_err(|_| form())?;
    let (name, digits) = line
        .strip_suffix('\n')
        .and_then(|line| line.split_once(' '))
        .ok_or_else(form)?;
    let seed = Zeroizing::new(bytes::<32>(digits).ok_or_else(form)?);
    let name = KeyName::parse(name).map_err(|_| form())?;
    Cosigner::from_seed(name, &seed).map_err(|_| form())
}
