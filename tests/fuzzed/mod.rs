//! What the fuzz targets do with bytes from anywhere: each boundary's parser, and what must hold of
//! whatever it takes.
//!
//! Owns: the bodies of the targets in `fuzz/`, and the seeds they start from. `tests/it/corpus.rs` does the
//! same with every input kept. Must not know: where bytes come from, or what finds new ones.
//!
//! None may panic, hang or use memory out of proportion; and what is taken must be written again as
//! the same bytes, where a format has one written form.

mod identity;
mod log;
mod messages;
mod sealed;
mod seeds;

pub use seeds::seeds;

/// A fuzz target: its name, and what it does with one input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by the name of its folder under `fuzz/corpus/`.
pub const TARGETS: [Target; 9] = [
    ("note", log::note),
    ("checkpoint", log::checkpoint),
    ("tile_path", log::tile_path),
    ("cursor", messages::cursor),
    ("message", messages::message),
    ("certificate", identity::certificate),
    ("agreement", identity::agreement),
    ("pseudonym", sealed::pseudonym),
    ("record", sealed::record),
];

/// Runs the target called `name` on one input. An unknown name does nothing.
pub fn run(name: &str, bytes: &[u8]) {
    if let Some((_, target)) = TARGETS.iter().find(|(known, _)| *known == name) {
        target(bytes);
    }
}
