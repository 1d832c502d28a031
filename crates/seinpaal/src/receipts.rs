//! Receipts kept: one file an entry, with all that is needed to prove later what happened.
//!
//! Owns: the files `receipts/<index>.json` of the partner's state, and that none is lost to another. They hold the partner's own parts
//! of an entry, so they are their owner's only. Must not know: how a proof is checked.

use crate::exit;
use crate::exit::Failure;
use crate::files;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use seinhuis_client::{LogKeys, VerifiedProof, twice_promised, verify_receipt};
use seinhuis_merkle::leaf_hash;
use seinhuis_proto::v1;
use seinhuis_types::{LeafIndex, hex};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FORMAT: &str = "seinpaal/receipt/v1";

/// The folder of receipts.
#[derive(Debug)]
pub(crate) struct Receipts(PathBuf);

/// A receipt as it was kept; nothing of it is checked yet.
#[derive(Debug)]
pub(crate) struct Kept {
    proof: v1::Proof,
    decision: Vec<u8>,
}

impl Kept {
    /// Reads a receipt file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
        let wrong = |what: &str| Failure::invalid(format!("`{shown}` is no receipt: {what}"));
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| wrong("it is not JSON"))?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(wrong(&format!("its format is not `{FORMAT}`")));
        }
        let part = |key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.and_then(|text| STANDARD.decode(text).ok())
                .ok_or_else(|| wrong(&format!("`{key}` is not base64")))
        };
        let proof = v1::Proof::decode(part("proof")?.as_slice())
            .map_err(|_| wrong("`proof` is not a proof"))?;
        Ok(Self {
            proof,
            decision: part("decision")?,
        })
    }

    /// Checks it under the pinned keys.
    pub(crate) fn verify(self, keys: &LogKeys) -> Result<VerifiedProof, Failure> {
        Ok(verify_receipt(keys, self.proof, &self.decision)?)
    }
}

impl Receipts {
    pub(crate) fn of(state: &Path) -> Self {
        Self(state.join("receipts"))
    }

    /// The file of one entry.
    pub(crate) fn path(&self, index: LeafIndex) -> PathBuf {
        self.0.join(format!("{:015}.json", index.0))
    }

    /// Keeps a proof, with the decision it is over where there is one.
    pub(crate) fn keep(
        &self,
        keys: &LogKeys,
        proof: &VerifiedProof,
        decision: Option<&v1::Decision>,
    ) -> Result<PathBuf, Failure> {
        let own = proof
            .provider()
            .map(|part| part.decision)
            .filter(|bytes| !bytes.is_empty());
        let decision = own
            .or(decision.map(Message::encode_to_vec))
            .unwrap_or_default();
        let path = self.place(keys, proof);
        // What is kept must prove itself without what is only in memory now.
        verify_receipt(keys, proof.message().clone(), &decision).map_err(|incident| {
            Failure::invalid(format!(
                "receipt of entry {} is not kept: {incident}",
                proof.index()
            ))
        })?;
        let document = json!({
            "format": FORMAT,
            "index": proof.index().0,
            "proof": STANDARD.encode(proof.message().encode_to_vec()),
            "decision": STANDARD.encode(decision),
        });
        files::write(&path, format!("{document}\n").as_bytes())?;
        Ok(path)
    }

    /// The file for a proof: that of its index, unless a receipt of another leaf has it. Two promises of
    /// one place are kept both: together they convict the log, and that is told.
    fn place(&self, keys: &LogKeys, proof: &VerifiedProof) -> PathBuf {
        let path = self.path(proof.index());
        if !path.exists() {
            return path;
        }
        let before = Kept::read(&path).and_then(|kept| kept.verify(keys)).ok();
        let leaf = proof.leaf().to_bytes();
        if before
            .as_ref()
            .is_some_and(|before| before.leaf().to_bytes() == leaf)
        {
            return path;
        }
        let state = self.0.parent().unwrap_or(&self.0);
        let crime = before.and_then(|before| twice_promised(keys, state, &before, proof));
        if let Some(caught) = crime {
            exit::tell(&exit::crime(&caught));
        }
        let mark: String = hex(&leaf_hash(&leaf).0).chars().take(16).collect();
        self.0.join(format!("{:015}-{mark}.json", proof.index().0))
    }

    /// Every receipt file, by index.
    pub(crate) fn all(&self) -> Result<Vec<PathBuf>, Failure> {
        let failed = |error| Failure::file(&self.0, &error);
        let folder = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in folder {
            let path = entry.map_err(failed)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_receipt_is_told_by_file_and_part() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.json");
        let told = |text: &str| {
            std::fs::write(&path, text).unwrap();
            match Kept::read(&path).unwrap_err() {
                Failure::Invalid { message, .. } => message,
                other => panic!("{other:?}"),
            }
        };
        assert!(told("x").contains("r.json"));
        assert!(told("{}").contains("format"));
        let half = format!("{{\"format\":\"{FORMAT}\",\"proof\":\"?\",\"decision\":\"\"}}");
        assert!(told(&half).contains("`proof`"));
    }

    #[test]
    fn receipts_come_in_the_order_of_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let receipts = Receipts::of(dir.path());
        assert!(receipts.all().unwrap().is_empty());
        for index in [100, 9, 0] {
            files::write(&receipts.path(LeafIndex(index)), b"").unwrap();
        }
        let all = receipts.all().unwrap();
        assert_eq!(
            all,
            [0, 9, 100].map(|index| receipts.path(LeafIndex(index)))
        );
    }
}
