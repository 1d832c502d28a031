//! The command line: global options and nouns; each verb's options stand in the verb's own file.

use crate::{
    agreement, ahead, audit, break_glass, catalogue, completions, consent, convert, decision,
    directory, inform, keys, question, register, retention, signal, whatif, witness,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use seinhuis_types::AgreementHash;
use std::path::PathBuf;

const CODES: &str = "Exit codes:
  0   done
  2   refused: the law or the agreement says no, with the reason and what would mend it
  3   not valid: a mistake of one's own, or a rule of form
  4   no answer, or not now: try again later
  5   untrusted: a proof, signature or receipt does not hold; an incident to keep and report
  20  the log did wrong, and evidence of it was kept: 20 fork, 21 rollback, 22 omission,
      23 dropped-tail, 24 replayed-checkpoint, 25 swapped-key, 26 unproven
  30  an access report has a gap: an entry that is due in it is not there
  31  what is tried would have another decision made than was made
  64  wrong command line";

/// Seinpaal: a partner's side of Seinhuis, on the command line.
#[derive(Debug, Parser)]
#[command(name = "seinpaal", version, max_term_width = 100, after_help = CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every verb takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The partner's configuration.
    #[arg(
        long,
        global = true,
        env = "SEINPAAL_CONFIG",
        value_name = "FILE",
        default_value = "partner.toml"
    )]
    pub(crate) config: PathBuf,
    /// Write JSON: one document, or one a line for a stream.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of law texts and remedies; the program itself speaks English.
    #[arg(long, global = true, value_enum, default_value_t = Lang::Nl)]
    pub(crate) lang: Lang,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Who a call is made for, by the partner's own pseudonyms, and why; `[person]` of the configuration
/// says it where these do not.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Acting person")]
pub(crate) struct Acting {
    /// Who acts.
    #[arg(long = "as", global = true, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// In which function, such as `fg`.
    #[arg(long, global = true, value_name = "CODE")]
    pub(crate) function: Option<String>,
    /// Why: to read the log `lawfulness`, `internal-control`, `integrity` or `criminal-proceedings`.
    #[arg(long, global = true, value_name = "CODE")]
    pub(crate) reason: Option<String>,
    /// One's own reference, such as the number of a review.
    #[arg(long, global = true, value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// A second person, who agreed to this: another one.
    #[arg(long = "with", global = true, value_name = "PERSON")]
    pub(crate) second: Option<String>,
    /// The second person's function; the first one's, when it is not given.
    #[arg(
        long = "with-function",
        global = true,
        value_name = "CODE",
        requires = "second"
    )]
    pub(crate) second_function: Option<String>,
}

/// A language of law texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Dutch.
    Nl,
    /// English.
    En,
}

impl Lang {
    /// The text in this language.
    pub(crate) fn of<'a>(self, nl: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Nl => nl,
            Self::En => en,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make and look up the keys of desks.
    #[command(subcommand)]
    Keys(keys::Verb),
    /// Propose, judge, sign and end sharing agreements.
    #[command(subcommand)]
    Agreement(agreement::Verb),
    /// Send and receive signals.
    #[command(subcommand)]
    Signal(signal::Verb),
    /// In immediate danger to life: send at once, review afterwards.
    #[command(subcommand)]
    BreakGlass(break_glass::Verb),
    /// Ask one desk about one person, and answer what was asked of one's own.
    #[command(subcommand)]
    Question(question::Verb),
    /// Understand decisions of one's own.
    #[command(subcommand)]
    Decision(decision::Verb),
    /// Ask whether something might be sent, without a person, without sending, and without an entry.
    Simulate(Box<ahead::Simulate>),
    /// What may be sent now: to whom, what, under which clause.
    Routes(ahead::Routes),
    /// Follow, verify and search the log without trusting the hub.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// The register of processing activities (AVG 30, Wpg 31d), from one's own agreements.
    #[command(subcommand)]
    Register(register::Verb),
    /// Hold and erase one's own parts of entries.
    #[command(subcommand)]
    Retention(retention::Verb),
    /// Who takes part, and under which rules.
    #[command(subcommand)]
    Directory(directory::Verb),
    /// Judge, export and tell of records of consent that the partner keeps, and take consent back.
    #[command(subcommand)]
    Consent(consent::Verb),
    /// Tell people that data about them were received: who, by when, and that it was done.
    #[command(subcommand)]
    Inform(inform::Verb),
    /// Convert citizen numbers of one's own clients to a desk's own pseudonyms.
    Convert(convert::Convert),
    /// Make one's own logged decisions again by what is not in force: which would be others, and why.
    Whatif(whatif::WhatIf),
    /// Be a witness: cosign what the log says of itself, if it fits all that was cosigned before.
    Witness(witness::Witness),
    /// What a code of the catalogue means.
    #[command(subcommand)]
    Catalogue(catalogue::Verb),
    /// Write completions for a shell.
    Completions(completions::Completions),
}

/// Reads an agreement hash, also without its prefix, which a shell may have eaten.
pub(crate) fn agreement_hash(text: &str) -> Result<AgreementHash, String> {
    let whole = if text.starts_with('$') {
        text.to_owned()
    } else {
        format!("$1$1${text}")
    };
    AgreementHash::parse(&whole).map_err(|error| {
        format!("{error}; put it between single quotes, or a shell reads the `$` itself")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_has_no_contradictions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_hash_is_read_with_and_without_its_prefix() {
        let tail = "A".repeat(86);
        let whole = format!("$1$1${tail}");
        for text in [&tail, &whole] {
            assert_eq!(agreement_hash(text).unwrap().as_str(), whole);
        }
        assert!(agreement_hash("").unwrap_err().contains("single quotes"));
    }
}
