//! Questions of the tests and of the measurement: Veilig Thuis asks the police whether a ban is in force.

use seinhuis_client::{ActingPerson, Decider, Signal, Subject};
use seinhuis_domain::signal::Regime;
use seinhuis_types::{Clock, ParseError, SystemClock};

/// Veilig Thuis asks the police about a person; the police answer.
pub const CLAUSES: &str = r#"
[[clauses]]
id = "vt-pol-ask"
from = "00000099000000050000"
to = "00000099000000010000"
mode = "ask"
purposes = ["P-SAFETY"]
subject_roles = ["victim"]
max_subjects = 1
id_kinds = ["number"]
identity_sealed = false
desks = ["huiselijk-geweld"]
regions = ["kennemerland"]
regimes = ["AVG"]
consent = "none"
inform = { by = "from", within_days = 28 }
retention = "R0"
onward = "none"
obligations = []
visibility = "authority"
recipient_may_not_know = false

[[clauses.types]]
code = "ASK"
fields = ["question", "question_ref", "due"]

[clauses.basis]
provide = [{ code = "VT-POL", from = "veilig-thuis-wmo", to = "politie-wmo" }]
receive = [{ code = "WPG-3-8", from = "veilig-thuis-wpg", to = "politie-wpg" }]
special = [{ code = "WPG-5", from = "veilig-thuis-wpg", to = "politie-wpg" }]

[[clauses]]
id = "pol-vt-answer"
from = "00000099000000010000"
to = "00000099000000050000"
mode = "ask"
purposes = ["P-SAFETY"]
subject_roles = ["victim"]
max_subjects = 1
id_kinds = ["own"]
identity_sealed = false
desks = ["intake"]
regions = ["kennemerland"]
regimes = ["WPG"]
wpg_articles = ["8"]
consent = "none"
inform = { by = "to", within_days = 28 }
retention = "R0"
onward = "within-task"
obligations = []
visibility = "authority"
recipient_may_not_know = false

[[clauses.types]]
code = "ANSWER"
fields = ["answer", "question_ref", "refusal_ground"]

[clauses.basis]
provide = [{ code = "POL-VT", from = "politie-bpg", to = "veilig-thuis-bpg" }]
receive = [{ code = "WMO-4-1-1-2", from = "politie-wmo", to = "veilig-thuis-wmo" }]
special = [{ code = "WMO-5-1-6-2", from = "politie-wmo", to = "veilig-thuis-wmo" }]
"#;

/// What the clauses for questions stand on beside what the example has.
const ATTESTED: &str = r#"[attestations.veilig-thuis-wpg]
function = "Jurist"
date = 2026-09-14
opinion_hash = "abababababababababababababababababababababababababababababababab"
law_version = 2025-07-01

"#;

/// The example agreement with clauses for questions.
pub fn with_clauses(text: &str, clauses: &str) -> String {
    let text = text.replacen("[[clauses]]", &format!("{ATTESTED}[[clauses]]"), 1);
    format!("{text}\n{clauses}")
}

/// Is a ban in force, about these people?
///
/// # Errors
/// A number that does not pass the 11-test.
pub fn try_question(reference: u8, people: &[&str]) -> Result<Signal, ParseError> {
    let signal = Signal::build("ASK", "P-SAFETY")
        .happened(SystemClock.now().hour(), "kennemerland")
        .because("report-task", "not-yet")
        .under(Regime::Avg, None)
        .field("question", "ban")
        .field("question_ref", [reference; 16])
        .field("due", "2026-12-01")
        .by("worker-9", "vt-worker")
        .decided("worker-9", "report-task");
    let signal = people.iter().try_fold(signal, |signal, number| {
        Ok::<_, ParseError>(signal.subject(Subject::number(number, "victim", "18-plus")?))
    })?;
    signal.finish()
}

/// The same in a test.
///
/// # Panics
/// When a number is mistyped: a mistake of the test.
#[expect(
    clippy::expect_used,
    reason = "a wrong number is a mistake of the test"
)]
pub fn question(reference: u8, people: &[&str]) -> Signal {
    try_question(reference, people).expect("a question")
}

/// Who decides at the police.
///
/// # Panics
/// Never: the role is of its form.
#[expect(clippy::expect_used, reason = "the role is written here")]
pub fn decider() -> Decider {
    Decider {
        by: b"officer-17".to_vec(),
        role: "police-officer".parse().expect("a role"),
        decided_by: b"chief-2".to_vec(),
    }
}

/// The same person, as the police assert it.
///
/// # Panics
/// Never: every part is of its form.
#[expect(clippy::expect_used, reason = "every part is written here")]
pub fn named() -> ActingPerson {
    let person = ActingPerson::parse("officer-17", "police-officer", "report-task", "case-1");
    person.expect("a person")
}
