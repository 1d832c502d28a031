//! Whose word makes a checkpoint good (C2SP tlog-policy): logs, witnesses, groups of these, and the
//! quorum. Must not know the network: addresses are carried, not called.

use crate::text::decimal;
use crate::{Checkpoint, CosignatureVerifier, MerkleError, Note, NoteVerifier};
use seinhuis_types::ParseError;
use std::collections::{BTreeMap, BTreeSet};

/// Longest policy, in bytes.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;
/// Most logs, most witnesses, most groups.
const MOST: usize = 64;
const NONE: &str = "none";

/// A policy: a checkpoint is good if one of these logs signed it and the quorum cosigned it.
#[derive(Clone, Debug)]
pub struct Policy {
    logs: Vec<(NoteVerifier, Option<String>)>,
    witnesses: Vec<PolicyWitness>,
    /// A group comes after all its members.
    groups: Vec<Group>,
    quorum: Option<String>,
}

/// A witness of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWitness {
    /// Its name, within this policy only.
    pub name: String,
    /// Its key.
    pub key: CosignatureVerifier,
    /// Where it is asked for a cosignature: the prefix before `/add-checkpoint`.
    pub url: Option<String>,
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    need: usize,
    members: Vec<String>,
}

impl Policy {
    /// Reads a policy, strictly: every name is defined before it is used and once, is a member of at
    /// most one group, no key occurs twice, and there is exactly one quorum line.
    pub fn parse(text: &str) -> Result<Self, MerkleError> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(malformed("at most 64 KiB"));
        }
        let control = |c: char| c.is_ascii_control() && c != '\t' && c != '\n';
        if text.contains(control) {
            return Err(malformed("no control characters but tab and newline"));
        }
        if !text.ends_with('\n') {
            return Err(malformed("a newline after the last line"));
        }
        let mut reading = Reading::default();
        for line in text.split('\n') {
            let items: Vec<&str> = line
                .split([' ', '\t'])
                .filter(|item| !item.is_empty())
                .collect();
            if items.first().is_some_and(|item| !item.starts_with('#')) {
                reading.line(&items)?;
            }
        }
        reading.finish()
    }

    /// The logs, with where they are read if the policy says so.
    pub fn logs(&self) -> impl Iterator<Item = (&NoteVerifier, Option<&str>)> {
        self.logs.iter().map(|(key, url)| (key, url.as_deref()))
    }

    /// The witnesses, in the order in which they stand.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// Whether a checkpoint needs any cosignature: false for a quorum of `none`.
    pub fn has_quorum(&self) -> bool {
        self.quorum.is_some()
    }

    /// The checkpoint in this note, if one of the logs signed it for its own name and the witnesses
    /// that cosigned it make the quorum.
    ///
    /// Too few: [`MerkleError::NoQuorum`]. A signature or cosignature of a known key that does not
    /// verify rejects the note, whatever else is under it.
    pub fn check(&self, note: &Note) -> Result<Checkpoint, MerkleError> {
        let keys: Vec<&NoteVerifier> = self.logs.iter().map(|(key, _)| key).collect();
        let signed = note.verify(&keys)?;
        let origin = note.text().split('\n').next().unwrap_or_default();
        let log = signed
            .into_iter()
            .find(|key| key.name().as_str() == origin)
            .ok_or(MerkleError::Unsigned)?;
        let checkpoint = Checkpoint::open(note, log)?;
        if !self.met(&self.cosigned(note)?) {
            let quorum = self.quorum.as_deref().unwrap_or(NONE);
            return Err(MerkleError::NoQuorum(quorum.to_owned()));
        }
        Ok(checkpoint)
    }

    /// The names of the witnesses whose cosignatures are under this note.
    pub fn cosigned(&self, note: &Note) -> Result<BTreeSet<&str>, MerkleError> {
        let mut found = BTreeSet::new();
        for witness in &self.witnesses {
            match witness.key.verify(note) {
                Ok(_) => {
                    found.insert(witness.name.as_str());
                }
                Err(MerkleError::Unsigned) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Whether witnesses of these names make the quorum.
    pub fn met(&self, cosigned: &BTreeSet<&str>) -> bool {
        let Some(quorum) = self.quorum.as_deref() else {
            return true;
        };
        let mut there: BTreeSet<&str> = self
            .witnesses
            .iter()
            .map(|witness| witness.name.as_str())
            .filter(|name| cosigned.contains(name))
            .collect();
        for group in &self.groups {
            let have = group
                .members
                .iter()
                .filter(|member| there.contains(member.as_str()))
                .count();
            if have >= group.need {
                there.insert(&group.name);
            }
        }
        there.contains(quorum)
    }
}

/// A policy of which some lines were read.
#[derive(Default)]
struct Reading {
    logs: Vec<(NoteVerifier, Option<String>)>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    /// Every name, and whether a group has it.
    names: BTreeMap<String, bool>,
    log_keys: BTreeSet<[u8; 32]>,
    witness_keys: BTreeSet<[u8; 32]>,
    quorum: Option<Option<String>>,
}

impl Reading {
    fn line(&mut self, items: &[&str]) -> Result<(), MerkleError> {
        match items {
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, need, members @ ..] => self.group(name, need, members),
            ["quorum", name] => self.quorum(name),
            _ => Err(malformed("lines of `log`, `witness`, `group` or `quorum`")),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), MerkleError> {
        let key = NoteVerifier::parse(key)?;
        if !self.log_keys.insert(*key.public_key()) {
            return Err(malformed("each log key once"));
        }
        self.logs.push((key, url.map(str::to_owned)));
        few(&self.logs)
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), MerkleError> {
        let key = CosignatureVerifier::parse(key)?;
        if !self.witness_keys.insert(*key.public_key()) {
            return Err(malformed("each witness key once"));
        }
        self.define(name)?;
        self.witnesses.push(PolicyWitness {
            name: name.to_owned(),
            key,
            url: url.map(str::to_owned),
        });
        few(&self.witnesses)
    }

    fn group(&mut self, name: &str, need: &str, members: &[&str]) -> Result<(), MerkleError> {
        let count = members.len();
        let need = match need {
            "any" => 1,
            "all" => count,
            number => usize::try_from(decimal("policy threshold", number)?).unwrap_or(usize::MAX),
        };
        if need < 1 || need > count {
            return Err(malformed("a threshold of 1 to the number of members"));
        }
        for member in members {
            let taken = self
                .names
                .get_mut(*member)
                .ok_or_else(|| malformed("names defined on an earlier line"))?;
            if std::mem::replace(taken, true) {
                return Err(malformed("each name in at most one group"));
            }
        }
        self.define(name)?;
        self.groups.push(Group {
            name: name.to_owned(),
            need,
            members: members.iter().map(|&member| member.to_owned()).collect(),
        });
        few(&self.groups)
    }

    fn quorum(&mut self, name: &str) -> Result<(), MerkleError> {
        if self.quorum.is_some() {
            return Err(malformed("one quorum line"));
        }
        if name != NONE && !self.names.contains_key(name) {
            return Err(malformed("names defined on an earlier line"));
        }
        self.quorum = Some((name != NONE).then(|| name.to_owned()));
        Ok(())
    }

    fn define(&mut self, name: &str) -> Result<(), MerkleError> {
        if name == NONE || self.names.insert(name.to_owned(), false).is_some() {
            return Err(malformed("each name defined once, and never `none`"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Policy, MerkleError> {
        Ok(Policy {
            logs: self.logs,
            witnesses: self.witnesses,
            groups: self.groups,
            quorum: self.quorum.ok_or_else(|| malformed("one quorum line"))?,
        })
    }
}

fn few<T>(found: &[T]) -> Result<(), MerkleError> {
    if found.len() > MOST {
        return Err(malformed("at most 64 logs, 64 witnesses and 64 groups"));
    }
    Ok(())
}

fn malformed(rule: &'static str) -> MerkleError {
    ParseError::new("policy", rule).into()
}

#[cfg(test)]
mod tests;
