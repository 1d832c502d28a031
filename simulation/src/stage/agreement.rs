//! What the three partners agreed: the example of two parties, with the board and a clause on consent.
//! Must not know: keys, signals.

use super::{BOARD, CARE, POLICE};
use crate::SimulationError;
use crate::fault::During;
use seinhuis_domain::agreement::{Placeholders, StepKind, from_toml};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_hub::Rules;
use seinhuis_policy::Engine;
use seinhuis_types::{AgreementHash, ClauseId, Desk, Millis, Oin, ParseError};
use std::path::{Path, PathBuf};

/// When every interleaving begins: 2027-01-15T08:00:00Z, a Friday.
pub(crate) const BEGIN: Millis = Millis(1_800_000_000_000);
/// The first moment after the agreement: ten days later, after the second that it names as its last.
pub(crate) const END: Millis = Millis(BEGIN.0 + 10 * Millis::DAY + Millis::SECOND);

/// OIN, role, desk and name of each party.
pub(crate) const PARTIES: [(&str, &str, &str, &str); 3] = [
    (
        "00000099000000010000",
        "politie",
        "huiselijk-geweld",
        "police",
    ),
    ("00000099000000050000", "veilig-thuis", "intake", "care"),
    ("00000099000000030000", "rvdk", "intake", "board"),
];

/// The board, and a plan that goes to it on consent.
const MORE: &str = r#"
[[parties]]
oin = "00000099000000030000"
role = "rvdk"
name = "Raad voor de Kinderbescherming, regio Noord-Holland"
desks = ["intake"]
processing_activity_ids = ["https://register.rvdk.example/verwerking/beschermingsonderzoek"]
contact_point = "fg@rvdk.example"
log_retention_days = 1826

[[fg_advice]]
oin = "00000099000000030000"
date = 2026-07-06
reference = "FG-2026-rvdk"

[attestations.consent]
function = "Jurist"
date = 2026-09-02
opinion_hash = "37ea47770ebd70873fbed3f6cda85c6861b8a3de5d9209749260b2d3f3ab7e77"
law_version = 2026-09-01

[attestations.rvdk-wmo]
function = "Landelijk jurist"
date = 2026-08-24
opinion_hash = "510dbf8a8d8874877bd247565d5ec16ab846767b42ea75fc6b8ad34c98fb13e6"
law_version = 2026-07-01

[[clauses]]
id = "vt-rvdk-plan"
from = "00000099000000050000"
to = "00000099000000030000"
mode = "push"
purposes = ["P-PLAN"]
subject_roles = ["victim", "parent", "child"]
max_subjects = 4
id_kinds = ["number"]
identity_sealed = false
desks = ["intake"]
regions = ["kennemerland"]
regimes = ["AVG"]
consent = "needed"
inform = { by = "from", within_days = 28 }
retention = "R2"
onward = "none"
obligations = ["hide-source"]
visibility = "authority"
recipient_may_not_know = false

[[clauses.types]]
code = "PLAN_AGREED"
fields = ["plan_ref", "plan_version", "plan_owner", "review_day"]

[clauses.basis]
provide = [{ code = "CONSENT", from = "consent", to = "consent" }]
receive = [{ code = "PLAN-TASK", from = "veilig-thuis-wmo", to = "rvdk-wmo" }]
"#;

fn config(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../config")
        .join(path)
}

fn text(path: &str) -> Result<String, SimulationError> {
    std::fs::read_to_string(config(path)).during(path)
}

fn texts(folder: &str, extension: &str) -> Result<Vec<(String, String)>, SimulationError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(config(folder)).during(folder)? {
        let path = entry.during(folder)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            let text = std::fs::read_to_string(&path).during(folder)?;
            found.push((path.display().to_string(), text));
        }
    }
    found.sort();
    Ok(found)
}

/// Catalogue and policy set of the repository.
pub(crate) fn rules() -> Result<Rules, SimulationError> {
    let policies = texts("policy", "cedar")?;
    let policies: Vec<(&str, &str)> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Ok(Rules {
        catalogue: Catalogue::load(&texts("catalogue", "toml")?)
            .map_err(|faults| first(&faults))?,
        policy: Engine::load(&text("policy/schema.cedarschema")?, &policies)
            .map_err(|faults| first(&faults))?,
    })
}

