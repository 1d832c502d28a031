//! What the demo is about. EVERYTHING HERE IS MADE UP: no such person, case or member of staff
//! exists. The citizen numbers pass the 11-test because nothing else is taken; they begin with 9999, as
//! Dutch test data do.
//!
//! Owns: people, references and coded values, and nothing that does anything.

use seinhuis_client::{Identity, PersonIdentity};
use seinhuis_pseudonym::{ChainNumber, CitizenNumber};
use seinhuis_types::ParseError;

/// Names and values of coded fields, in canonical form.
pub(super) type Values = Vec<(&'static str, String)>;

/// A made-up person.
pub(super) struct Person {
    /// Called so in the narration.
    pub(super) name: &'static str,
    /// Citizen number (burgerservicenummer).
    number: &'static str,
    /// Age band of the catalogue.
    pub(super) age_band: &'static str,
}

/// The father of the household, suspected.
pub(super) const FATHER: Person = Person {
    name: "Bram Fictief",
    number: "999955597",
    age_band: "18-plus",
};
/// The mother.
pub(super) const MOTHER: Person = Person {
    name: "Noor Verzonnen",
    number: "999971049",
    age_band: "18-plus",
};
/// Their daughter.
pub(super) const CHILD: Person = Person {
    name: "Fenna Fictief",
    number: "999926846",
    age_band: "0-11",
};
/// All of them, in the order of the signals.
pub(super) const HOUSEHOLD: [&Person; 3] = [&FATHER, &MOTHER, &CHILD];

/// The father's criminal-chain number (strafrechtsketennummer).
const FATHER_SKN: &str = "2044112087";

impl Person {
    /// The citizen number, parsed anew: it is wiped wherever it was used.
    pub(super) fn number(&self) -> Result<CitizenNumber, ParseError> {
        CitizenNumber::parse(self.number)
    }

    /// The citizen number as text, to make a tag of it.
    pub(super) fn digits(&self) -> &'static str {
        self.number
    }

    /// The number as it is sealed for a recipient that may know.
    pub(super) fn sealed(&self) -> Result<Identity, ParseError> {
        self.number().map(Identity::Number)
    }
}

/// The father as the criminal chain knows him.
pub(super) fn father_skn() -> Result<ChainNumber, ParseError> {
    ChainNumber::parse(FATHER_SKN)
}

/// The father by name and address, for a recipient that gets no citizen number.
pub(super) fn father_by_name() -> Result<PersonIdentity, ParseError> {
    PersonIdentity::new("Fictief", "B.", "1986-04-12", "2011ZZ", "12b")
}

