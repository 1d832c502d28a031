//! The partner's own clients: its pseudonyms of people whose numbers it has.
//!
//! Owns: a conversion from numbers to the partner's own domain, carried by its own signature, and
//! the comparison of a sealed number with a pseudonym. Must not know: who keeps the pseudonyms.

use crate::envelope::manifest;
use crate::keys::DeskKeys;
use crate::opened::Opened;
use crate::slips::{self, About};
use crate::{ClientError, Identity, Incident, Partner, status};
use seinhuis_domain::entry::Class;
use seinhuis_domain::signal::{IdKind, Route, SourceShield, encode_route};
use seinhuis_proto::v1;
use seinhuis_pseudonym::{CitizenNumber, Pseudonym, SessionKey, decrypt, encrypt};
use seinhuis_seal::record::RecordSealer;
use seinhuis_types::{AgreementHash, ClauseId, Desk, limits};
use std::sync::atomic::Ordering;

/// The clause under which a partner's conversions for itself are budgeted.
const OWN_CLAUSE: &str = limits::OWN_CLIENTS;

impl Partner {
    /// The desk's own pseudonyms of people whose numbers the partner has, in the same order, so
    /// that it can recognise them in a delivery. Costs budget and makes an entry for every twelve.
    ///
    /// # Errors
    /// `OVER_BUDGET` among [`ClientError::Rejected`]; as every call. It is not tried again by
    /// itself, since every attempt costs budget.
    pub async fn convert_own(
        &self,
        desk: &Desk,
        numbers: &[CitizenNumber],
    ) -> Result<Vec<Pseudonym>, ClientError> {
        let numbers: Vec<&CitizenNumber> = numbers.iter().collect();
        self.convert_numbers(desk, &numbers).await
    }

    /// Has every sealed number of a delivery converted anew and compares it with the pseudonym that
    /// came, so that nobody is taken for another.
    ///
    /// # Errors
    /// [`Incident::IdentityMismatch`] as [`ClientError::Untrusted`]; those of
    /// [`Partner::convert_own`].
    pub async fn verify_identity(&self, opened: &Opened) -> Result<(), ClientError> {
        let sealed = opened.subjects.iter().enumerate();
        let sealed: Vec<(usize, &CitizenNumber, &Pseudonym)> = sealed
            .filter_map(|(ordinal, subject)| match &subject.identity {
                Some(Identity::Number(number)) => Some((ordinal, number, &subject.pseudonym)),
                _ => None,
            })
            .collect();
        let numbers: Vec<&CitizenNumber> = sealed.iter().map(|(_, number, _)| *number).collect();
        let converted = self.convert_numbers(&opened.route.desk, &numbers).await?;
        for ((ordinal, _, came), own) in sealed.into_iter().zip(converted) {
            if *came != own {
                return Err(Incident::IdentityMismatch(ordinal).into());
            }
        }
        Ok(())
    }

    async fn convert_numbers(
        &self,
        desk: &Desk,
        numbers: &[&CitizenNumber],
    ) -> Result<Vec<Pseudonym>, ClientError> {
        let mut pseudonyms = Vec::with_capacity(numbers.len());
        if numbers.is_empty() {
            return Ok(pseudonyms);
        }
        let keys = self.recipient_keys(self.inner.oin, desk).await?;
        let session = self.session(desk, keys.pseudonym.epoch).await?;
        if session.public() != keys.session_public()? {
            return Err(Incident::KeyUnknown(keys.pseudonym.kid.clone()).into());
        }
        for some in numbers.chunks(limits::SUBJECTS) {
            let request = self.conversion(desk, &keys, some)?;
            let sent = request.slip.clone().unwrap_or_default();
            let mut client = self.first_share();
            let reply = status::once("hub", client.convert(request)).await?;
            pseudonyms.extend(converted(&reply, &session, some.len())?);
            let proof = reply.proof.ok_or(Incident::Reply("a reply has no proof"))?;
            let proof = self.inner.log.verify(proof, &[])?;
            proof.carries(v1::Act::Convert, &slips::read(&sent)?, keys.pseudonym.epoch)?;
            let own = proof.recipient();
            if own.is_none_or(|own| own.chain != sent.chain) {
                return Err(Incident::Proof("the chain is not the one that was sent").into());
            }
            self.proven(Some(&sent));
            let size = proof.index().0.saturating_add(1);
            self.inner.converted.fetch_max(size, Ordering::Relaxed);
        }
        Ok(pseudonyms)
    }

