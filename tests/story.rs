//! Signals the tests send. Every number and name is made up; the numbers pass the 11-test.

use seinhuis_client::{Identity, PersonIdentity, Signal, SignalBuilder, Subject};
use seinhuis_domain::signal::{Regime, WpgArticle};
use seinhuis_types::{Clock, ParseError, SystemClock};

/// An adult of the household.
pub const ADULT: &str = "123456782";
/// The other adult, suspected.
pub const SUSPECT: &str = "111222333";
/// The child.
pub const CHILD: &str = "999990019";

/// An INC_HOME about `subjects`, not finished: a test may add to it.
pub fn inc_home() -> SignalBuilder {
    Signal::build("INC_HOME", "P-REPORT")
        .happened(SystemClock.now().hour(), "kennemerland")
        .because("report-task", "not-yet")
        .under(Regime::Wpg, Some(WpgArticle::Art8))
        .field("form", "partner")
        .field("nature", "physical,psychological")
        .field("children_present", "witness")
        .field("severity", "S3")
        .case(*b"CASE-REFERENCE-1", &[])
        .by("officer-17", "police-officer")
        .decided("assistant-3", "report-task")
        .activity("https://register.example/politie/inc-home")
}

/// The three people of the household, with their numbers sealed for the recipient.
///
/// # Errors
/// None, unless a number is mistyped here.
pub fn household() -> Result<[Subject; 3], ParseError> {
    let known = |digits: &str, role: &str, band: &str| {
        let number = seinhuis_pseudonym::CitizenNumber::parse(digits)?;
        Ok::<_, ParseError>(
            Subject::number(digits, role, band)?.with_identity(Identity::Number(number)),
        )
    };
    Ok([
        known(ADULT, "victim", "18-plus")?,
        known(SUSPECT, "suspect", "18-plus")?,
        known(CHILD, "child", "0-11")?,
    ])
}

/// Someone without a number: by name, birth date, postcode and house number (Wmo 5.2.9(6)).
///
/// # Errors
/// None, unless a value is mistyped here.
pub fn nameless() -> Result<PersonIdentity, ParseError> {
    PersonIdentity::new("Zomerdijk-Fictief", "Q.", "1988-02-29", "2011ZZ", "12b")
}
