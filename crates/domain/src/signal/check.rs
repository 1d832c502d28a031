//! What the catalogue says of a header's form. What breaks a rule here was never a signal of that
//! type, and is an error; what a clause does not allow is a refusal, and is decided elsewhere.

use super::{Header, Origin, Source, break_glass, rectification};
use crate::catalogue::{Catalogue, SpecialMark, TypeDef};
use seinhuis_types::{CodeValue, Coded, ErrorCode, FieldPath, Millis, ParseError, limits};
use std::collections::BTreeSet;

/// A header or source leaf that breaks a rule of form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// `MESSAGE_INVALID`, `EVENT_TIME_OUT_OF_RANGE` or `BREAK_GLASS_INVALID`.
    pub code: ErrorCode,
    /// Which rule, and what would mend it.
    pub message: String,
}

impl Invalid {
    pub(crate) fn new(message: String) -> Self {
        Self {
            code: ErrorCode::MessageInvalid,
            message,
        }
    }
}

impl From<ParseError> for Invalid {
    fn from(error: ParseError) -> Self {
        Self::new(error.to_string())
    }
}

impl Coded for Invalid {
    fn code(&self) -> ErrorCode {
        self.code
    }
}

/// Finds the header's type and holds every code of header and source against the catalogue.
///
/// # Errors
/// `MESSAGE_INVALID`, naming the first code that is unknown or the field outside the type.
pub fn check_header<'c>(
    header: &Header,
    source: &Source,
    catalogue: &'c Catalogue,
) -> Result<&'c TypeDef, Invalid> {
    let definition = check_codes(header, catalogue)?;
    if let Some(role) = &source.acting_role {
        listed(catalogue, "acting-role", role)?;
    }
    if let Some(approval) = &source.second_approval {
        listed(catalogue, "acting-role", &approval.function)?;
    }
    if let Some(reason) = &source.reason {
        listed(catalogue, "necessity", reason)?;
    }
    Ok(definition)
}

fn unknown(what: &str, code: &str) -> Invalid {
    Invalid::new(format!(
        "{what} `{code}` is not in the catalogue; see `seinhuis check`"
    ))
}

fn listed(catalogue: &Catalogue, list: &str, code: &CodeValue) -> Result<(), Invalid> {
    let found = catalogue.code_list(list);
    match found.is_some_and(|found| found.contains(code.as_str())) {
        true => Ok(()),
        false => Err(unknown(list, code.as_str())),
    }
}

/// The same of a header alone, where there is nobody yet who acts.
///
/// # Errors
/// As [`check_header`].
pub fn check_codes<'c>(header: &Header, catalogue: &'c Catalogue) -> Result<&'c TypeDef, Invalid> {
    let code = header.signal_type.as_str();
    let definition = catalogue
        .signal_type(&header.signal_type)
        .ok_or_else(|| unknown("signal type", code))?;
    if definition.version != header.type_version {
        return Err(Invalid::new(format!(
            "signal type `{code}` has version {}, not {}",
            definition.version, header.type_version
        )));
    }
    if catalogue.purpose(&header.purpose).is_none() {
        return Err(unknown("purpose", header.purpose.as_str()));
    }
    if catalogue.region(&header.region).is_none() {
        return Err(unknown("region", header.region.as_str()));
    }
    if catalogue.urgency(header.urgency.as_str()).is_none() {
        return Err(unknown("urgency", header.urgency.as_str()));
    }
    if definition.retention.as_str() != header.retention.as_str() {
        return Err(Invalid::new(format!(
            "retention of `{code}` is `{}`, not `{}`",
            definition.retention.as_str(),
            header.retention
        )));
    }
    listed(catalogue, "necessity", &header.necessity)?;
    listed(catalogue, "informed", &header.subject_informed)?;
    for subject in &header.subjects {
        listed(catalogue, "age-band", &subject.age_band)?;
        if catalogue.subject_role(&subject.role).is_none() {
            return Err(unknown("subject role", subject.role.as_str()));
        }
    }
    if let Some(outside) = header
        .fields
        .iter()
        .find(|f| !definition.fields.contains_key(*f))
    {
        return Err(Invalid::new(format!(
            "field `{outside}` is not a field of `{code}`"
        )));
    }
    check_origin(header, catalogue)?;
    if let Some(told) = &header.rectification {
        rectification::check(told, header, definition, catalogue)?;
    }
    if let Some(glass) = &header.break_glass {
        break_glass::check(glass, header, catalogue)?;
    }
    Ok(definition)
}

