//! One thing of the catalogue, explained.

use super::basis::basis;
use super::nearest::nearest;
use super::page::{Lang, Page};
use super::parts::{acts, bases, joined, laws, no_advice, role, standing, yes_no};
use super::signal::{elsewhere, signal_type};
use crate::catalogue::{
    AgeRule, Catalogue, CodeList, DeniedDef, LiftedBy, PurposeDef, Right, RoleDef, Standing,
    ThemeDef,
};
use seinhuis_types::{BasisCode, CodeValue, PurposeCode, SignalType};

/// A code that is nowhere in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is not in the catalogue{}", maybe(.nearest))]
pub struct Unknown {
    /// What was asked.
    pub code: String,
    /// At most three codes it may have been meant for, all equally near.
    pub nearest: Vec<String>,
}

fn maybe(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "; `list` shows what is".to_owned();
    }
    let near: Vec<String> = nearest.iter().map(|code| format!("`{code}`")).collect();
    format!("; did you mean {}?", near.join(" or "))
}

/// Explains a type, basis, purpose, role, code list, age rule, denied pair or theme by its code.
///
/// # Errors
/// [`Unknown`] with the nearest codes.
pub fn explain(catalogue: &Catalogue, code: &str, lang: Lang) -> Result<Page, Unknown> {
    let signal = SignalType::parse(code).ok();
    let value = CodeValue::parse(code).ok();
    let value = value.as_ref();
    let found = signal
        .as_ref()
        .and_then(|code| catalogue.signal_type(code))
        .map(|def| signal_type(catalogue, def, lang))
        .or_else(|| {
            let message = catalogue.found_elsewhere(signal.as_ref()?)?;
            Some(elsewhere(catalogue, message, lang))
        })
        .or_else(|| {
            let found = catalogue.basis(&BasisCode::parse(code).ok()?)?;
            Some(basis(catalogue, found, lang))
        })
        .or_else(|| {
            let found = catalogue.purpose(&PurposeCode::parse(code).ok()?)?;
            Some(purpose(catalogue, found, lang))
        })
        .or_else(|| Some(party(catalogue, catalogue.role(code)?, lang)))
        .or_else(|| Some(codes(catalogue.code_list(code)?, lang)))
        .or_else(|| Some(age(catalogue, catalogue.age_rule_coded(value?)?, lang)))
        .or_else(|| Some(denied(catalogue, catalogue.denied(value?)?, lang)))
        .or_else(|| Some(theme(catalogue, catalogue.theme(value?)?, lang)));
    found.ok_or_else(|| Unknown {
        code: code.to_owned(),
        nearest: nearest(code, known(catalogue)),
    })
}

/// Every code that can be explained.
fn known(catalogue: &Catalogue) -> impl Iterator<Item = String> {
    let types = catalogue.signal_types().map(|t| t.code.to_string());
    types
        .chain(catalogue.elsewhere().map(|e| e.code.to_string()))
        .chain(catalogue.bases().map(|b| b.code.to_string()))
        .chain(catalogue.purposes().map(|p| p.code.to_string()))
        .chain(catalogue.roles().map(|r| r.code.to_string()))
        .chain(catalogue.code_lists().map(|l| l.name.to_string()))
        .chain(catalogue.age_rules().map(|a| a.code.to_string()))
        .chain(catalogue.denied_pairs().map(|d| d.code.to_string()))
        .chain(catalogue.themes().map(|t| t.code.to_string()))
}

fn purpose(catalogue: &Catalogue, found: &PurposeDef, lang: Lang) -> Page {
    let mut page = Page::new("purpose", found.code.as_str(), lang.of(&found.label));
    page.fact(
        "law",
        lang.word("Wet", "Law"),
        laws(catalogue, &found.law, lang),
    );
    let not_for = found.not_for.as_ref().map(|text| lang.of(text).to_owned());
    page.fact("not_for", lang.word("Niet voor", "Not for"), not_for);
    let uncarried = found
        .uncarried
        .as_ref()
        .map(|text| lang.of(text).to_owned());
    page.fact(
        "uncarried",
        lang.word("Waarom geen signaal", "Why no signal"),
        uncarried,
    );
    let types = catalogue
        .signal_types()
        .filter(|def| def.has_purpose(&found.code));
    page.fact(
        "types",
        lang.word("Signalen", "Signals"),
        types.map(|def| format!("{}: {}", def.code, lang.of(&def.label))),
    );
    let mut ways = Vec::new();
    for from in catalogue.roles() {
        for to in catalogue.roles() {
            let pair = catalogue.pair(from.code.as_str(), to.code.as_str(), &found.code);
            if pair.standing.possible() {
                let bases = bases(&pair.provide, &pair.receive);
                let (from, to) = (lang.of(&from.label), lang.of(&to.label));
                ways.push(format!(
                    "{from} -> {to}: {bases}; {}",
                    standing(pair.standing, lang)
                ));
            }
        }
    }
    page.fact(
        "ways",
        lang.word(
            "Wie aan wie, op welke grondslagen",
            "Who to whom, on which bases",
        ),
        ways,
    );
    no_advice(&mut page, lang);
    page
}

