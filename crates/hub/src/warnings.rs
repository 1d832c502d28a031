//! Warnings: what of a partner's comes to an end, told to it in time and once.
//!
//! Owns: which ends the hub can know (of agreements, their reviews, the judgements of their bases, and
//! certificates it has seen), the row and entry of a warning, and their list. Must not know: how long
//! before an end (domain), and how a partner reads the list.
//!
//! A warning is a row of its own, written in the commit of its entry only while there is none: however
//! often the hub looks, and whatever it forgot by a restart, each is given once. What is kept in memory
//! is only until when the certificates of registered systems run, as their connections show it.

use crate::command::Caller;
use crate::parts::Draft;
use crate::release::random_slip;
use crate::{Hub, HubError};
use prost::Message;
use ring::digest;
use seinhuis_domain::agreement::{Agreement, Date, warning_due};
use seinhuis_proto::v1::{self, WarningKind};
use seinhuis_store::records::WarningRecord;
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, StoreError, Versioned, Write};
use seinhuis_types::{AgreementHash, ClauseId, Digest, Millis, Oin, Revision};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most warnings in a list, the newest first.
const LISTED: usize = 1_000;

/// Until when the certificates of systems run that connected since the start, by thumbprint.
#[derive(Debug, Default)]
pub(crate) struct SeenCertificates(Mutex<BTreeMap<Digest, Millis>>);

impl SeenCertificates {
    fn all(&self) -> Vec<(Digest, Millis)> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|(system, end)| (*system, *end)).collect()
    }
}

/// A warning that may have been given already.
struct Due {
    oin: Oin,
    record: WarningRecord,
}

impl Due {
    /// Names the warning among those of its organisation: the same end and days give the same.
    fn id(&self) -> [u8; 16] {
        let WarningRecord {
            kind,
            agreement_hash,
            clause,
            basis,
            certificate,
            ends_ms,
            days,
            ..
        } = &self.record;
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&kind.to_be_bytes());
        for text in [agreement_hash, clause, basis] {
            // None of the texts has a zero byte, so this is injective.
            hash.update(text.as_bytes());
            hash.update(&[0]);
        }
        hash.update(certificate);
        hash.update(&ends_ms.to_be_bytes());
        hash.update(&days.to_be_bytes());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.finish().as_ref()) {
            *to = *from;
        }
        id
    }
}

impl<S: Store> Hub<S> {
    /// Notes until when (UTC, last millisecond) the certificate of a registered system runs, as its
    /// connection shows it.
    pub fn saw_certificate(&self, system: Digest, not_after: Millis) {
        if self.parts.directory.system(&system).is_some() {
            let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert(system, not_after);
        }
    }