fn check_origin(header: &Header, catalogue: &Catalogue) -> Result<(), Invalid> {
    match (header.origin, &header.onward_basis) {
        (Origin::Own, None) => Ok(()),
        (Origin::Own, Some(_)) => Err(Invalid::new("onward_basis: own data need none".to_owned())),
        (Origin::Received, None) => Err(Invalid::new(
            "onward_basis: data received from another need one".to_owned(),
        )),
        (Origin::Received, Some(basis)) if catalogue.basis(basis).is_none() => Err(Invalid::new(
            format!("onward basis `{basis}` is not in the catalogue"),
        )),
        (Origin::Received, Some(_)) => Ok(()),
    }
}

/// That the event lies between five years back and five minutes ahead of `now`.
///
/// # Errors
/// `EVENT_TIME_OUT_OF_RANGE`.
pub fn check_event_time(header: &Header, now: Millis) -> Result<(), Invalid> {
    let start = header.event_hour.start();
    // An hour that has begun within the window counts: its start may lie up to an hour earlier.
    let earliest = now.minus(limits::EVENT_PAST_MS).hour().start();
    let latest = now.plus(limits::EVENT_FUTURE_MS);
    if start >= earliest && start <= latest {
        return Ok(());
    }
    Err(Invalid {
        code: ErrorCode::EventTimeOutOfRange,
        message: "the event lies more than five years back or more than five minutes ahead; \
                  check event_hour and the clock"
            .to_owned(),
    })
}

/// The marks of special and criminal data among the fields that would leave, by the names the
/// policy set uses.
pub fn required_special<'f>(
    definition: &TypeDef,
    fields: impl IntoIterator<Item = &'f FieldPath>,
) -> BTreeSet<&'static str> {
    definition
        .marks(fields)
        .into_iter()
        .map(SpecialMark::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Regime, SourceShield, WpgArticle};
    use seinhuis_types::Hour;

    fn header(event: Hour) -> Header {
        Header {
            signal_type: "INC_HOME".parse().unwrap(),
            type_version: 1,
            purpose: "P-REPORT".parse().unwrap(),
            necessity: "x".parse().unwrap(),
            regime: Regime::Wpg,
            wpg_article: Some(WpgArticle::Art8),
            second_approval: false,
            region: "kennemerland".parse().unwrap(),
            fields: BTreeSet::new(),
            subjects: Vec::new(),
            urgency: "U3".parse().unwrap(),
            event_hour: event,
            valid_until: None,
            retention: "R0".parse().unwrap(),
            source_shield: SourceShield::None,
            address_shield: false,
            subject_informed: "yes".parse().unwrap(),
            origin: Origin::Own,
            onward_basis: None,
            restriction: crate::signal::Restriction::None,
            restricted_theme: false,
            consent: None,
            rectification: None,
            break_glass: None,
        }
    }

    #[test]
    fn events_outside_the_window_are_no_signals() {
        let now = Millis(1_790_000_000_000);
        let at = |ms: Millis| check_event_time(&header(ms.hour()), now).map_err(|e| e.code);
        assert_eq!(at(now), Ok(()));
        assert_eq!(at(now.minus(limits::EVENT_PAST_MS)), Ok(()));
        let early = now.minus(limits::EVENT_PAST_MS + Millis::HOUR);
        assert_eq!(at(early), Err(ErrorCode::EventTimeOutOfRange));
        let late = now.plus(limits::EVENT_FUTURE_MS + Millis::HOUR);
        assert_eq!(at(late), Err(ErrorCode::EventTimeOutOfRange));
    }

    #[test]
    fn an_event_is_five_minutes_ahead_at_most_and_in_an_hour_that_began_five_years_back() {
        let hour = Hour(497_222);
        let seen = |now| check_event_time(&header(hour), now).map_err(|e| e.code);
        let first = hour.start().minus(5 * 60_000);
        let last = hour.start().plus(1_826 * Millis::DAY + Millis::HOUR - 1);
        for now in [first, hour.start(), last] {
            assert_eq!(seen(now), Ok(()), "{now:?}");
        }
        for now in [first.minus(1), last.plus(1)] {
            assert_eq!(seen(now), Err(ErrorCode::EventTimeOutOfRange), "{now:?}");
        }
    }
}
