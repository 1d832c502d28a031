//! `simulate` and `routes`: may this go, and what may go at all.
//!
//! Owns: their options and words. Must not know: how it is decided.

use crate::cli::{Lang, agreement_hash};
use crate::exit::{Exit, Failure};
use crate::setup::Setup;
use crate::{out, show};
use clap::{Args, ValueEnum};
use seinhuis_client::{Ahead, Doing, Incident, To};
use seinhuis_domain::question::{ANSWER, QUESTION};
use seinhuis_domain::signal::{IdKind, Regime, Restriction, SourceShield, WpgArticle};
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, Desk, FieldPath, Oin, PurposeCode, RegionCode, SignalType,
    SubjectRole,
};
use serde_json::{Value, json};

/// Which numbers people would be known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Known {
    /// Citizen numbers.
    Number,
    /// Criminal-chain numbers.
    Skn,
    /// One's own pseudonyms.
    Own,
}

/// What would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Act {
    /// A signal is sent.
    Send,
    /// A question is asked.
    Ask,
    /// A person answers a question.
    Answer,
    /// A machine answers a question.
    AnswerByMachine,
    /// A desk that received it is told that it was wrong.
    Rectify,
}

/// What would be sent. There is no subject: only how many there would be, in which roles.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// What would be done.
    #[arg(long, value_enum, default_value = "send")]
    act: Act,
    /// To which organisation.
    #[arg(long, value_name = "OIN")]
    to: Oin,
    /// To which desk of it.
    #[arg(long, value_name = "DESK")]
    desk: Desk,
    /// Under which agreement.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash)]
    agreement: AgreementHash,
    /// Under which clause.
    #[arg(long, value_name = "ID")]
    clause: ClauseId,
    /// Signal type.
    #[arg(long = "type", value_name = "CODE")]
    signal_type: SignalType,
    /// For which purpose.
    #[arg(long, value_name = "CODE")]
    purpose: PurposeCode,
    /// Region of the event.
    #[arg(long, value_name = "CODE")]
    region: RegionCode,
    /// The law the data come from: WPG, WJSG or AVG.
    #[arg(long, value_parser = regime)]
    regime: Regime,
    /// With WPG: the article.
    #[arg(long, value_name = "ARTICLE", value_parser = article)]
    wpg_article: Option<WpgArticle>,
    /// The designated functionary approved (Bpg 4:5(2)).
    #[arg(long)]
    second_approval: bool,
    /// Names of the fields; may be given several times.
    #[arg(long = "field", value_name = "NAME")]
    fields: Vec<FieldPath>,
    /// The role of each person there would be; may be given several times.
    #[arg(long = "role", value_name = "CODE")]
    roles: Vec<SubjectRole>,
    /// By which numbers they would be known.
    #[arg(long, value_enum, default_value = "number")]
    known_by: Known,
    /// What of the source would stay hidden: none, origin or existence.
    #[arg(long, default_value = "none", value_parser = shield)]
    source_shield: SourceShield,
    /// For data received from another: the basis on which they would be passed on.
    #[arg(long, value_name = "CODE")]
    onward_basis: Option<BasisCode>,
    /// Whether processing is restricted, or the ground of AVG 18(2).
    #[arg(long, default_value = "none", value_parser = restriction)]
    restriction: Restriction,
    /// It would be about a theme of restricted desks.
    #[arg(long)]
    restricted_theme: bool,
}

fn regime(text: &str) -> Result<Regime, String> {
    Regime::parse(text).ok_or("`WPG`, `WJSG` or `AVG`".to_owned())
}

fn article(text: &str) -> Result<WpgArticle, String> {
    WpgArticle::parse(text).ok_or("`8`, `13.1`, `9`, `10`, `10.1.b` or `12`".to_owned())
}

fn shield(text: &str) -> Result<SourceShield, String> {
    SourceShield::parse(text).ok_or("`none`, `origin` or `existence`".to_owned())
}

fn restriction(text: &str) -> Result<Restriction, String> {
    Restriction::parse(text).ok_or(
        "`none`, `restricted`, `consent`, `legal-claim`, `rights-of-others` or `public-interest`"
            .to_owned(),
    )
}

/// Says what would be decided; a no ends as one that was decided does.
pub(crate) async fn simulate(args: Simulate, setup: &Setup) -> Result<(), Failure> {
    let kind = match args.known_by {
        Known::Number => IdKind::Number,
        Known::Skn => IdKind::Skn,
        Known::Own => IdKind::Own,
    };
    let to = To {
        oin: args.to,
        desk: args.desk,
        agreement: args.agreement,
        clause: args.clause,
    };
    let what = Ahead {
        doing: match args.act {
            Act::Send => Doing::Send,
            Act::Ask => Doing::Ask,
            Act::Answer => Doing::Answer { machine: false },
            Act::AnswerByMachine => Doing::Answer { machine: true },
            Act::Rectify => Doing::Rectify { received: true },
        },
        signal_type: args.signal_type,
        purpose: args.purpose,
        region: args.region,
        regime: args.regime,
        wpg_article: args.wpg_article,
        second_approval: args.second_approval,
        fields: args.fields,
        people: args.roles.into_iter().map(|role| (role, kind)).collect(),
        source_shield: args.source_shield,
        onward_basis: args.onward_basis,
        restriction: args.restriction,
        restricted_theme: args.restricted_theme,
    };
    let online = setup.connect().await?;
    let told = online.partner.simulate(&to, &what).await?;
    let decision = told.decision.as_ref();
    let decision = decision.ok_or(Incident::Reply("a simulation has no decision"))?;
    let document = json!({
        "simulated": true,
        "decision": show::decision(decision),
        "text_nl": told.text_nl,
        "text_en": told.text_en,
    });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        let (nl, en) = (told.text_nl.join("\n"), told.text_en.join("\n"));
        let granted = decision.granted.join(", ");
        let outcome = match decision.permitted {
            true => lang.of("zou mogen", "would be permitted"),
            false => lang.of("zou worden geweigerd", "would be refused"),
        };
        let head = out::facts(&[("outcome", outcome.to_owned()), ("granted", granted)]);
        format!("{head}\n\n{}", lang.of(&nl, &en))
    })?;
    if decision.permitted {
        return Ok(());
    }
    Err(Failure::Told(Exit::Refused))
}