    /// A manifest like any other, so that both transcryptors check it as they check any other; only
    /// its content is empty.
    fn conversion(
        &self,
        desk: &Desk,
        keys: &DeskKeys,
        numbers: &[&CitizenNumber],
    ) -> Result<v1::ConvertRequest, ClientError> {
        let rng = &mut rand::rng();
        let inner = &self.inner;
        let epoch = keys.pseudonym.epoch;
        let route = encode_route(&Route {
            source: inner.oin,
            source_desk: desk.clone(),
            recipient: inner.oin,
            desk: desk.clone(),
            agreement: no_agreement()?,
            clause: ClauseId::parse(OWN_CLAUSE)?,
            epoch,
            hour: inner.clock.now().hour(),
            nonce: rand::random(),
            signing_x5t: inner.signer.x5t(),
            seal_kid: keys.seal.kid.clone(),
            recipient_pseudonym_kid: keys.pseudonym.kid.clone(),
            source_pseudonym_kid: keys.pseudonym.kid.clone(),
        });
        let record =
            RecordSealer::new(&keys.seal_public()?, &keys.seal.kid, &route, &[], rng)?.finish();
        let public = keys.session_public()?;
        let mut subjects = Vec::with_capacity(numbers.len());
        let mut about = Vec::with_capacity(numbers.len());
        for number in numbers {
            let ciphertext =
                encrypt(&number.point(), &public, rng).map_err(ClientError::invalid)?;
            subjects.push((IdKind::Number.byte(), ciphertext));
            // The partner's own work on its own clients: not told to them by the log.
            about.push(About {
                value: crate::signal::number_value(number)?,
                class: Class::Authority,
            });
        }
        let mut manifest = manifest((&route, &[], &[]), &subjects, &record, rng)?;
        let manifest_signature = inner
            .signer
            .sign_raw(&manifest.signing_message())
            .map_err(ClientError::invalid)?;
        manifest.withhold_for_pseudonymiser();
        let place = |index: usize| u32::try_from(index).map_err(ClientError::invalid);
        let others = manifest
            .withheld()
            .map(|leaf| {
                let (label, hash) = (leaf.label.to_string(), leaf.hash.0.to_vec());
                Ok(v1::LeafHash {
                    index: place(leaf.index)?,
                    hash,
                    label,
                })
            })
            .collect::<Result<_, ClientError>>()?;
        let (salts, leaf_count) = (manifest.clear_salts(), place(manifest.labels().len())?);
        drop(manifest);
        let slip = self
            .slips()
            .single(epoch, &about, SourceShield::None, rng)?;
        let request = v1::ConvertRequest {
            subject_leaves: subjects
                .iter()
                .map(|(kind, ciphertext)| [&[*kind], ciphertext.as_slice()].concat())
                .collect(),
            salts,
            others,
            leaf_count,
            manifest_signature,
            signing_chain: inner.signer.chain().to_vec(),
            source_key: Some(keys.pseudonym.statement.clone()),
            recipient_key: Some(keys.pseudonym.statement.clone()),
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            slip: Some(slip),
            route_leaf: route,
        };
        Ok(request)
    }
}

/// What stands where a route names an agreement: a partner needs none with itself.
fn no_agreement() -> Result<AgreementHash, ClientError> {
    Ok(AgreementHash::parse(&format!("$1$1${}", "A".repeat(86)))?)
}

fn converted(
    reply: &v1::ConvertResponse,
    session: &SessionKey,
    count: usize,
) -> Result<Vec<Pseudonym>, Incident> {
    if reply.ciphertexts.len() != count {
        return Err(Incident::Reply(
            "there is not one pseudonym for each number",
        ));
    }
    if reply.output_key != session.public() {
        return Err(Incident::Reply("the pseudonyms stand under another key"));
    }
    let open = |ciphertext: &Vec<u8>| {
        let ciphertext = ciphertext
            .as_slice()
            .try_into()
            .map_err(|_| Incident::Reply("a converted pseudonym is not 64 bytes"))?;
        decrypt(session, ciphertext).map_err(Incident::PseudonymInvalid)
    };
    reply.ciphertexts.iter().map(open).collect()
}