fn party(catalogue: &Catalogue, found: &RoleDef, lang: Lang) -> Page {
    let mut page = Page::new("role", found.code.as_str(), lang.of(&found.label));
    let code = found.code.as_str();
    let outside = lang.word(
        "buiten de keten; ontvangt alleen",
        "outside the chain; only receives",
    );
    page.fact(
        "external",
        lang.word("Soort", "Kind"),
        found.external.then(|| outside.to_owned()),
    );
    let told = |sends: bool| {
        catalogue.roles().filter_map(move |other| {
            let (from, to) = if sends {
                (code, other.code.as_str())
            } else {
                (other.code.as_str(), code)
            };
            let types = joined(catalogue.types_between(from, to).map(|def| &def.code));
            (!types.is_empty()).then(|| format!("{}: {types}", lang.of(&other.label)))
        })
    };
    page.fact("sends", lang.word("Verstrekt aan", "Sends to"), told(true));
    page.fact(
        "receives",
        lang.word("Ontvangt van", "Receives from"),
        told(false),
    );
    let denials = catalogue
        .denied_pairs()
        .filter(|d| d.from.as_str() == code || d.to.as_str() == code);
    page.fact(
        "denied",
        lang.word("Geweigerd", "Denied"),
        denials.map(|d| format!("{}: {}", d.code, lang.of(&d.reason))),
    );
    page
}

fn codes(found: &CodeList, lang: Lang) -> Page {
    let mut page = Page::new("list", found.name.as_str(), lang.of(&found.label));
    let codes = found.codes.iter().map(|(code, def)| {
        let official = def
            .official
            .as_ref()
            .map(|n| format!(" [{n}]"))
            .unwrap_or_default();
        format!("{code}{official}: {}", lang.of(&def.label))
    });
    page.fact("codes", lang.word("Codes", "Codes"), codes);
    page
}

fn age(catalogue: &Catalogue, found: &AgeRule, lang: Lang) -> Page {
    let mut page = Page::new("age-rule", found.code.as_str(), lang.of(&found.label));
    page.fact(
        "regime",
        lang.word("Regime", "Regime"),
        [found.regime.to_string()],
    );
    page.fact(
        "rights",
        lang.word("Rechten", "Rights"),
        found.rights.iter().map(|r| Right::as_str(*r).to_owned()),
    );
    let bands = found.bands.iter().map(|band| {
        let mut text = format!(
            "{} {}: {}",
            lang.word("vanaf", "from"),
            band.from,
            acts(band.acts, lang)
        );
        if let Some(other) = band.incapable {
            text.push_str(&format!(
                "; {} {}",
                lang.word("wie het niet kan overzien:", "who cannot weigh it:"),
                acts(other, lang)
            ));
        }
        if let Some(unless) = &band.unless {
            text.push_str(&format!("; {}", lang.of(unless)));
        }
        text
    });
    page.fact("bands", lang.word("Wie handelt", "Who acts"), bands);
    page.fact(
        "law",
        lang.word("Wet", "Law"),
        laws(catalogue, &found.law, lang),
    );
    no_advice(&mut page, lang);
    page
}

fn denied(catalogue: &Catalogue, found: &DeniedDef, lang: Lang) -> Page {
    let mut page = Page::new("denied", found.code.as_str(), lang.of(&found.reason));
    let [from, to] = [&found.from, &found.to].map(|code| role(catalogue, code.as_str(), lang));
    page.fact(
        "pair",
        lang.word("Van en aan", "From and to"),
        [format!("{from} -> {to}")],
    );
    page.fact(
        "except",
        lang.word("Behalve voor", "Except for"),
        found.except.iter().map(ToString::to_string),
    );
    page.fact(
        "law",
        lang.word("Wet", "Law"),
        laws(catalogue, &found.law, lang),
    );
    let (from, to) = (found.from.as_str(), found.to.as_str());
    let carried = catalogue.types_between(from, to).any(|def| {
        let purposes = def.direction(from, to).map(|way| &way.purposes);
        let mut purposes = purposes.into_iter().flatten();
        purposes.any(|purpose| found.denies(from, to, purpose))
    });
    let lifted = match found.lifted_by {
        LiftedBy::Attestation if carried => standing(Standing::Attested, lang),
        LiftedBy::Attestation => lang.word(
            "voorlopig niets: er gaat geen soort signaal deze kant op",
            "nothing as yet: no signal type goes this way",
        ),
        LiftedBy::Nothing => lang.word("niets", "nothing"),
    };
    page.fact(
        "lifted_by",
        lang.word("Wat het opheft", "What lifts it"),
        [lifted.to_owned()],
    );
    no_advice(&mut page, lang);
    page
}

fn theme(catalogue: &Catalogue, found: &ThemeDef, lang: Lang) -> Page {
    let mut page = Page::new("theme", found.code.as_str(), lang.of(&found.label));
    page.fact(
        "forms",
        lang.word("Vormen", "Forms"),
        found.forms.iter().map(ToString::to_string),
    );
    page.fact(
        "restricted",
        lang.word("Alleen besloten loketten", "Restricted desks only"),
        [yes_no(found.restricted, lang).to_owned()],
    );
    let types = catalogue
        .signal_types()
        .filter(|def| def.themes.contains(&found.code));
    page.fact(
        "types",
        lang.word("Signalen", "Signals"),
        types.map(|def| format!("{}: {}", def.code, lang.of(&def.label))),
    );
    page
}
