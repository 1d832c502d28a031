//! That what is lodged for a question looks like whatever else could answer it.
//!
//! Owns: what is compared with the question, and what with its cover. Must not know: what an answer says.

use super::Answer;
use crate::command::Envelope;
use crate::{Hub, HubError, disclose};
use seinhuis_domain::question::{ANSWER, Repeated, check_answer, check_cover};
use seinhuis_domain::signal::Route;
use seinhuis_store::Store;
use seinhuis_store::records::{LodgedRecord, QuestionRecord};
use seinhuis_types::{ErrorCode, Hour};

impl<S: Store> Hub<S> {
    /// That it is of type `ANSWER`, to the desk that asked, and in all else that can be read as any other
    /// answer to this question.
    pub(super) fn same_shape(
        &self,
        asked: &QuestionRecord,
        command: &Answer,
    ) -> Result<(), HubError> {
        let envelope = &command.envelope;
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        if header.signal_type.as_str() != ANSWER || header.rectification.is_some() {
            return Err(HubError::invalid(format!(
                "type: a question is answered by type `{ANSWER}`"
            )));
        }
        let back = route.recipient.as_str() == asked.asker_oin
            && route.desk.as_str() == asked.asker_desk
            && route.agreement.as_str() == asked.agreement_hash;
        if !back {
            return Err(HubError::invalid(
                "route: an answer goes to the desk that asked, under the agreement of the question",
            ));
        }
        if route.hour != Hour(asked.hour) {
            return Err(HubError::invalid(
                "route: the hour of the question is expected; another would tell when it was made",
            ));
        }
        let definition = self.parts.rules.catalogue.signal_type(&header.signal_type);
        let definition = definition.ok_or_else(|| {
            HubError::invalid(format!("type: `{ANSWER}` is not in the catalogue"))
        })?;
        check_answer(header, &repeated(asked)?, definition).map_err(HubError::invalid)?;
        if !envelope
            .fields
            .iter()
            .map(|field| &field.path)
            .eq(&header.fields)
        {
            return Err(HubError::invalid(
                "record: an answer has the fields of its type and no reference",
            ));
        }
        if command.cover {
            check_cover(&envelope.source.value).map_err(HubError::invalid)?;
        }
        match &asked.lodged {
            Some(lodged) => as_its_cover(lodged, envelope),
            None => Ok(()),
        }
    }
}

/// A cover first and once, then an answer at most once.
pub(super) fn lodged_in_order(asked: &QuestionRecord, command: &Answer) -> Result<(), HubError> {
    let before = |what: &str| Err(HubError::told(ErrorCode::QuestionAnswered, what));
    match (asked.lodged.is_some(), command.cover) {
        (true, true) => before("a cover was lodged for this question before"),
        (true, false) if asked.answered => before("this question was answered before"),
        (false, false) => Err(HubError::invalid(
            "cover: the cover of a question is lodged first, as it arrives",
        )),
        _ => Ok(()),
    }
}

/// That what comes in the place of a cover has the same header, byte for byte in meaning and in form, is under
/// the same clause, and names the same keys and certificate: the desk that asked sees all of these, and some
/// of them are its own to change.
fn as_its_cover(lodged: &LodgedRecord, envelope: &Envelope) -> Result<(), HubError> {
    let (route, header) = (&envelope.route.value, &envelope.header.value);
    let cover = disclose::header_of(&lodged.payload)?;
    if cover != *header || lodged.delivery.clause != route.clause.as_str() {
        return Err(HubError::invalid(
            "header: an answer has the header and clause of its cover",
        ));
    }
    let cover = disclose::route_of(&lodged.payload)?;
    if !same_keys(&cover, route) {
        return Err(HubError::invalid(
            "route: an answer names the keys of its cover; newer ones would tell that somebody decided. Keep \
             the key ids with the question",
        ));
    }
    if lodged.payload.signing_chain != envelope.chain {
        return Err(HubError::invalid(
            "chain: an answer is signed under the certificate of its cover; another would tell that somebody \
             decided. The cover leaves: tell the desk that asked another way",
        ));
    }
    Ok(())
}

fn same_keys(cover: &Route, route: &Route) -> bool {
    cover.epoch == route.epoch
        && cover.seal_kid == route.seal_kid
        && cover.recipient_pseudonym_kid == route.recipient_pseudonym_kid
        && cover.source_pseudonym_kid == route.source_pseudonym_kid
}

fn repeated(asked: &QuestionRecord) -> Result<Repeated, HubError> {
    let damaged = |_| HubError::Internal("a stored question does not read");
    Ok(Repeated {
        purpose: asked.purpose.parse().map_err(damaged)?,
        region: asked.region.parse().map_err(damaged)?,
        necessity: asked.necessity.parse().map_err(damaged)?,
        informed: asked.informed.parse().map_err(damaged)?,
        hour: Hour(asked.hour),
    })
}
