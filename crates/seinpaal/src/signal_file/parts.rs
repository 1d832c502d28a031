//! The tables of a signal file: recipients, subjects, fields, references, who acted.

use super::table::{FileError, Found, Row};
use super::value::{self, bytes};
use seinhuis_client::{Identifier, Identity, PersonIdentity, SignalBuilder, Subject, To};
use seinhuis_domain::signal::PriorCall;
use seinhuis_pseudonym::{ChainNumber, CitizenNumber, Pseudonym};
use seinhuis_types::{AgreementHash, CodeValue, FieldPath, SubjectRole};

/// Longest name of a person by the partner's own pseudonym, in bytes.
const PERSON: usize = 64;
/// Longest URI of a processing activity, in bytes.
const ACTIVITY: usize = 256;

/// `[[to]]`
pub(super) fn recipients(
    root: &Row<'_>,
    agreement: Option<&AgreementHash>,
) -> Result<Vec<To>, FileError> {
    let rows = root.tables("to")?;
    if rows.is_empty() {
        return Err(root.fault_at(0, "to", "name at least one recipient, `[[to]]`"));
    }
    let read = |row: &Row<'_>| {
        row.only(&["oin", "desk", "agreement", "clause"])?;
        let agreement = match agreement {
            Some(agreement) => agreement.clone(),
            None => {
                let found = row.text("agreement")?;
                AgreementHash::parse(found.value)
                    .map_err(|error| row.fault_at(found.at, "agreement", error.rule))?
            }
        };
        Ok(To {
            oin: row.parse("oin")?,
            desk: row.parse("desk")?,
            agreement,
            clause: row.parse("clause")?,
        })
    };
    rows.iter().map(read).collect()
}

/// `[[subjects]]`
pub(super) fn subjects(root: &Row<'_>, builder: SignalBuilder) -> Result<SignalBuilder, FileError> {
    root.tables("subjects")?
        .iter()
        .try_fold(builder, |builder, row| {
            row.only(&["number", "skn", "own", "role", "age_band", "identity"])?;
            let role: SubjectRole = row.parse("role")?;
            let age_band: CodeValue = row.parse("age_band")?;
            let subject = Subject::new(identifier(row)?, role.as_str(), age_band.as_str())
                .map_err(|error| row.fault(error.rule))?;
            Ok(builder.subject(match identity(row)? {
                Some(identity) => subject.with_identity(identity),
                None => subject,
            }))
        })
}

fn identifier(row: &Row<'_>) -> Result<Identifier, FileError> {
    let one = "exactly one of `number`, `skn` and `own`";
    match (
        row.maybe_text("number")?,
        row.maybe_text("skn")?,
        row.maybe_text("own")?,
    ) {
        (Some(found), None, None) => number(row, "number", &found).map(Identifier::Number),
        (None, Some(found), None) => ChainNumber::parse(found.value)
            .map(Identifier::Skn)
            .map_err(|error| row.fault_at(found.at, "skn", error.rule)),
        (None, None, Some(found)) => bytes::<32>(found.value)
            .and_then(|bytes| Pseudonym::from_bytes(&bytes).ok())
            .map(Identifier::Own)
            .ok_or_else(|| {
                row.fault_at(found.at, "own", "a pseudonym of this desk, 64 hex digits")
            }),
        _ => Err(row.fault(one)),
    }
}

fn number(row: &Row<'_>, key: &str, found: &Found<&str>) -> Result<CitizenNumber, FileError> {
    CitizenNumber::parse(found.value).map_err(|error| row.fault_at(found.at, key, error.rule))
}

/// `identity = "number"`, or a table with a number or with what finds a person without one.
fn identity(row: &Row<'_>) -> Result<Option<Identity>, FileError> {
    let rule = "\"number\", which seals the subject's own `number`; or a table";
    if let Ok(Some(word)) = row.maybe_text("identity") {
        let wrong = || row.fault_at(word.at, "identity", rule);
        if word.value != "number" {
            return Err(wrong());
        }
        let own = row.maybe_text("number")?.ok_or_else(wrong)?;
        return number(row, "number", &own).map(|number| Some(Identity::Number(number)));
    }
    let Some(table) = row.maybe_table("identity")? else {
        return Ok(None);
    };
    table.only(&[
        "number",
        "family_name",
        "initials",
        "birth_date",
        "postcode",
        "house_number",
    ])?;
    if let Some(found) = table.maybe_text("number")? {
        table.only(&["number"])?;
        return number(&table, "number", &found).map(|number| Some(Identity::Number(number)));
    }
    let part = |key| Ok::<_, FileError>(table.maybe_text(key)?.map_or("", |found| found.value));
    let person = PersonIdentity::new(
        table.text("family_name")?.value,
        part("initials")?,
        table.text("birth_date")?.value,
        part("postcode")?,
        part("house_number")?,
    );
    person
        .map(|person| Some(Identity::Person(person)))
        .map_err(|error| table.fault(error.rule))
}

