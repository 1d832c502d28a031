//! Verifying a delivery: the hub passed it on, and none of it is believed.
//!
//! Owns: every check that needs no network, in the order in which they protect: proof, address,
//! manifest, names, signature, decision, agreement; values last. Pure: time is an argument. Must not
//! know: where keys and agreements come from.

use crate::envelope::case_path;
use crate::outcome::decide;
use crate::{Identity, Incident, LogKeys, VerifiedProof};
use seinhuis_domain::agreement::{Clause, Content};
use seinhuis_domain::catalogue::{Catalogue, check_case};
use seinhuis_domain::signal::{Header, Route, decode_header, decode_kind, decode_route};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_proto::v1;
use seinhuis_seal::SealError;
use seinhuis_seal::manifest::{Label, Manifest, Reader, Withheld, key_leaf};
use seinhuis_seal::record::{SealKeyPair, SealedRecord};
use seinhuis_types::{DeliveryId, Desk, Digest, FieldPath, Millis, Oin, limits};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Who reads, and by what it judges.
pub(crate) struct Reading<'a> {
    pub(crate) own: Oin,
    pub(crate) desk: &'a Desk,
    pub(crate) now: Millis,
    pub(crate) trust: &'a SigningTrust,
    pub(crate) log: &'a LogKeys,
}

/// A delivery whose sender, addressee and form are proven; nothing of it is opened yet.
#[derive(Debug)]
pub(crate) struct Checked<'d> {
    pub(crate) id: DeliveryId,
    pub(crate) route: Route,
    pub(crate) header: Header,
    pub(crate) record: SealedRecord,
    /// By ordinal: the ciphertext that the desk's session key opens.
    pub(crate) converted: Vec<[u8; 64]>,
    pub(crate) decision: v1::Decision,
    pub(crate) proof: VerifiedProof,
    pub(crate) delivery: &'d v1::Delivery,
}

/// The opened values of a delivery.
pub(crate) struct Values {
    pub(crate) fields: BTreeMap<FieldPath, Zeroizing<Vec<u8>>>,
    pub(crate) case: Vec<[u8; 16]>,
    pub(crate) identities: BTreeMap<usize, Identity>,
}

/// Checks all that can be checked before the agreement is known.
pub(crate) fn check<'d>(
    delivery: &'d v1::Delivery,
    reading: &Reading<'_>,
) -> Result<Checked<'d>, Incident> {
    let id = DeliveryId::from_slice(&delivery.delivery_id)
        .map_err(|_| Incident::Reply("a delivery has no id"))?;
    let route = decode_route(&delivery.route_leaf)
        .map_err(|_| Incident::Leaves("the route does not decode"))?;
    let header = decode_header(&delivery.header_leaf)
        .map_err(|_| Incident::Leaves("the header does not decode"))?;
    if route.recipient != reading.own || route.desk != *reading.desk {
        return Err(Incident::OtherRecipient);
    }
    let record = record(delivery)?;
    if *record.kid() != route.seal_kid {
        return Err(Incident::Leaves(
            "the record is for another key than the route names",
        ));
    }
    let subjects = subjects(delivery, &header)?;
    let manifest = manifest(delivery, &record, &subjects)?;
    named(&header, &manifest)?;
    signed(&route, &manifest.signing_message(), delivery, reading)?;
    let proof = delivery
        .proof
        .clone()
        .ok_or(Incident::Reply("a delivery has no proof"))?;
    let proof = reading.log.verify(proof, &delivery.decision)?;
    let act = match header.rectification {
        Some(_) => v1::Act::Rectify,
        None => v1::Act::Release,
    };
    let decision = decide(act, &delivery.decision, &route, &header, &proof)?;
    released(&decision, &manifest, delivery, &proof)?;
    let converted = delivery
        .subjects
        .iter()
        .map(|subject| subject.converted.as_slice().try_into())
        .collect::<Result<_, _>>()
        .map_err(|_| Incident::Reply("a converted pseudonym is not 64 bytes"))?;
    drop(manifest);
    Ok(Checked {
        id,
        route,
        header,
        record,
        converted,
        decision,
        proof,
        delivery,
    })
}