    /// Gives every warning that is due and was not given before. Returns of what they are.
    ///
    /// # Errors
    /// The store's, when it cannot tell what is due; `UNAVAILABLE` while nothing may be done.
    pub async fn pass_warnings(&self) -> Result<Vec<WarningKind>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let mut given = Vec::new();
        for due in self.due_warnings(&snapshot, self.now())? {
            given.extend(self.give(&snapshot, &due).await?);
        }
        Ok(given)
    }

    /// Warns who asks that there were unusually many questions under a clause on a day (since 1970-01-01 UTC), once.
    ///
    /// # Errors
    /// The store's; `UNAVAILABLE` while nothing may be done.
    pub(crate) async fn warn_of_questions(
        &self,
        oin: Oin,
        clause: &ClauseId,
        day: u32,
    ) -> Result<(), HubError> {
        let record = WarningRecord {
            kind: WarningKind::QuestionsUnusual.into(),
            clause: clause.to_string(),
            ends_ms: u64::from(day).saturating_mul(Millis::DAY),
            told_ms: self.now().0,
            ..WarningRecord::default()
        };
        let snapshot = self.parts.store.snapshot()?;
        self.give(&snapshot, &Due { oin, record }).await?;
        Ok(())
    }

    /// Gives a warning that was not given before; of what it is, if so.
    async fn give(
        &self,
        snapshot: &impl Snapshot,
        due: &Due,
    ) -> Result<Option<WarningKind>, HubError> {
        let id = due.id();
        if snapshot.warning(due.oin, id)?.revision != Revision(0) {
            return Ok(None);
        }
        self.log_in_time()?;
        let kind = WarningKind::try_from(due.record.kind).unwrap_or_default();
        let change = self.warning_entry(due)?;
        let change = change
            .expect(Row::Warning(due.oin, id), Revision(0))
            .write(Write::warning(due.oin, id, &due.record));
        match self.parts.store.commit(change).await {
            Ok(_) => {
                self.parts.log.wake();
                let (oin, days) = (due.oin, due.record.days);
                tracing::warn!(%oin, kind = kind.as_str_name(), days, "a partner was warned");
                Ok(Some(kind))
            }
            // Another pass gave it in the meantime.
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The warnings the caller's organisation was given, the newest first.
    ///
    /// # Errors
    /// The store's; those of [`Hub::system`].
    pub fn warnings(&self, caller: &Caller) -> Result<Vec<v1::Warning>, HubError> {
        self.system(caller)?;
        let snapshot = self.parts.store.snapshot()?;
        let mut found: Vec<v1::Warning> = snapshot
            .warnings(caller.oin)?
            .into_iter()
            .map(|(_, Versioned { revision, value })| v1::Warning {
                index: revision.0.saturating_sub(1),
                ..message(&value)
            })
            .collect();
        found.sort_by_key(|warning| std::cmp::Reverse((warning.told_ms, warning.index)));
        found.truncate(LISTED);
        Ok(found)
    }

    fn due_warnings(&self, snapshot: &impl Snapshot, now: Millis) -> Result<Vec<Due>, HubError> {
        let mut due = Vec::new();
        let mut signing: BTreeMap<Oin, Millis> = BTreeMap::new();
        let mut after: Option<AgreementHash> = None;
        loop {
            let page = snapshot.agreements(after.as_ref(), 64)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (hash, Versioned { revision, value }) in page {
                let loaded = self.agreements.load(&hash, &value, revision)?;
                for recorded in loaded.agreement.steps() {
                    let end = signing.entry(recorded.step.oin).or_default();
                    *end = (*end).max(recorded.step.certificate_not_after);
                }
                self.of_agreement(&loaded.agreement, now, &mut due);
            }
        }
        self.of_signing(snapshot, signing, now, &mut due)?;
        for (system, end) in self.seen.all() {
            if let Some(found) = self.parts.directory.system(&system) {
                let record = WarningRecord {
                    kind: WarningKind::TlsCertificateEnds.into(),
                    certificate: system.0.to_vec(),
                    system: found.name.clone(),
                    ..WarningRecord::default()
                };
                ends(found.oin, end.plus(1), now, record, &mut due);
            }
        }
        Ok(due)
    }

    /// Its end and its review, for every party it still binds; and the bases of each party's clauses
    /// that must be judged anew.
    fn of_agreement(&self, agreement: &Agreement, now: Millis, due: &mut Vec<Due>) {
        let content = agreement.content();
        let about = |kind: WarningKind| WarningRecord {
            kind: kind.into(),
            agreement_hash: agreement.hash().to_string(),
            ..WarningRecord::default()
        };
        let bound = |oin: &Oin| agreement.binds(oin, now);
        for party in content.parties.iter().filter(|party| bound(&party.oin)) {
            let oin = party.oin;
            let over = about(WarningKind::AgreementEnds);
            ends(oin, content.validity.end(), now, over, due);
            if let Some(review) = content.review.start() {
                ends(oin, review, now, about(WarningKind::ReviewDue), due);
            }
        }
        let running = content
            .clauses
            .iter()
            .filter(|c| bound(&c.from) && bound(&c.to));
        for clause in running {
            for void in clause.void_attestations(&self.parts.rules.catalogue) {
                let since = void.in_force_since.as_deref();
                let since = since.and_then(|day| day.parse::<Date>().ok()?.start());
                for oin in [clause.from, clause.to] {
                    let record = WarningRecord {
                        clause: clause.id.to_string(),
                        basis: void.basis.to_string(),
                        ends_ms: since.unwrap_or_default().0,
                        told_ms: now.0,
                        ..about(WarningKind::AttestationVoid)
                    };
                    due.push(Due { oin, record });
                }
            }
        }
    }

    /// The youngest signing certificate of each partner among its steps and its key statements: an
    /// older one was renewed.
    fn of_signing(
        &self,
        snapshot: &impl Snapshot,
        mut youngest: BTreeMap<Oin, Millis>,
        now: Millis,
        due: &mut Vec<Due>,
    ) -> Result<(), HubError> {
        for partner in self.parts.directory.partners() {
            for desk in &partner.desks {
                let list = snapshot.keys(partner.oin, desk)?.value.unwrap_or_default();
                for statement in &list.statements {
                    // One that is good no more tells of no end to come.
                    if let Ok(found) = self.parts.trust.verify_chain(&statement.chain, now) {
                        let end = youngest.entry(partner.oin).or_default();
                        *end = (*end).max(found.not_after());
                    }
                }
            }
        }
        for (oin, end) in youngest {
            let record = WarningRecord {
                kind: WarningKind::SigningCertificateEnds.into(),
                ..WarningRecord::default()
            };
            ends(oin, end.plus(1), now, record, due);
        }
        Ok(())
    }

    fn warning_entry(&self, due: &Due) -> Result<ChangeSet, HubError> {
        let act = v1::Act::Warning;
        let shared = v1::SharedPart {
            act: act.into(),
            source_oin: due.oin.to_string(),
            agreement_hash: due.record.agreement_hash.clone(),
            ..v1::SharedPart::default()
        };
        let provider = v1::ProviderPart {
            warning: Some(message(&due.record)),
            ..v1::ProviderPart::default()
        };
        let outcome = v1::OutcomePart {
            act: act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            provider: Some(due.oin),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            agreement: AgreementHash::parse(&due.record.agreement_hash).ok(),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        Ok(ChangeSet::new("warn", prepared.entry()))
    }
}

/// Adds the warning of what is over from `end` on, if one is due at `now`.
fn ends(oin: Oin, end: Millis, now: Millis, record: WarningRecord, due: &mut Vec<Due>) {
    let Some(days) = warning_due(end, now) else {
        return;
    };
    let record = WarningRecord {
        ends_ms: end.0,
        days: u32::try_from(days).unwrap_or(u32::MAX),
        told_ms: now.0,
        ..record
    };
    due.push(Due { oin, record });
}

fn message(record: &WarningRecord) -> v1::Warning {
    v1::Warning {
        kind: record.kind,
        agreement_hash: record.agreement_hash.clone(),
        clause_id: record.clause.clone(),
        basis: record.basis.clone(),
        certificate: record.certificate.clone(),
        system: record.system.clone(),
        ends_ms: record.ends_ms,
        days: record.days,
        told_ms: record.told_ms,
        index: 0,
        delivery_id: record.delivery_id.clone(),
    }
}

#[cfg(test)]
mod tests;
