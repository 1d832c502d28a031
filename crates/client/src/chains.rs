//! The partner's own count of its entries, for each chain: durable before a number is used.
//!
//! Owns: the file `chain` in the state folder (docs/formats/chain.md). It holds names of chains, numbers
//! and nonces, and nothing that tells a person. Must not know: whose chains they are, what is sent.
//!
//! A number that was taken and never sent is told as open by the links that follow it, so a process
//! may be killed at any moment: it can lose a number, and never use one twice.

use crate::ClientError;
use crate::proof::sha256;
use rand_core::CryptoRng;
use seinhuis_domain::entry::{Holder, Open, Standing};
use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

const FILE: &str = "chain";
const LOCK: &str = "chain.lock";
const HEAD: &[u8; 16] = b"seinhuis/chain/1";
/// Head and holder.
const BEGIN: u64 = 32;
/// Kind, number, name, nonce, open numbers, open in a row, three zeros, check.
const RECORD: usize = 1 + 4 + 16 + 16 + 4 + 4 + 3 + 8;
const CHECKED: usize = RECORD - 8;
/// A number was taken; the record says how its chain stands now.
const TAKEN: u8 = 1;
/// There is a proof of the slip with this nonce; of one that no chain waits for, it says nothing.
const PROVEN: u8 = 2;
/// An older number of a chain that is still open; only after the file was written anew.
const OPEN: u8 = 3;
/// Records beyond four a chain, and two for each that still matters, before the file is written anew.
const SLACK: usize = 4_096;

type Name = [u8; 16];
type SlipNonce = [u8; 16];

/// How far every chain of one holder has come.
#[derive(Debug, Clone)]
pub struct ChainCounts {
    /// Who counted.
    pub holder: Holder,
    standing: HashMap<Name, Standing>,
    waiting: HashMap<SlipNonce, Vec<(Name, u32)>>,
    records: usize,
    /// Up to how many records there is no need to look again what still matters.
    enough: usize,
}

