//! The routes that are open to the caller now: its own clauses in force, and what each lets go.
//!
//! Owns: which clauses those are. Must not know: signals; what is sent is decided when it is sent.

use crate::agreements::Loaded;
use crate::command::Caller;
use crate::{Hub, HubError};
use seinhuis_domain::agreement::{AttestedBasis, Clause, ConsentRule, InformedBy, RulesetWindow};
use seinhuis_domain::signal::{encode_article, encode_kind, encode_regime};
use seinhuis_policy::ClauseState;
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::{AgreementHash, Millis};

/// Most of the caller's own agreements in one page.
const PAGE: usize = 64;
/// What a page's token belongs to.
const LIST: &str = "routes";

impl<S: Store> Hub<S> {
    /// What the caller's organisation may send now, agreement by agreement from where `token` says. Agreements
    /// of others are passed by, and a token is readable to the hub alone: neither a page nor its end tells how many
    /// there are, or which.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`, `CURSOR_INVALID`, the store's.
    pub fn routes(
        &self,
        caller: &Caller,
        token: &[u8],
    ) -> Result<v1::ListRoutesResponse, HubError> {
        self.may_ask_what_goes(caller)?;
        let mut after = self.after(caller, token)?;
        let snapshot = self.parts.store.snapshot()?;
        let (window, _) = self.window(&snapshot)?;
        let (mut routes, mut looked) = (Vec::new(), 0usize);
        loop {
            let page = snapshot.agreements(after.as_ref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(v1::ListRoutesResponse {
                    routes,
                    next_page_token: Vec::new(),
                });
            };
            after = Some(last.clone());
            for (hash, Versioned { revision, value }) in page {
                let loaded = self.agreements.load(&hash, &value, revision)?;
                let content = loaded.agreement.content();
                if content.party(&caller.oin).is_none() {
                    continue;
                }
                let own = content.clauses.iter();
                let own = own.filter(|one| one.from == caller.oin);
                for clause in own {
                    routes.extend(self.open(&hash, &loaded, clause, &window));
                }
                looked = looked.saturating_add(1);
                if looked == PAGE {
                    let place = hash.as_str().as_bytes();
                    return Ok(v1::ListRoutesResponse {
                        routes,
                        next_page_token: self.make_page_token(&caller.oin, LIST, place),
                    });
                }
            }
        }
    }

    fn after(&self, caller: &Caller, token: &[u8]) -> Result<Option<AgreementHash>, HubError> {
        let place = self.page_token(&caller.oin, LIST, token)?;
        if place.is_empty() {
            return Ok(None);
        }
        let damaged = || HubError::Internal("a token of this hub names no agreement");
        let text = std::str::from_utf8(&place).map_err(|_| damaged())?;
        let hash = AgreementHash::parse(text).map_err(|_| damaged())?;
        Ok(Some(hash))
    }

    /// The clause as a route; nothing when it is not in force, or none of its types is.
    fn open(
        &self,
        hash: &AgreementHash,
        loaded: &Loaded,
        clause: &Clause,
        window: &RulesetWindow,
    ) -> Option<v1::OpenRoute> {
        let now = self.now();
        let catalogue = &self.parts.rules.catalogue;
        let (mut types, mut restricted_desks) = (Vec::new(), Vec::new());
        for granted in clause.types.iter().filter(|_| loaded.in_term(now)) {
            let Some(definition) = catalogue.signal_type(&granted.code) else {
                continue;
            };
            let facts = loaded.clause_facts(&clause.id, &granted.code, catalogue, window, now)?;
            if facts.state != ClauseState::Valid || !facts.ruleset_ok || !facts.attested {
                return None;
            }
            restricted_desks = facts
                .restricted_desks
                .iter()
                .map(ToString::to_string)
                .collect();
            if definition.restricted
                && !facts
                    .restricted_desks
                    .iter()
                    .any(|d| clause.desks.contains(d))
            {
                continue;
            }
            let allowed = |field: &&_| definition.fields.contains_key(*field);
            types.push(v1::RouteType {
                code: granted.code.to_string(),
                fields: granted
                    .fields
                    .iter()
                    .filter(allowed)
                    .map(ToString::to_string)
                    .collect(),
                minimum: definition.minimum.iter().map(ToString::to_string).collect(),
                restricted: definition.restricted,
            });
        }
        if types.is_empty() {
            return None;
        }
        Some(route(
            hash,
            clause,
            types,
            restricted_desks,
            loaded.term_end(),
        ))
    }
}

fn route(
    hash: &AgreementHash,
    clause: &Clause,
    types: Vec<v1::RouteType>,
    restricted_desks: Vec<String>,
    until: Millis,
) -> v1::OpenRoute {
    let codes =
        |bases: &[AttestedBasis]| bases.iter().map(|basis| basis.code.to_string()).collect();
    let desks: Vec<String> = clause.desks.iter().map(ToString::to_string).collect();
    v1::OpenRoute {
        agreement_hash: hash.to_string(),
        clause_id: clause.id.to_string(),
        recipient_oin: clause.to.to_string(),
        restricted_desks: restricted_desks
            .into_iter()
            .filter(|desk| desks.contains(desk))
            .collect(),
        desks,
        purposes: clause.purposes.iter().map(ToString::to_string).collect(),
        types,
        subject_roles: clause
            .subject_roles
            .iter()
            .map(ToString::to_string)
            .collect(),
        max_subjects: clause.max_subjects.into(),
        id_kinds: clause
            .id_kinds
            .iter()
            .map(|kind| encode_kind(*kind).into())
            .collect(),
        identity_sealed: clause.identity_sealed,
        regions: clause.regions.iter().map(ToString::to_string).collect(),
        regimes: clause
            .regimes
            .iter()
            .map(|regime| encode_regime(*regime).into())
            .collect(),
        wpg_articles: clause
            .wpg_articles
            .iter()
            .map(|article| encode_article(Some(*article)).into())
            .collect(),
        basis_provide: codes(&clause.basis.provide),
        basis_receive: codes(&clause.basis.receive),
        basis_special: codes(&clause.basis.special),
        until_ms: until.0,
        consent_needed: clause.consent == ConsentRule::Needed,
        break_glass_hours: clause
            .break_glass
            .as_ref()
            .map_or(0, |terms| terms.most_hours.into()),
        recipient_informs: matches!(clause.inform.by, InformedBy::To | InformedBy::Both),
        mode: clause.mode.as_str().to_owned(),
    }
}