fn record(delivery: &v1::Delivery) -> Result<SealedRecord, Incident> {
    let sent = delivery
        .record
        .as_ref()
        .ok_or(Incident::Reply("a delivery has no record"))?;
    let form = |_| Incident::Reply("a sealed record has another form");
    let fields = sent
        .fields
        .iter()
        .map(|field| Ok((field.path.parse().map_err(form)?, field.bytes.clone())))
        .collect::<Result<Vec<(FieldPath, Vec<u8>)>, Incident>>()?;
    let kid = sent.kid.parse().map_err(form)?;
    SealedRecord::parse(sent.suite, kid, &sent.sealed_key, fields).map_err(Incident::Manifest)
}

/// The original `ct/n` leaves, which are what the sender signed; their kinds are the header's.
fn subjects(delivery: &v1::Delivery, header: &Header) -> Result<Vec<Vec<u8>>, Incident> {
    if delivery.subjects.len() != header.subjects.len() {
        return Err(Incident::Leaves(
            "there is not one ciphertext for each subject",
        ));
    }
    let pairs = delivery.subjects.iter().zip(&header.subjects);
    pairs
        .map(|(subject, head)| match decode_kind(subject.kind()) {
            Ok(kind) if kind == head.kind => {
                Ok([&[kind.byte()], subject.original.as_slice()].concat())
            }
            _ => Err(Incident::Leaves(
                "a subject is of another kind than the header says",
            )),
        })
        .collect()
}

/// The manifest as it came: hashes in the place of what was withheld.
fn manifest<'d>(
    delivery: &'d v1::Delivery,
    record: &'d SealedRecord,
    subjects: &[Vec<u8>],
) -> Result<Manifest<'d>, Incident> {
    let mut clear: Vec<(Label, Cow<'d, [u8]>)> = vec![
        (Label::Route, Cow::Borrowed(&delivery.route_leaf)),
        (Label::Header, Cow::Borrowed(&delivery.header_leaf)),
    ];
    for (ordinal, leaf) in (0u8..).zip(subjects) {
        clear.push((Label::Subject(ordinal), Cow::Owned(leaf.clone())));
    }
    clear.push((
        Label::Key,
        Cow::Owned(key_leaf(record.kid(), record.sealed_key())),
    ));
    for (path, sealed) in record.fields() {
        clear.push((Label::Field(path.clone()), Cow::Borrowed(sealed)));
    }
    let withheld = delivery
        .hidden
        .iter()
        .map(|leaf| {
            Ok(Withheld {
                index: usize::try_from(leaf.index).map_err(|_| SealError::Places)?,
                label: leaf.label.parse()?,
                hash: Digest::from_slice(&leaf.hash).map_err(|_| SealError::Places)?,
            })
        })
        .collect::<Result<Vec<_>, SealError>>()
        .map_err(Incident::Manifest)?;
    Manifest::assemble(Reader::Recipient, clear, withheld, &delivery.salts)
        .map_err(Incident::Manifest)
}

/// The labels of hashes are the hub's word. They must be exactly those the signed header names:
/// every coded field, an identity where a subject has one, and at most `case` beside them.
fn named(header: &Header, manifest: &Manifest<'_>) -> Result<(), Incident> {
    let identities = header
        .subjects
        .iter()
        .enumerate()
        .filter(|(_, head)| head.identity_sealed);
    let identities = identities.map(|(ordinal, _)| FieldPath::identity(ordinal));
    let named: BTreeSet<FieldPath> = header.fields.iter().cloned().chain(identities).collect();
    let labels: Vec<&Label> = manifest.labels().collect();
    let found: BTreeSet<FieldPath> = labels
        .iter()
        .filter_map(|label| match label {
            Label::Field(path) if path.as_str() != "case" => Some(path.clone()),
            _ => None,
        })
        .collect();
    let subjects = labels
        .iter()
        .filter(|label| matches!(label, Label::Subject(_)))
        .count();
    let reserved = |path: &FieldPath| path.as_str() == "case" || path.as_str().contains('/');
    if header.fields.iter().any(reserved) {
        return Err(Incident::Leaves("the header names a reserved field"));
    }
    if named != found || subjects != header.subjects.len() {
        return Err(Incident::Leaves("they are not those the header names"));
    }
    Ok(())
}

