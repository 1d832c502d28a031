//! Whether a checkpoint may be cosigned, by what was cosigned before. Must not know: HTTP, files,
//! clocks.

use seinhuis_merkle::{
    AddCheckpoint, Checkpoint, EMPTY_ROOT, MerkleError, NoteVerifier, TreeSize, verify_consistency,
};

/// Why a checkpoint is not cosigned.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The request breaks a rule of form.
    Malformed(MerkleError),
    /// Nobody asked this witness to follow that log.
    UnknownLog,
    /// The log's key did not sign it.
    NotSigned(MerkleError),
    /// The proof begins above the checkpoint it leads to.
    OldAboveSize,
    /// The proof begins elsewhere than where this witness is.
    Moved(TreeSize),
    /// The log shows another tree at a size that was cosigned.
    Fork(TreeSize),
    /// It is not proven to extend what was cosigned.
    NotProven(MerkleError),
    /// The state can no longer be relied on.
    Storage,
}

/// The log a request speaks of, by its place in `logs`.
pub(super) fn log_of(request: &AddCheckpoint, logs: &[NoteVerifier]) -> Result<usize, Refusal> {
    let origin = request.checkpoint().text().split('\n').next();
    logs.iter()
        .position(|log| Some(log.name().as_str()) == origin)
        .ok_or(Refusal::UnknownLog)
}

/// The checkpoint to be cosigned, if `log` signed it and it extends `last`.
pub(super) fn judge(
    request: &AddCheckpoint,
    log: &NoteVerifier,
    last: Option<&Checkpoint>,
) -> Result<Checkpoint, Refusal> {
    let checkpoint = Checkpoint::open(request.checkpoint(), log).map_err(|error| match error {
        MerkleError::Unsigned | MerkleError::BadSignature(_) => Refusal::NotSigned(error),
        MerkleError::NotEmptyRoot => Refusal::NotProven(error),
        _ => Refusal::Malformed(error),
    })?;
    if request.old() > checkpoint.size() {
        return Err(Refusal::OldAboveSize);
    }
    let (size, root) = last.map_or((TreeSize::EMPTY, EMPTY_ROOT), |last| {
        (last.size(), *last.root())
    });
    if request.old() != size {
        return Err(Refusal::Moved(size));
    }
    verify_consistency(
        size,
        &root,
        checkpoint.size(),
        checkpoint.root(),
        request.proof(),
    )
    .map_err(|error| match error {
        MerkleError::Fork(_) => Refusal::Fork(size),
        _ => Refusal::NotProven(error),
    })?;
    Ok(checkpoint)
}