/// The first of the faults that a reader tells.
fn first(faults: &[impl std::fmt::Display]) -> SimulationError {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    SimulationError::new("rules", first)
}

/// The content that is signed.
pub(crate) fn content(rules: &Rules) -> Result<Vec<u8>, SimulationError> {
    let text = text("agreements/two-party.toml")?
        .replace("2031-08-31T23:59:59+02:00", "2027-01-25T08:00:00Z")
        .replace("review = 2027-09-01", "review = 2027-01-20");
    let places = Placeholders {
        catalogue_hash: Some(rules.catalogue.hash()),
        policy_hash: Some(rules.policy.hash()),
    };
    from_toml(&(text + MORE), &places).during("agreement")
}

/// The operator's list of who takes part; a system's thumbprint is its number.
pub(crate) fn partners() -> String {
    let one = |(number, (oin, role, desk, name)): (usize, &(&str, &str, &str, &str))| {
        format!(
            "[[partner]]\noin = \"{oin}\"\nname = \"{name}\"\nrole = \"{role}\"\n\
             region = \"kennemerland\"\ndesks = [\"{desk}\"]\n[[partner.system]]\n\
             thumbprint = \"{number:064x}\"\nname = \"{name}\"\n\
             capabilities = [\"signal\", \"agreement\", \"keys\"]\n"
        )
    };
    PARTIES.iter().enumerate().map(one).collect()
}

/// A way that a signal may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) clause: &'static str,
    pub(crate) signal_type: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) fields: &'static [&'static str],
    pub(crate) role: &'static str,
    pub(crate) retention: &'static str,
    pub(crate) urgency: &'static str,
}

/// The police report to Veilig Thuis.
pub(crate) const REPORT: Way = Way {
    from: POLICE,
    to: CARE,
    clause: "pol-vt-report",
    signal_type: "INC_HOME",
    purpose: "P-REPORT",
    fields: &["form", "nature", "children_present", "severity"],
    role: "victim",
    retention: "R0",
    urgency: "U3",
};
/// Veilig Thuis tells the reporter.
pub(crate) const FEEDBACK: Way = Way {
    from: CARE,
    to: POLICE,
    clause: "vt-pol-feedback",
    signal_type: "VT_TAKEN",
    purpose: "P-FEEDBACK",
    fields: &["registered"],
    role: "victim",
    retention: "R0",
    urgency: "U4",
};
/// A plan goes to the board, on consent.
pub(crate) const PLAN: Way = Way {
    from: CARE,
    to: BOARD,
    clause: "vt-rvdk-plan",
    signal_type: "PLAN_AGREED",
    purpose: "P-PLAN",
    fields: &["plan_ref", "plan_version", "plan_owner", "review_day"],
    role: "victim",
    retention: "R2",
    urgency: "U3",
};

impl Way {
    pub(crate) fn clause(&self) -> Result<ClauseId, ParseError> {
        ClauseId::parse(self.clause)
    }
}

pub(crate) fn oin(party: usize) -> Result<Oin, SimulationError> {
    let found = PARTIES.get(party).map_or("", |party| party.0);
    Oin::parse(found).during("party")
}

pub(crate) fn desk(party: usize) -> Result<Desk, SimulationError> {
    let found = PARTIES.get(party).map_or("", |party| party.2);
    Desk::parse(found).during("desk")
}

/// Who it is, for people.
pub(crate) fn name(party: usize) -> &'static str {
    PARTIES.get(party).map_or("nobody", |party| party.3)
}

/// What a party signs for its `nth` step.
pub(crate) fn claims(hash: &AgreementHash, kind: StepKind, nth: u64) -> String {
    let why = match kind {
        StepKind::Accept => "",
        StepKind::Reject => r#","reason":"content""#,
        StepKind::Suspend => r#","reason":"technical""#,
        StepKind::Resume => r#","reason":"resolved""#,
        StepKind::Leave => r#","reason":"not-needed""#,
    };
    let at = BEGIN.seconds().saturating_add(nth);
    format!(
        r#"{{"agreement_content_hash":"{hash}","type":"{}","signed_at":{at},"initiator":"administrator-1","approver":"officer-2"{why}}}"#,
        kind.as_str()
    )
}