/// The source signed exactly this, with the certificate its route names, good when it was sent.
fn signed(
    route: &Route,
    message: &[u8],
    delivery: &v1::Delivery,
    reading: &Reading<'_>,
) -> Result<(), Incident> {
    let fails = |what: &str| Incident::SignatureInvalid(what.to_owned());
    if route.hour.start() > reading.now.plus(limits::ROUTE_FUTURE_MS) {
        return Err(fails("it was sent in the future"));
    }
    // The route tells the hour; a certificate first valid within that hour counts.
    let at = route
        .hour
        .start()
        .plus(Millis::HOUR.saturating_sub(1))
        .min(reading.now);
    let certificate = reading
        .trust
        .verify_chain(&delivery.signing_chain, at)
        .map_err(|refusal| Incident::SignatureInvalid(refusal.to_string()))?;
    if certificate.oin() != route.source {
        return Err(fails(
            "the certificate is of another organisation than the source",
        ));
    }
    if certificate.x5t() != route.signing_x5t {
        return Err(fails("the route names another certificate"));
    }
    certificate
        .verify_raw(message, &delivery.manifest_signature)
        .map_err(|_| fails("something was altered after it was signed"))
}

/// What came is what the decision grants; what did not come is what it withholds, by name.
fn released(
    decision: &v1::Decision,
    manifest: &Manifest<'_>,
    delivery: &v1::Delivery,
    proof: &VerifiedProof,
) -> Result<(), Incident> {
    if !decision.permitted {
        return Err(Incident::Decision("a delivery came with a refusal"));
    }
    let shared = proof
        .shared()
        .ok_or(Incident::Proof("the shared part is missing"))?;
    if shared.delivery_id != delivery.delivery_id {
        return Err(Incident::Proof("the shared part is of another delivery"));
    }
    let hidden: BTreeSet<String> = manifest
        .withheld()
        .filter_map(|leaf| match leaf.label {
            Label::Field(path) => Some(path.to_string()),
            _ => None,
        })
        .collect();
    let clear: BTreeSet<String> = manifest
        .labels()
        .filter_map(|label| match label {
            Label::Field(path) if path.as_str() != "case" && path.identity_ordinal().is_none() => {
                Some(path.to_string()).filter(|path| !hidden.contains(path))
            }
            _ => None,
        })
        .collect();
    let paths = |withheld: &[v1::Withheld]| -> BTreeSet<String> {
        withheld.iter().map(|field| field.path.clone()).collect()
    };
    if paths(&decision.withheld) != hidden || paths(&delivery.withheld) != hidden {
        return Err(Incident::Decision(
            "other fields are hidden than it withholds",
        ));
    }
    if decision.granted.iter().cloned().collect::<BTreeSet<_>>() != clear {
        return Err(Incident::Decision("other fields came than it grants"));
    }
    Ok(())
}

