//! Conversion of identifiers by two transcryptors: the hub's side of it.
//!
//! Owns: the request to the pseudonymiser, the second half, and the check that the result stands
//! under the recipient's own key. Must not know: how the pseudonymiser is reached.

use crate::command::Convert;
use crate::timing::stage;
use crate::{Hub, HubError};
use seinhuis_domain::signal::{IdKind, Route};
use seinhuis_pseudonym::{Conversion, Converted, Domain, KeyContext};
use seinhuis_store::Store;
use seinhuis_types::{ErrorCode, Oin, limits};
use std::future::Future;
use std::pin::Pin;
use tracing::Instrument;

/// The pseudonymiser, as the hub sees it.
pub trait FirstHalf: Send + Sync + 'static {
    /// Asks for the first half of a conversion.
    fn convert<'a>(
        &'a self,
        request: &'a Convert,
    ) -> Pin<Box<dyn Future<Output = Result<Converted, HubError>> + Send + 'a>>;
}

/// The conversions a route asks for, one per kind of identifier among its subjects.
pub(crate) fn conversion(route: &Route, kind: IdKind) -> Result<Conversion, HubError> {
    // Own clients are counted under one clause: a name of one's own choice would be a budget of
    // one's own choice.
    if route.source == route.recipient && route.clause.as_str() != limits::OWN_CLIENTS {
        return Err(HubError::told(
            ErrorCode::ConversionRefused,
            format!(
                "own clients are converted under clause `{}`",
                limits::OWN_CLIENTS
            ),
        ));
    }
    let epoch = u32::from(route.epoch);
    let from = match kind {
        IdKind::Number => Domain::Number,
        IdKind::Skn => Domain::Skn,
        IdKind::Own => Domain::Partner {
            oin: route.source,
            epoch,
        },
    };
    let from_key = key_context(route.source, route, true);
    let to_key = key_context(route.recipient, route, false);
    let to = Domain::Partner {
        oin: route.recipient,
        epoch,
    };
    Conversion::new(from, from_key, to, to_key)
        .map_err(|e| HubError::told(ErrorCode::ConversionRefused, e.to_string()))
}

fn key_context(oin: Oin, route: &Route, source: bool) -> KeyContext {
    let desk = if source {
        &route.source_desk
    } else {
        &route.desk
    };
    KeyContext {
        oin,
        desk: desk.clone(),
        epoch: u32::from(route.epoch),
    }
}

/// Applies one transcryptor's half to subjects of any kinds: all of one kind together.
pub(crate) fn half(
    transcryptor: &seinhuis_pseudonym::Transcryptor,
    route: &Route,
    input_key: &[u8; 32],
    subjects: &[(IdKind, [u8; 64])],
) -> Result<Converted, HubError> {
    let mut out = vec![[0; 64]; subjects.len()];
    let mut output_key = None;
    for kind in [IdKind::Number, IdKind::Skn, IdKind::Own] {
        let of_kind: Vec<[u8; 64]> = subjects
            .iter()
            .filter(|(k, _)| *k == kind)
            .map(|(_, ct)| *ct)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let converted = transcryptor
            .convert(
                &conversion(route, kind)?,
                input_key,
                &of_kind,
                &mut rand::rng(),
            )
            .map_err(|e| HubError::told(ErrorCode::ConversionRefused, e.to_string()))?;
        let places = out
            .iter_mut()
            .zip(subjects)
            .filter(|(_, (k, _))| *k == kind);
        for ((place, _), ciphertext) in places.zip(converted.ciphertexts) {
            *place = ciphertext;
        }
        output_key = Some(converted.output_key);
    }
    let output_key = output_key.ok_or_else(|| {
        HubError::told(
            ErrorCode::ConversionRefused,
            "there is no subject to convert",
        )
    })?;
    Ok(Converted {
        ciphertexts: out,
        output_key,
    })
}

impl<S: Store> Hub<S> {
    /// Both halves: the pseudonymiser's, then the hub's. `recipient_key` is the session key of the
    /// recipient's own statement; the result must stand under it.
    ///
    /// # Errors
    /// `PSEUDONYMISER_UNAVAILABLE`, `CONVERSION_REFUSED`, `STALE_KEY_EPOCH`, and what the
    /// pseudonymiser refused.
    pub(crate) async fn convert_both(
        &self,
        request: &Convert,
        recipient_key: &[u8; 32],
    ) -> Result<Vec<[u8; 64]>, HubError> {
        if request.subjects.is_empty() {
            return Ok(Vec::new());
        }
        let asking = self.parts.pseudonymiser.convert(request);
        let first = asking.instrument(stage!("publish first half")).await?;
        if first.ciphertexts.len() != request.subjects.len() {
            return Err(HubError::Internal(
                "the pseudonymiser answered another number of subjects",
            ));
        }
        let subjects: Vec<_> = request
            .subjects
            .iter()
            .map(|(kind, _)| *kind)
            .zip(first.ciphertexts)
            .collect();
        let second = stage!("publish second half").in_scope(|| {
            half(
                &self.parts.transcryptor,
                &request.route.value,
                &first.output_key,
                &subjects,
            )
        })?;
        second.require_key(recipient_key).map_err(|_| {
            HubError::told(
                ErrorCode::StaleKeyEpoch,
                "the converted pseudonyms do not stand under the key the recipient states; \
                 fetch its key statements again",
            )
        })?;
        Ok(second.ciphertexts)
    }
}