impl ChainCounts {
    /// Reads the file in a system's state folder, or a copy of it; none when it never counted.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], naming the file.
    pub fn load(folder: &Path) -> Result<Option<Self>, ClientError> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes).map(Some).ok_or_else(|| damaged(&path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    /// Where a chain stands; at nothing when it has no number yet.
    pub fn standing(&self, name: &Name) -> Standing {
        self.standing.get(name).copied().unwrap_or_default()
    }

    fn empty(holder: Holder) -> Self {
        Self {
            holder,
            standing: HashMap::new(),
            waiting: HashMap::new(),
            records: 0,
            enough: 0,
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(HEAD)?;
        let (holder, records) = rest.split_first_chunk::<16>()?;
        let mut counts = Self::empty(Holder(*holder));
        counts.add(records)?;
        Some(counts)
    }

    /// Takes up records; the bytes of those that are whole. A torn end is left: what it was to record
    /// was never sent. Nothing when a record is damaged and not the last thing written.
    fn add(&mut self, bytes: &[u8]) -> Option<u64> {
        let (records, _torn) = bytes.as_chunks::<RECORD>();
        let whole = records.iter().take_while(|record| is_whole(record)).count();
        let rest = records.get(whole..).unwrap_or_default();
        if rest.iter().any(is_whole) {
            return None;
        }
        for record in records.iter().take(whole) {
            self.apply(record)?;
        }
        u64::try_from(whole.checked_mul(RECORD)?).ok()
    }

    fn apply(&mut self, record: &[u8; RECORD]) -> Option<()> {
        let (kind, rest) = record.split_first()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<16>()?;
        let (nonce, rest) = rest.split_first_chunk::<16>()?;
        let (open, rest) = rest.split_first_chunk::<4>()?;
        let (run, _) = rest.split_first_chunk::<4>()?;
        let number = u32::from_be_bytes(*number);
        let (bits, run) = (u32::from_be_bytes(*open), u32::from_be_bytes(*run));
        self.records = self.records.saturating_add(1);
        match *kind {
            TAKEN => {
                // Records of before there were rows have none: the bits tell what they told.
                let open = match run {
                    0 => Open::of_bits(bits),
                    _ => Open::of_parts(bits, run)?,
                };
                let standing = Standing {
                    number,
                    open,
                    nonce: *nonce,
                };
                self.standing.insert(*name, standing);
                if open.run() > 0 {
                    self.waiting
                        .entry(*nonce)
                        .or_default()
                        .push((*name, number));
                }
            }
            OPEN => self
                .waiting
                .entry(*nonce)
                .or_default()
                .push((*name, number)),
            PROVEN => {
                for (name, number) in self.waiting.remove(nonce).unwrap_or_default() {
                    if let Some(standing) = self.standing.get_mut(&name) {
                        let back = standing.number.saturating_sub(number);
                        standing.open = standing.open.proven(back);
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether most of the records say nothing any more.
    fn is_long(&mut self) -> bool {
        let few = self.standing.len().saturating_mul(4).saturating_add(SLACK);
        if self.records <= few.max(self.enough) {
            return false;
        }
        let alive = self.records().len() / RECORD;
        self.enough = self.records.saturating_add(SLACK);
        self.records > alive.saturating_mul(2).saturating_add(SLACK)
    }

    /// Everything that still matters, as records.
    fn records(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, standing) in &self.standing {
            out.extend(record(TAKEN, name, *standing));
        }
        for (nonce, places) in &self.waiting {
            for (name, number) in places {
                let last = self.standing(name);
                // The last number of a chain is told by its standing, and what no link would call open
                // need not be waited for.
                if last.number != *number && last.open_at(*number) == Some(true) {
                    let open = Standing {
                        number: *number,
                        open: Open::NONE,
                        nonce: *nonce,
                    };
                    out.extend(record(OPEN, name, open));
                }
            }
        }
        out
    }
}

fn record(kind: u8, name: &Name, standing: Standing) -> [u8; RECORD] {
    let fields: [&[u8]; 6] = [
        &[kind],
        &standing.number.to_be_bytes(),
        name,
        &standing.nonce,
        &standing.open.bits().to_be_bytes(),
        &standing.open.run().to_be_bytes(),
    ];
    let mut out = [0; RECORD];
    for (to, from) in out.iter_mut().zip(fields.into_iter().flatten()) {
        *to = *from;
    }
    let check = sha256(out.get(..CHECKED).unwrap_or_default());
    for (to, from) in out.iter_mut().skip(CHECKED).zip(check.0) {
        *to = from;
    }
    out
}

/// A record of kind [`PROVEN`].
fn mark(nonce: SlipNonce) -> [u8; RECORD] {
    let standing = Standing {
        nonce,
        ..Standing::default()
    };
    record(PROVEN, &[0; 16], standing)
}

/// What a file that is written whole begins with after its head: a nonce of no slip. Whoever read one
/// file knows another by it, also one of the same length at the same place on the disk.
fn generation(rng: &mut impl CryptoRng) -> [u8; RECORD] {
    mark(Holder::random(rng).0)
}

fn is_whole(record: &[u8; RECORD]) -> bool {
    record
        .split_at_checked(CHECKED)
        .is_some_and(|(said, check)| sha256(said).0.starts_with(check))
}

fn damaged(path: &Path) -> ClientError {
    ClientError::Invalid(format!(
        "`{}` is damaged: put back a copy only if nothing was sent since; else move it away, and \
         this system counts anew under a new name, which reports will show",
        path.display()
    ))
}

fn failed(path: &Path, error: &std::io::Error) -> ClientError {
    ClientError::Invalid(format!("cannot use `{}`: {error}", path.display()))
}

/// The counts of this system, on disk and in memory. Processes that share a state folder share them.
#[derive(Debug)]
pub(crate) struct Chains {
    folder: PathBuf,
    known: Mutex<Option<Known>>,
}

/// What was read of the file, and how far.
#[derive(Debug)]
struct Known {
    file: (u64, u64),
    /// Its first record; the number of an inode comes back after a file was replaced twice.
    first: Vec<u8>,
    length: u64,
    counts: ChainCounts,
}

/// The file, locked against every other process.
struct Locked {
    file: File,
    path: PathBuf,
    _lock: File,
}

impl Chains {
    pub(crate) fn of(state: &Path) -> Self {
        Self {
            folder: state.to_owned(),
            known: Mutex::new(None),
        }
    }

    /// Takes the next number of each chain for one slip, which `make` makes from who counts and where
    /// each chain stood. Durable when this returns; nothing may be sent before. For a slip about nobody
    /// there is as much to write, so that its time tells nothing either.
    pub(crate) fn take<T>(
        &self,
        names: &[Name],
        rng: &mut impl CryptoRng,
        make: impl FnOnce(Holder, &[Standing]) -> Result<(SlipNonce, T), ClientError>,
    ) -> Result<T, ClientError> {
        let (mut known, mut locked) = self.locked(rng)?;
        let known = locked.read(&mut known, rng)?;
        let before: Vec<Standing> = names
            .iter()
            .map(|name| known.counts.standing(name))
            .collect();
        if before.iter().any(|standing| standing.number == u32::MAX) {
            return Err(ClientError::Invalid(
                "a chain has no numbers left; make a tag key of a new epoch".to_owned(),
            ));
        }
        let (nonce, made) = make(known.counts.holder, &before)?;
        let mut bytes = Vec::with_capacity(names.len().max(1).saturating_mul(RECORD));
        if names.is_empty() {
            bytes.extend(mark(nonce));
        }
        for (name, before) in names.iter().zip(before) {
            let now = Standing {
                number: before.number.saturating_add(1),
                open: before.open.taken(),
                nonce,
            };
            bytes.extend(record(TAKEN, name, now));
        }
        locked.append(known, &bytes)?;
        locked
            .file
            .sync_data()
            .map_err(|error| failed(&locked.path, &error))?;
        Ok(made)
    }

    /// There is a proof of the slip with this nonce: later links say so. Not synced: a loss makes a
    /// number look open that is not, and hides no gap that a receipt would not show.
    pub(crate) fn proven(&self, nonce: &[u8], rng: &mut impl CryptoRng) -> Result<(), ClientError> {
        let Ok(nonce) = SlipNonce::try_from(nonce) else {
            return Ok(());
        };
        let (mut known, mut locked) = self.locked(rng)?;
        let known = locked.read(&mut known, rng)?;
        if !known.counts.waiting.contains_key(&nonce) {
            return Ok(());
        }
        locked.append(known, &mark(nonce))
    }

    fn locked(
        &self,
        rng: &mut impl CryptoRng,
    ) -> Result<(MutexGuard<'_, Option<Known>>, Locked), ClientError> {
        // What is known is read again from the file whenever it does not fit.
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.folder.join(FILE);
        let locked = Locked::open(&self.folder, rng).map_err(|error| failed(&path, &error))?;
        Ok((known, locked))
    }
}

impl Locked {
    fn open(folder: &Path, rng: &mut impl CryptoRng) -> std::io::Result<Self> {
        let mut own = DirBuilder::new();
        own.recursive(true).mode(0o700).create(folder)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600);
        let mut lock = options.clone();
        let lock = lock.create(true).truncate(false).open(folder.join(LOCK))?;
        lock.lock()?;
        let path = folder.join(FILE);
        let file = match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let holder = Holder::random(rng);
                let begin = [HEAD.as_slice(), &holder.0, &generation(rng)].concat();
                replace(folder, &begin)?;
                options.open(&path)?
            }
            file => file?,
        };
        Ok(Self {
            file,
            path,
            _lock: lock,
        })
    }

    /// What the file says, as far as it was not read before; without a torn end.
    fn read<'k>(
        &mut self,
        known: &'k mut Option<Known>,
        rng: &mut impl CryptoRng,
    ) -> Result<&'k mut Known, ClientError> {
        let io = |error: std::io::Error| failed(&self.path, &error);
        let facts = self.file.metadata().map_err(io)?;
        let file = (facts.dev(), facts.ino());
        let mut begin = [0; 32];
        self.file.read_exact(&mut begin).map_err(io)?;
        let counts = ChainCounts::parse(&begin).ok_or_else(|| damaged(&self.path))?;
        let first = first_record(&self.file).map_err(io)?;
        // Whoever put another file in its place gets what that file says.
        let fits = |known: &Known| {
            let same = known.file == file && known.counts.holder == counts.holder;
            let same = same && known.first == first;
            same && known.length <= facts.len()
        };
        let from = known.take().filter(fits).unwrap_or(Known {
            file,
            first: first.clone(),
            length: BEGIN,
            counts: counts.clone(),
        });
        let now = known.insert(from);
        let mut rest = Vec::new();
        self.file.seek(SeekFrom::Start(now.length)).map_err(io)?;
        self.file.read_to_end(&mut rest).map_err(io)?;
        let whole = now.counts.add(&rest).ok_or_else(|| damaged(&self.path))?;
        now.length = now.length.saturating_add(whole);
        if now.length < facts.len() {
            self.file.set_len(now.length).map_err(io)?;
        }
        if now.counts.is_long() {
            self.write_anew(now, rng)
                .map_err(|error| failed(&self.path, &error))?;
        }
        Ok(now)
    }

    fn write_anew(&mut self, known: &mut Known, rng: &mut impl CryptoRng) -> std::io::Result<()> {
        let first = generation(rng);
        let records = [first.as_slice(), &known.counts.records()].concat();
        let whole = [HEAD.as_slice(), &known.counts.holder.0, &records].concat();
        let folder = self.path.parent().unwrap_or(Path::new("."));
        replace(folder, &whole)?;
        self.file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        let facts = self.file.metadata()?;
        known.file = (facts.dev(), facts.ino());
        known.first = first.to_vec();
        known.length = BEGIN;
        known.counts = ChainCounts::empty(known.counts.holder);
        let whole = known.counts.add(&records);
        known.length = known.length.saturating_add(whole.unwrap_or_default());
        Ok(())
    }

    fn append(&mut self, known: &mut Known, bytes: &[u8]) -> Result<(), ClientError> {
        let io = |error: std::io::Error| failed(&self.path, &error);
        self.file.seek(SeekFrom::Start(known.length)).map_err(io)?;
        self.file.write_all(bytes).map_err(io)?;
        let whole = known.counts.add(bytes).unwrap_or_default();
        known.length = known.length.saturating_add(whole);
        Ok(())
    }
}

/// The first record, or as much of it as there is.
fn first_record(mut file: &File) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(BEGIN))?;
    let mut first = Vec::with_capacity(RECORD);
    let most = u64::try_from(RECORD).unwrap_or_default();
    file.take(most).read_to_end(&mut first)?;
    Ok(first)
}

/// Writes the file whole, durably, in the place of what was there.
fn replace(folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = folder.join("chain.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(FILE))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