/// What the partners send and neither service may hold, with what each is: every number, what tells
/// who the father is, every case reference, and those coded values that can stand nowhere else.
pub(super) fn secrets() -> Result<Vec<(Vec<u8>, &'static str)>, ParseError> {
    let mut found: Vec<(Vec<u8>, &'static str)> = Vec::new();
    for person in HOUSEHOLD {
        found.push((person.number.into(), "a citizen number"));
    }
    let father = father_by_name()?;
    found.push((FATHER_SKN.into(), "a chain number"));
    found.push((father.family_name().into(), "a name"));
    found.push((father.birth_date().into(), "a birth date"));
    found.push((father.postcode().into(), "a postcode"));
    for case in [
        POLICE_CASE,
        POLICE_CASE_TWO,
        VT_CASE,
        RVDK_CASE,
        OM_CASE,
        REC_CASE,
    ] {
        found.push((case.to_vec(), "a case reference"));
    }
    for reference in QUESTIONS.iter().chain([&QUESTION_REFUSED, &PLAN]) {
        found.push((reference.as_bytes().to_vec(), "a reference of its own"));
    }
    found.push((CONSENT_DOSSIER.into(), "whose consent it is"));
    for values in [incident(), request(), conditions("", "")] {
        let telling = |path: &str| matches!(path, "nature" | "conditions" | "corv_ref");
        let values = values.into_iter().filter(|(path, _)| telling(path));
        found.extend(values.map(|(_, value)| (value.into_bytes(), "a coded value")));
    }
    Ok(found)
}

/// Who of a partner acts and decides, by that partner's own pseudonyms.
pub(super) struct Staff {
    /// Sends and opens.
    pub(super) acts: &'static str,
    /// The function, a code of the list `acting-role`.
    pub(super) role: &'static str,
    /// Decides that a signal leaves.
    pub(super) decides: &'static str,
    /// The entry in the partner's register of processing.
    pub(super) activity: &'static str,
    /// Starts a step of the agreement.
    pub(super) administrator: &'static str,
    /// Approves it.
    pub(super) approver: &'static str,
}

/// By the name of a partner's folder.
pub(super) fn staff(partner: &str) -> Staff {
    let (acts, role, decides, activity) = match partner {
        "politie" => (
            "pol-agent-17",
            "police-officer",
            "pol-hovj-3",
            "https://register.politie.example/verwerking/huiselijk-geweld",
        ),
        "om" => (
            "om-medewerker-8",
            "prosecution-staff",
            "om-officier-2",
            "https://register.om.example/verwerking/voorwaarden-en-executie",
        ),
        "rvdk" => (
            "rvdk-onderzoeker-5",
            "board-investigator",
            "rvdk-teamleider-1",
            "https://register.rvdk.example/verwerking/beschermingsonderzoek",
        ),
        "reclassering" => (
            "rec-werker-21",
            "probation-officer",
            "rec-unitleider-4",
            "https://register.reclassering.example/verwerking/toezicht",
        ),
        _ => (
            "vt-medewerker-9",
            "vt-worker",
            "vt-teamleider-2",
            "https://register.vt-kennemerland.example/verwerking/meldingen",
        ),
    };
    Staff {
        acts,
        role,
        decides,
        activity,
        administrator: "beheer-1",
        approver: "bestuur-1",
    }
}

/// Each partner's own case reference, 16 opaque bytes.
pub(super) const POLICE_CASE: [u8; 16] = *b"PL1100-26-0417-A";
/// Of the second report.
pub(super) const POLICE_CASE_TWO: [u8; 16] = *b"PL1100-26-0433-B";
/// Of Veilig Thuis.
pub(super) const VT_CASE: [u8; 16] = *b"VTK-2026-0093-IN";
/// Of the Board.
pub(super) const RVDK_CASE: [u8; 16] = *b"RVDK-NH-26-00512";
/// Of the prosecution.
pub(super) const OM_CASE: [u8; 16] = *b"OM-15-118204-26X";
/// Of probation.
pub(super) const REC_CASE: [u8; 16] = *b"REC-KML-26-00881";

/// Each question's own reference, 16 opaque bytes.
pub(super) const QUESTIONS: [&str; 3] =
    ["VRAAG-26-0041-VT", "VRAAG-26-0042-VT", "VRAAG-26-0043-VT"];
/// Of the question that is refused.
pub(super) const QUESTION_REFUSED: &str = "VRAAG-26-0044-VT";
/// The safety plan, 16 opaque bytes.
pub(super) const PLAN: &str = "PLAN-26-0007-KML";
/// How Veilig Thuis names who consents in its own record of it.
pub(super) const CONSENT_DOSSIER: &str = "dossier/vtk-0093-moeder";

fn values(pairs: &[(&'static str, &str)]) -> Values {
    pairs
        .iter()
        .map(|(path, value)| (*path, (*value).to_owned()))
        .collect()
}

/// INC_HOME: what the police found.
pub(super) fn incident() -> Values {
    values(&[
        ("form", "partner"),
        ("nature", "physical,psychological"),
        ("injury", "light"),
        ("weapon", "threatened"),
        ("substance", "alcohol"),
        ("place_type", "home"),
        ("children_present", "witness"),
        ("children_count", "1"),
        ("arrested", "yes"),
        ("complaint", "no"),
        ("barring_considered", "yes"),
        ("fact_status", "observed"),
        ("severity", "S3"),
    ])
}

/// VT_TAKEN: recorded on `day`.
pub(super) fn taken(day: &str) -> Values {
    values(&[("registered", day)])
}

/// VT_TRIAGE: what Veilig Thuis decided.
pub(super) fn triage(day: &str) -> Values {
    values(&[("after_report", "investigation"), ("registered", day)])
}

/// VT_VTO: the request to the Board.
pub(super) fn request() -> Values {
    values(&[
        ("urgent", "yes"),
        ("parents_informed", "yes"),
        ("corv_ref", "CORV-26-00019-AB"),
        ("fact_status", "reported"),
        ("severity", "S3"),
    ])
}

/// ASK: a coded question of VT's own reference, about a person who is named beside it.
pub(super) fn question(question: &str, reference: &str, due: &str) -> Values {
    values(&[
        ("question", question),
        ("question_ref", reference),
        ("due", due),
    ])
}

/// PLAN_AGREED: the safety plan.
pub(super) fn plan(owner: &str, review: &str) -> Values {
    values(&[
        ("plan_ref", PLAN),
        ("plan_version", "1"),
        ("plan_owner", owner),
        ("review_day", review),
    ])
}

/// ACUTE_UNSAFE.
pub(super) fn acute() -> Values {
    values(&[("form", "partner"), ("severity", "S4")])
}

/// RVDK_START.
pub(super) fn investigation(day: &str) -> Values {
    values(&[("investigation_kind", "protection"), ("start", day)])
}

/// COND_SET as it should have been: no ban on alcohol was imposed.
pub(super) fn corrected(start: &str, end: &str) -> Values {
    values(&[
        ("conditions", "contact-ban"),
        ("start", start),
        ("end", end),
        ("severity", "S3"),
    ])
}

/// COND_SET.
pub(super) fn conditions(start: &str, end: &str) -> Values {
    values(&[
        ("conditions", "alcohol-ban,contact-ban"),
        ("start", start),
        ("end", end),
        ("severity", "S3"),
    ])
}

/// RELEASE_SOON; the hour is counted from the epoch.
pub(super) fn release(day: &str, hour: u32) -> Values {
    values(&[
        ("release_day", day),
        ("release_hour", &hour.to_string()),
        ("release_kind", "suspension"),
        ("conditions_set", "yes"),
        ("severity", "S3"),
    ])
}

/// SUP_START.
pub(super) fn supervision(day: &str) -> Values {
    values(&[
        ("start", day),
        ("supervision_kind", "suspended-detention"),
        ("term_class", "to-6m"),
        ("domestic_theme", "yes"),
    ])
}

/// COND_BREACH.
pub(super) fn breach() -> Values {
    values(&[
        ("conditions_breached", "contact-ban"),
        ("advice", "revoke"),
        ("fact_status", "established"),
        ("severity", "S3"),
    ])
}
