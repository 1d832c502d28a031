//! The questions to one's own desks, as they came. They go [`TERM_MS`] after their tick.
//!
//! Owns: the files `questions/<id>.json` of the partner's state. They tell whom a question is about, by the
//! desk's own pseudonym, so they are their owner's only. Must not know: what is answered.

use crate::exit::{Failure, tell};
use crate::files;
use crate::setup::Setup;
use crate::show;
use crate::signal_file;
use seinhuis_client::{QuestionKeys, ReceivedQuestion};
use seinhuis_domain::signal::{IdKind, SubjectHead};
use seinhuis_types::{AgreementHash, DeliveryId, Digest, Hour, Millis, hex};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FORMAT: &str = "seinpaal/question/v1";

/// How long a question stays after its tick, in milliseconds: seven days, as long as the hub tells who answers
/// late that it is closed. After that it serves nothing, and it says about whom was asked (AVG 5(1)(e)).
pub(super) const TERM_MS: u64 = 7 * Millis::DAY;

fn folder(state: &Path) -> PathBuf {
    state.join("questions")
}

fn file(state: &Path, id: DeliveryId) -> PathBuf {
    folder(state).join(format!("{id}.json"))
}

/// Keeps a question, before its cover is lodged: what was covered can be answered.
pub(crate) fn keep(state: &Path, question: &ReceivedQuestion) -> Result<(), Failure> {
    let subject = &question.subject;
    let document = json!({
        "format": FORMAT,
        "id": question.id.to_string(),
        "asker": question.asker.as_str(),
        "asker_desk": question.asker_desk.as_str(),
        "desk": question.desk.as_str(),
        "agreement": question.agreement.as_str(),
        "purpose": question.purpose.as_str(),
        "region": question.region.as_str(),
        "necessity": question.necessity.as_str(),
        "informed": question.informed.as_str(),
        "hour": question.hour.0,
        "tick": question.tick.0,
        "reference": hex(&question.reference),
        "question": question.question.as_str(),
        "due": question.due,
        "role": subject.role.as_str(),
        "age_band": subject.age_band.as_str(),
        "identifier_kind": subject.kind.byte(),
        "identity_sealed": subject.identity_sealed,
        "pseudonym": hex(&question.pseudonym),
        "seal_kid": question.keys.seal.as_str(),
        "seal_sha256": hex(&question.keys.seal_digest.0),
        "asker_pseudonym_kid": question.keys.asker_pseudonym.as_str(),
        "own_pseudonym_kid": question.keys.own_pseudonym.as_str(),
        "epoch": question.keys.epoch,
    });
    files::write(
        &file(state, question.id),
        format!("{document:#}\n").as_bytes(),
    )
}

/// Tells that a question was kept and covered.
pub(crate) fn kept(question: &ReceivedQuestion, setup: &Setup) -> Result<(), Failure> {
    let id = question.id.to_string();
    let tick = show::moment(question.tick);
    let document = json!({ "item": "covered", "question_id": id, "tick": tick });
    setup.out.show(&document, || {
        format!("question {id}: kept, and covered; answer it before {tick} with `seinpaal question answer`")
    })
}

/// A question, if it was kept.
pub(crate) fn find(state: &Path, id: DeliveryId) -> Result<Option<ReceivedQuestion>, Failure> {
    let path = file(state, id);
    let bytes = files::read(&path)?;
    bytes.map(|bytes| read(&path, &bytes)).transpose()
}

/// A question that was kept.
pub(crate) fn one(state: &Path, id: DeliveryId) -> Result<ReceivedQuestion, Failure> {
    match find(state, id)? {
        Some(question) => Ok(question),
        None => Err(Failure::mended(
            format!("no question `{id}` is kept"),
            "`seinpaal question list` tells which are; `signal receive --acknowledge` keeps them",
        )),
    }
}

/// Every question that was kept. What cannot be read is told of, and hides none of the others.
pub(crate) fn all(state: &Path) -> Result<Vec<ReceivedQuestion>, Failure> {
    let mut all = Vec::new();
    for path in paths(state)? {
        if let Some(bytes) = files::read(&path)? {
            match read(&path, &bytes) {
                Ok(question) => all.push(question),
                Err(_) => tell(&format!(
                    "seinpaal: `{}` is no question that this version keeps; it cannot be answered",
                    path.display()
                )),
            }
        }
    }
    Ok(all)
}

/// Removes the questions whose term has passed at `now`, and how many; by their tick alone, so that what another
/// version kept goes too. What has no tick is left where it is: [`all`] names it.
pub(crate) fn sweep(state: &Path, now: Millis) -> Result<usize, Failure> {
    let mut gone = 0;
    for path in paths(state)? {
        let Some(bytes) = files::read(&path)? else {
            continue;
        };
        let over = |tick: u64| tick.saturating_add(TERM_MS) <= now.0;
        if tick(&bytes).is_some_and(over) {
            std::fs::remove_file(&path).map_err(|error| Failure::file(&path, &error))?;
            gone += 1;
        }
    }
    Ok(gone)
}

fn tick(bytes: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.get("tick")?.as_u64()
}