/// What may be sent now.
#[derive(Debug, Args)]
pub(crate) struct Routes {
    /// Only to this organisation.
    #[arg(long, value_name = "OIN")]
    to: Option<Oin>,
}

pub(crate) async fn routes(args: Routes, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let mut routes = online.partner.routes().await?;
    if let Some(to) = args.to {
        routes.retain(|route| route.recipient_oin == to.as_str());
    }
    let document = json!({ "routes": routes.iter().map(route).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |route: &v1::OpenRoute| {
            let types = route.types.iter().map(|one| one.code.as_str());
            vec![
                route.recipient_oin.clone(),
                route.desks.join(", "),
                types.collect::<Vec<_>>().join(", "),
                route.purposes.join(", "),
                route.clause_id.clone(),
                route.basis_provide.join(", "),
                note(route, setup.out.lang()),
            ]
        };
        let rows: Vec<_> = routes.iter().map(row).collect();
        out::table(
            &[
                "to", "desks", "types", "purposes", "clause", "basis", "note",
            ],
            &rows,
        )
    })
}

/// What sets a route apart from one for a signal to any of its desks.
fn note(route: &v1::OpenRoute, lang: Lang) -> String {
    let goes = |code: &str| route.types.iter().any(|one| one.code == code);
    let mut notes: Vec<String> = [
        (goes(QUESTION), lang.of("vraag", "question")),
        (goes(ANSWER), lang.of("antwoord", "answer")),
        (
            route.consent_needed,
            lang.of("toestemming nodig", "consent needed"),
        ),
    ]
    .into_iter()
    .filter(|(so, _)| *so)
    .map(|(_, word)| word.to_owned())
    .collect();
    if route.break_glass_hours > 0 {
        let (word, hours) = (lang.of("noodprocedure", "break-glass"), lang.of("uur", "h"));
        notes.push(format!("{word} {} {hours}", route.break_glass_hours));
    }
    if !route.restricted_desks.is_empty() {
        let word = lang.of("afgeschermde loketten", "restricted desks");
        notes.push(format!("{word}: {}", route.restricted_desks.join(", ")));
    }
    notes.join("; ")
}

/// Codes of the wire by their names, without what each begins with; a code of a later version by its number.
fn words(codes: &[i32], prefix: &str, name: fn(i32) -> Option<&'static str>) -> Vec<String> {
    let word = |code: &i32| match name(*code) {
        Some(name) => name.trim_start_matches(prefix).to_ascii_lowercase(),
        None => code.to_string(),
    };
    codes.iter().map(word).collect()
}

fn route(route: &v1::OpenRoute) -> Value {
    let types = route.types.iter().map(|one| {
        json!({
            "code": one.code,
            "fields": one.fields,
            "minimum": one.minimum,
            "restricted": one.restricted,
        })
    });
    json!({
        "agreement_hash": route.agreement_hash,
        "clause": route.clause_id,
        "mode": route.mode,
        "recipient_oin": route.recipient_oin,
        "desks": route.desks,
        "restricted_desks": route.restricted_desks,
        "purposes": route.purposes,
        "types": types.collect::<Vec<_>>(),
        "subject_roles": route.subject_roles,
        "max_subjects": route.max_subjects,
        "identity_sealed": route.identity_sealed,
        "consent_needed": route.consent_needed,
        "break_glass_hours": route.break_glass_hours,
        "recipient_informs": route.recipient_informs,
        "regions": route.regions,
        "id_kinds": words(&route.id_kinds, "ID_KIND_", |code| v1::IdKind::try_from(code).ok().map(|kind| kind.as_str_name())),
        "regimes": words(&route.regimes, "REGIME_", |code| v1::Regime::try_from(code).ok().map(|regime| regime.as_str_name())),
        "wpg_articles": words(&route.wpg_articles, "WPG_ARTICLE_", |code| v1::WpgArticle::try_from(code).ok().map(|one| one.as_str_name())),
        "basis_provide": route.basis_provide,
        "basis_receive": route.basis_receive,
        "basis_special": route.basis_special,
        "until": show::maybe(route.until_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_is_no_ordinary_one_says_so_in_both_languages() {
        let of = |code: &str| v1::OpenRoute {
            types: vec![v1::RouteType {
                code: code.to_owned(),
                ..v1::RouteType::default()
            }],
            ..v1::OpenRoute::default()
        };
        let said = |route: &v1::OpenRoute| [note(route, Lang::Nl), note(route, Lang::En)];
        assert_eq!(said(&of("INC_HOME")), ["", ""]);
        assert_eq!(said(&of("ASK")), ["vraag", "question"]);
        assert_eq!(said(&of("ANSWER")), ["antwoord", "answer"]);
        let route = v1::OpenRoute {
            consent_needed: true,
            break_glass_hours: 4,
            restricted_desks: vec!["eer".to_owned(), "intake".to_owned()],
            ..of("PLAN_AGREED")
        };
        assert_eq!(
            said(&route),
            [
                "toestemming nodig; noodprocedure 4 uur; afgeschermde loketten: eer, intake",
                "consent needed; break-glass 4 h; restricted desks: eer, intake",
            ]
        );
    }
}