/// `[fields]`
pub(super) fn fields(root: &Row<'_>, builder: SignalBuilder) -> Result<SignalBuilder, FileError> {
    let Some(row) = root.maybe_table("fields")? else {
        return Ok(builder);
    };
    row.each().try_fold(builder, |builder, (key, at, found)| {
        let path: FieldPath = key
            .parse()
            .map_err(|_| row.fault_at(at, "", "not the name of a field"))?;
        if path.as_str() == "case" || path.as_str().contains('/') {
            let rule =
                "`case` and identities have places of their own: `[case]`, `subjects.identity`";
            return Err(row.fault_at(at, "", rule));
        }
        let wrong = || row.fault_at(found.span().start, path.as_str(), value::RULE);
        let value = value::canonical(found.get_ref()).ok_or_else(wrong)?;
        Ok(builder.field(path.as_str(), value))
    })
}

/// `[case]`
pub(super) fn case(root: &Row<'_>, builder: SignalBuilder) -> Result<SignalBuilder, FileError> {
    let Some(row) = root.maybe_table("case")? else {
        return Ok(builder);
    };
    row.only(&["own", "others"])?;
    let reference = |key: &str, found: &Found<&str>| {
        let rule = "an opaque reference, 32 hex digits";
        bytes::<16>(found.value).ok_or_else(|| row.fault_at(found.at, key, rule))
    };
    let own = reference("own", &row.text("own")?)?;
    let others = row.texts("others")?;
    if let Some(third) = others.get(2) {
        return Err(row.fault_at(third.at, "others", "at most two other references"));
    }
    let others: Vec<[u8; 16]> = others
        .iter()
        .map(|found| reference("others", found))
        .collect::<Result<_, _>>()?;
    Ok(builder.case(own, &others))
}

/// `[source]`
pub(super) fn source(root: &Row<'_>, builder: SignalBuilder) -> Result<SignalBuilder, FileError> {
    let Some(row) = root.maybe_table("source")? else {
        return Ok(builder);
    };
    row.only(&[
        "person",
        "role",
        "decided_by",
        "reason",
        "activity",
        "approval",
        "call",
    ])?;
    let mut builder = builder;
    if row.has("person") || row.has("role") {
        let role: CodeValue = row.parse("role")?;
        builder = builder.by(person(&row, "person")?, role.as_str());
    }
    if row.has("decided_by") || row.has("reason") {
        let reason: CodeValue = row.parse("reason")?;
        builder = builder.decided(person(&row, "decided_by")?, reason.as_str());
    }
    if let Some(uri) = row.maybe_text("activity")? {
        if uri.value.len() > ACTIVITY || nine_digits(uri.value) {
            let rule = "at most 256 bytes, without nine digits in a row";
            return Err(row.fault_at(uri.at, "activity", rule));
        }
        builder = builder.activity(uri.value);
    }
    if let Some(approval) = row.maybe_table("approval")? {
        approval.only(&["function", "date"])?;
        let function: CodeValue = approval.parse("function")?;
        builder = builder.approved(function.as_str(), approval.day("date")?);
    }
    if let Some(call) = row.maybe_table("call")? {
        call.only(&["desk", "at", "reached"])?;
        builder = builder.called(PriorCall {
            desk: call.parse("desk")?,
            hour: call.hour("at", "a date-time with an offset")?,
            reached: call
                .maybe_bool("reached")?
                .ok_or_else(|| call.fault("say whether somebody answered: `reached`"))?,
        });
    }
    Ok(builder)
}

/// A member of staff, by the partner's own pseudonym.
fn person<'t>(row: &Row<'t>, key: &str) -> Result<&'t str, FileError> {
    let found = row.text(key)?;
    if found.value.is_empty() || found.value.len() > PERSON || nine_digits(found.value) {
        let rule =
            "your own pseudonym of a member of staff: 1 to 64 bytes, without nine digits in a row";
        return Err(row.fault_at(found.at, key, rule));
    }
    Ok(found.value)
}

/// Whether a citizen number could be in it.
fn nine_digits(text: &str) -> bool {
    text.as_bytes()
        .windows(9)
        .any(|window| window.iter().all(u8::is_ascii_digit))
}