fn paths(state: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = folder(state);
    let found = match std::fs::read_dir(&folder) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(&folder, &error)),
    };
    let mut paths = Vec::new();
    for entry in found {
        let path = entry
            .map_err(|error| Failure::file(&folder, &error))?
            .path();
        if path.extension().is_some_and(|found| found == "json") {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn read(path: &Path, bytes: &[u8]) -> Result<ReceivedQuestion, Failure> {
    let wrong = || Failure::invalid(format!("`{}` is no question that was kept", path.display()));
    let value: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).ok_or_else(wrong);
    let number = |key: &str| value.get(key).and_then(Value::as_u64).ok_or_else(wrong);
    if text("format")? != FORMAT {
        return Err(wrong());
    }
    let kind = u8::try_from(number("identifier_kind")?).ok();
    let subject = SubjectHead {
        role: text("role")?.parse().map_err(|_| wrong())?,
        age_band: text("age_band")?.parse().map_err(|_| wrong())?,
        kind: kind.and_then(IdKind::from_byte).ok_or_else(wrong)?,
        identity_sealed: value
            .get("identity_sealed")
            .and_then(Value::as_bool)
            .ok_or_else(wrong)?,
    };
    let pseudonym = crate::secret::pseudonym(text("pseudonym")?).map_err(|_| wrong())?;
    Ok(ReceivedQuestion {
        id: super::question_id(text("id")?).map_err(|_| wrong())?,
        asker: text("asker")?.parse().map_err(|_| wrong())?,
        asker_desk: text("asker_desk")?.parse().map_err(|_| wrong())?,
        desk: text("desk")?.parse().map_err(|_| wrong())?,
        agreement: AgreementHash::parse(text("agreement")?).map_err(|_| wrong())?,
        purpose: text("purpose")?.parse().map_err(|_| wrong())?,
        region: text("region")?.parse().map_err(|_| wrong())?,
        necessity: text("necessity")?.parse().map_err(|_| wrong())?,
        informed: text("informed")?.parse().map_err(|_| wrong())?,
        hour: Hour(u32::try_from(number("hour")?).map_err(|_| wrong())?),
        tick: Millis(number("tick")?),
        reference: super::question_id(text("reference")?)
            .map_err(|_| wrong())?
            .0,
        question: text("question")?.parse().map_err(|_| wrong())?,
        // What was kept before the day was has none.
        due: value.get("due").and_then(Value::as_str).map(str::to_owned),
        subject,
        pseudonym,
        keys: QuestionKeys {
            seal: text("seal_kid")?.parse().map_err(|_| wrong())?,
            seal_digest: signal_file::bytes(text("seal_sha256")?)
                .map(Digest)
                .ok_or_else(wrong)?,
            asker_pseudonym: text("asker_pseudonym_kid")?.parse().map_err(|_| wrong())?,
            own_pseudonym: text("own_pseudonym_kid")?.parse().map_err(|_| wrong())?,
            epoch: u16::try_from(number("epoch")?).map_err(|_| wrong())?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> ReceivedQuestion {
        ReceivedQuestion {
            id: DeliveryId([0xa7; 16]),
            asker: "00000099000000010000".parse().unwrap(),
            asker_desk: "intake".parse().unwrap(),
            desk: "huiselijk-geweld".parse().unwrap(),
            agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
            purpose: "P-SAFETY".parse().unwrap(),
            region: "kennemerland".parse().unwrap(),
            necessity: "report-task".parse().unwrap(),
            informed: "not-yet".parse().unwrap(),
            hour: Hour(497_222),
            tick: Millis(1_790_000_040_000),
            reference: [9; 16],
            question: "ban".parse().unwrap(),
            due: Some("2026-12-01".to_owned()),
            subject: SubjectHead {
                role: "victim".parse().unwrap(),
                age_band: "adult".parse().unwrap(),
                kind: IdKind::Own,
                identity_sealed: false,
            },
            pseudonym: [7; 32],
            keys: QuestionKeys {
                seal: "seal-e3-abc".parse().unwrap(),
                seal_digest: Digest([5; 32]),
                asker_pseudonym: "pseudonym-e3-abc".parse().unwrap(),
                own_pseudonym: "pseudonym-e3-def".parse().unwrap(),
                epoch: 3,
            },
        }
    }

    #[test]
    fn a_kept_question_is_read_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        assert!(all(dir.path()).unwrap().is_empty());
        let question = question();
        assert!(one(dir.path(), question.id).is_err());
        keep(dir.path(), &question).unwrap();
        let read = one(dir.path(), question.id).unwrap();
        assert_eq!(format!("{read:?}"), format!("{question:?}"));
        assert_eq!(all(dir.path()).unwrap().len(), 1);
        // One that was kept before the day was is still read.
        let path = file(dir.path(), question.id);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"due\": \"2026-12-01\",", "")).unwrap();
        assert_eq!(one(dir.path(), question.id).unwrap().due, None);
        std::fs::write(file(dir.path(), question.id), "{}").unwrap();
        assert!(one(dir.path(), question.id).is_err());
        // It does not hide the others.
        let other = ReceivedQuestion {
            id: DeliveryId([0xa8; 16]),
            ..question
        };
        keep(dir.path(), &other).unwrap();
        assert_eq!(all(dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_kept_question_goes_seven_days_after_its_tick() {
        let dir = tempfile::tempdir().unwrap();
        let question = question();
        keep(dir.path(), &question).unwrap();
        let strange = folder(dir.path()).join("strange.json");
        std::fs::write(&strange, "{}").unwrap();
        let older = folder(dir.path()).join("older.json");
        let text = std::fs::read_to_string(file(dir.path(), question.id)).unwrap();
        std::fs::write(&older, text.replace("\"seal_kid\"", "\"kid\"")).unwrap();
        let end = question.tick.0 + TERM_MS;
        assert_eq!(sweep(dir.path(), Millis(end - 1)).unwrap(), 0);
        assert!(one(dir.path(), question.id).is_ok());
        assert_eq!(sweep(dir.path(), Millis(end)).unwrap(), 2);
        assert!(one(dir.path(), question.id).is_err());
        assert!(strange.exists() && !older.exists());
    }
}
