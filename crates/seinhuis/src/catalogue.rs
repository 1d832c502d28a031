//! `catalogue`: what the catalogue says, for a lawyer or an administrator: lists, one thing explained,
//! the matrix of roles.
//!
//! Owns: the verbs and their options. Must not know: what anything in it means.

use crate::exit::{Exit, Failure};
use crate::load;
use clap::{Args, Subcommand, ValueEnum};
use seinhuis_domain::catalogue::tell::{self, Lang};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
    /// Folder with the catalogue.
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        default_value = "config/catalogue"
    )]
    folder: PathBuf,
    /// Language of what is told.
    #[arg(long, global = true, value_enum, default_value_t = Language::Nl)]
    lang: Language,
    /// Write JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// What there is of one kind.
    List {
        /// Of which kind.
        #[arg(value_enum, default_value_t = What::Types)]
        what: What,
    },
    /// A type, basis, purpose, role, code list, age rule, denied pair or theme by its code.
    Explain {
        /// The code, such as `INC_HOME`, `POL-VT`, `P-SAFETY`, `om`, `wmo-access`.
        code: String,
    },
    /// Who may send how many types to whom, on which bases, and what is denied.
    Matrix {
        /// Write a table for a page.
        #[arg(long, conflicts_with = "json")]
        html: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Dutch.
    Nl,
    /// English.
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Signal types, and messages that are none.
    Types,
    /// Legal bases.
    Bases,
    /// Purposes.
    Purposes,
    /// Code lists.
    Codes,
    /// Partner roles and outside parties.
    Roles,
    /// Age rules.
    Ages,
    /// Denied pairs.
    Denied,
    /// Themes.
    Themes,
}

impl What {
    const fn of(self) -> tell::What {
        match self {
            Self::Types => tell::What::Types,
            Self::Bases => tell::What::Bases,
            Self::Purposes => tell::What::Purposes,
            Self::Codes => tell::What::Codes,
            Self::Roles => tell::What::Roles,
            Self::Ages => tell::What::Ages,
            Self::Denied => tell::What::Denied,
            Self::Themes => tell::What::Themes,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let catalogue = load::catalogue(&options.folder)?;
    let lang = match options.lang {
        Language::Nl => Lang::Nl,
        Language::En => Lang::En,
    };
    let (text, document) = match &options.verb {
        Verb::List { what } => {
            let rows = tell::list(&catalogue, what.of(), lang);
            (tell::rows_text(&rows), tell::rows_json(&rows))
        }
        Verb::Explain { code } => {
            let page = tell::explain(&catalogue, code, lang)
                .map_err(|unknown| Failure::new(Exit::Usage, unknown))?;
            (page.text(), page.json())
        }
        Verb::Matrix { html } => {
            let matrix = tell::matrix(&catalogue, lang);
            let text = if *html { matrix.html() } else { matrix.text() };
            (text, matrix.json())
        }
    };
    show(&if options.json {
        format!("{document}\n")
    } else {
        text
    })
}

/// A reader that stops reading, such as `head`, is no failure.
fn show(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            Exit::Unavailable,
            format!("standard output: {error}"),
        )),
        _ => Ok(()),
    }
}
