//! The person that the log is searched for: by values that are never on a command line.
//!
//! Owns: reading them. Must not know: what is searched.

use crate::exit::Failure;
use crate::secret::{self, Source};
use clap::Args;
use seinhuis_domain::entry::SubjectValue;
use seinhuis_pseudonym::CitizenNumber;
use seinhuis_types::ParseError;

#[derive(Debug, Args)]
#[group(id = "who", required = true, multiple = true, args = ["number_file", "skn_file", "pseudonym_file"])]
pub(super) struct Person {
    /// The person's citizen number; `-` asks for it, or reads standard input. Never on the command
    /// line.
    #[arg(long, value_name = "FILE|-")]
    number_file: Option<Source>,
    /// The person's criminal-chain number (SKN), in the same way.
    #[arg(long, value_name = "FILE|-")]
    skn_file: Option<Source>,
    /// A desk's own pseudonym of the person, 64 hex digits, in the same way.
    #[arg(long, value_name = "FILE|-")]
    pseudonym_file: Option<Source>,
}

/// Who is looked for.
pub(super) struct Who {
    pub(super) number: Option<CitizenNumber>,
    pub(super) values: Vec<SubjectValue>,
}

impl Person {
    /// Reads every value that was named.
    pub(super) fn read(&self) -> Result<Who, Failure> {
        let sources = [&self.number_file, &self.skn_file, &self.pseudonym_file];
        if sources
            .iter()
            .filter(|source| **source == &Some(Source::Input))
            .count()
            > 1
        {
            return Err(Failure::Usage(
                "only one value can come from standard input".to_owned(),
            ));
        }
        let rule = ParseError::new("criminal-chain number", "1 to 12 digits");
        let mut who = Who {
            number: None,
            values: Vec::new(),
        };
        if let Some(source) = &self.number_file {
            let number = secret::one(source, "citizen number", CitizenNumber::parse)?;
            let digits = std::str::from_utf8(number.digits()).unwrap_or_default();
            let value = SubjectValue::number(digits)
                .map_err(|error| Failure::invalid(format!("{source}: {error}")))?;
            who.values.push(value);
            who.number = Some(number);
        }
        if let Some(source) = &self.skn_file {
            let parse = |text: &str| SubjectValue::skn(text).map_err(|_| rule.clone());
            who.values
                .push(secret::one(source, "criminal-chain number", parse)?);
        }
        if let Some(source) = &self.pseudonym_file {
            let own = secret::one(source, "own pseudonym", secret::pseudonym)?;
            who.values.push(SubjectValue::own_pseudonym(&own));
        }
        Ok(who)
    }
}