impl Checked<'_> {
    /// Holds the delivery against the agreement its route names; gives the clause.
    pub(crate) fn agreed<'c>(
        &self,
        content: &'c Content,
        catalogue: &Catalogue,
    ) -> Result<&'c Clause, Incident> {
        let outside = |what| Err(Incident::OutsideAgreement(what));
        let Some(clause) = content.clause(&self.route.clause) else {
            return outside("it has no such clause");
        };
        let Some(granted) = clause.granted(&self.header.signal_type) else {
            return outside("the clause does not have this type");
        };
        if clause.from != self.route.source || clause.to != self.route.recipient {
            return outside("the clause runs between other parties");
        }
        if !clause.desks.contains(&self.route.desk) {
            return outside("the clause does not name this desk");
        }
        if !clause.purposes.contains(&self.header.purpose) {
            return outside("the clause does not have this purpose");
        }
        // Who received a signal is told of an error at whatever desk, but not that it is about such a theme.
        let signal = self.header.rectification.is_none();
        let definition = catalogue.signal_type(&self.header.signal_type);
        let served = definition.map(|definition| content.served(clause, definition));
        if signal && !served.is_some_and(|served| served.contains(&self.header.purpose)) {
            return outside("the catalogue does not have this type for this purpose this way");
        }
        let of_type = definition.is_some_and(|definition| definition.restricted);
        let restricted = self.header.restricted_theme || (signal && of_type);
        let marked = content.party(&clause.to).is_some_and(|party| {
            let desks = &party.restricted_desks;
            desks.contains(&self.route.desk)
        });
        if restricted && !marked {
            return outside("it is for restricted desks, and this desk is none");
        }
        let glass = self.header.break_glass.is_some();
        if signal && glass != clause.break_glass.is_some() {
            return outside("a clause for break-glass is for that alone, and no other is");
        }
        let coded = |path: &FieldPath| path.as_str() != "case" && path.identity_ordinal().is_none();
        if self
            .record
            .fields()
            .any(|(path, _)| coded(path) && !granted.fields.contains(path))
        {
            return outside("the clause does not grant a field that came");
        }
        let sealed = self
            .record
            .fields()
            .any(|(path, _)| path.identity_ordinal().is_some());
        if sealed && !clause.identity_sealed {
            return outside("the clause does not let the recipient know who it is");
        }
        if let Some(unknown) = self.obligations(clause).into_iter().find(|obligation| {
            !catalogue
                .code_list("obligation")
                .is_some_and(|list| list.contains(obligation))
        }) {
            return Err(Incident::UnknownObligation(unknown));
        }
        Ok(clause)
    }

    /// What must be done: of the handling and of the clause.
    pub(crate) fn obligations(&self, clause: &Clause) -> BTreeSet<String> {
        let handling = self
            .delivery
            .handling
            .iter()
            .flat_map(|handling| &handling.obligations);
        let clause = clause.obligations.iter().map(ToString::to_string);
        handling.cloned().chain(clause).collect()
    }

    /// Opens every value and holds it against the catalogue the agreement pins.
    pub(crate) fn open(
        &self,
        key: &SealKeyPair,
        catalogue: &Catalogue,
    ) -> Result<Values, Incident> {
        let definition = catalogue
            .signal_type(&self.header.signal_type)
            .filter(|definition| definition.version == self.header.type_version)
            .ok_or(Incident::OutsideAgreement(
                "its catalogue has no such type and version",
            ))?;
        let opened = key
            .open(
                &self.record,
                &self.delivery.route_leaf,
                &self.delivery.header_leaf,
            )
            .map_err(Incident::NotOpened)?;
        let case = case_path().map_err(|_| Incident::Leaves("no path for references"))?;
        let mut values = Values {
            fields: BTreeMap::new(),
            case: Vec::new(),
            identities: BTreeMap::new(),
        };
        let said = self.header.restricted_theme || definition.restricted;
        for (path, sealed) in self.record.fields() {
            let value = opened
                .open_field(path, sealed)
                .map_err(Incident::NotOpened)?;
            let outside = || Incident::ValueOutsideCatalogue(path.clone());
            if let Some(ordinal) = path.identity_ordinal() {
                let identity = Identity::parse(&value).map_err(|_| outside())?;
                values.identities.insert(ordinal, identity);
            } else if *path == case {
                check_case(&value).map_err(|_| outside())?;
                values.case = value.as_chunks().0.to_vec();
            } else {
                let field = definition.fields.get(path).ok_or_else(outside)?;
                field.check_value(&value).map_err(|_| outside())?;
                if !said && catalogue.tells_restricted_theme(field, &value) {
                    return Err(Incident::ThemeNotStated(path.clone()));
                }
                values.fields.insert(path.clone(), value);
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests;
