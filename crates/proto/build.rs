//! Compiles `proto/` with protox, so that no protoc is needed.

use std::path::Path;

const FILES: [&str; 14] = [
    "agreement",
    "audit",
    "break_glass",
    "bundle",
    "common",
    "consent",
    "decision",
    "directory",
    "pseudonym",
    "question",
    "register",
    "report",
    "retention",
    "signal",
];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folder so"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new("../../proto");
    println!("cargo:rerun-if-changed=../../proto");
    let files = FILES.map(|name| format!("seinhuis/v1/{name}.proto"));
    let set = protox::compile(files, [root])?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("descriptors.bin"), prost_encode(&set))?;
    tonic_prost_build::configure().compile_fds(set)?;
    Ok(())
}

fn prost_encode(set: &prost_types::FileDescriptorSet) -> Vec<u8> {
    prost::Message::encode_to_vec(set)
}
