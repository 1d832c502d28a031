//! Incidents as documents, kept in the folder `incidents` of the partner's state.

use crate::exit::Failure;
use crate::files;
use seinhuis_client::Incident;
use seinhuis_types::{Millis, hex};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What is told of an incident: no value of a signal and no identifier of a person is in any.
pub(crate) fn document(incident: &Incident) -> Value {
    let evidence = match incident {
        Incident::Log(evidence) => json!({
            "earlier_checkpoint": evidence.earlier,
            "later_checkpoint": evidence.later,
            "finding": evidence.finding,
        }),
        Incident::Crime(caught) => json!({
            "crime": caught.exhibit.crime().as_str(),
            "weight": caught.weight.as_str(),
            "file": caught.file.as_ref().map(|file| file.display().to_string()),
            "text": caught.exhibit.to_string(),
        }),
        _ => Value::Null,
    };
    json!({ "kind": incident.as_str(), "message": incident.to_string(), "evidence": evidence })
}

/// Keeps what is known of an incident; gives the file.
pub(crate) fn keep(state: &Path, now: Millis, incident: &Value) -> Result<PathBuf, Failure> {
    // Two in one millisecond would otherwise be one.
    let tail = hex(&std::process::id().to_be_bytes());
    let folder = state.join("incidents");
    let mut count = 0_u32;
    let path = loop {
        let path = folder.join(format!("{}-{tail}-{count}.json", now.0));
        if !path.exists() {
            break path;
        }
        count = count.saturating_add(1);
    };
    files::write(&path, format!("{incident}\n").as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_client::Evidence;

    #[test]
    fn evidence_is_kept_with_both_notes_and_none_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let evidence = Evidence {
            earlier: "one".into(),
            later: "two".into(),
            finding: "fork".into(),
        };
        let found = document(&Incident::Log(Box::new(evidence)));
        let first = keep(dir.path(), Millis(7), &found).unwrap();
        let second = keep(dir.path(), Millis(7), &found).unwrap();
        assert_ne!(first, second);
        let text = std::fs::read_to_string(first).unwrap();
        assert!(text.contains("one") && text.contains("two"), "{text}");
    }
}
