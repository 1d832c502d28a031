//! What can be said to a person, in plain words.
//!
//! Owns: the words, Dutch at reading level B1 and English. Must not know: who the person is. Meant to
//! be said, not sent: nothing here goes to anybody by itself.

use super::store::Kept;
use crate::exit::Failure;
use seinhuis_domain::catalogue::{Catalogue, Label};

/// The text in Dutch and in English. It names the source only where that is not shielded, and nothing
/// that the delivery said.
pub(super) fn of(kept: &Kept, catalogues: &[Catalogue]) -> Result<(String, String), Failure> {
    if let Some(ended) = kept.task.ended() {
        return Err(Failure::mended(
            format!("ended: there is nothing to tell any more: {}", ended.reason),
            "`inform list` shows who is still to be told",
        ));
    }
    if kept.existence_shielded {
        return Err(Failure::mended(
            "shielded: the source asked that nobody learns that anything was sent",
            "there is nothing to say yet; ask the source, or `inform postpone`",
        ));
    }
    let purpose = label(catalogues, |catalogue| {
        catalogue.purpose(&kept.purpose).map(|found| &found.label)
    });
    let source = kept.source.as_ref().and_then(|code| {
        label(catalogues, |catalogue| {
            catalogue.role(code).map(|found| &found.label)
        })
    });
    let law = kept.law.join(", ");
    let (from_nl, from_en) = match &source {
        Some(source) => (
            format!(" van: {}", source.nl),
            format!(" from: {}", source.en),
        ),
        None => (String::new(), String::new()),
    };
    let (why_nl, why_en) = match &purpose {
        Some(purpose) => (
            format!("Waarom: {}.\n", purpose.nl),
            format!("Why: {}.\n", purpose.en),
        ),
        None => (String::new(), String::new()),
    };
    let nl = format!(
        "Wij hebben informatie over u gekregen{from_nl}.\n{why_nl}Wij moeten u dit vertellen ({law}).\n\
         U mag vragen welke informatie wij over u hebben en wie die informatie kreeg. Klopt er iets niet? \
         Dan mag u vragen om het te verbeteren. U mag ook bezwaar maken, of een klacht indienen bij de \
         Autoriteit Persoonsgegevens.\nSpreek met ons af hoe wij u veilig kunnen bereiken."
    );
    let en = format!(
        "We have received information about you{from_en}.\n{why_en}We must tell you this ({law}).\n\
         You may ask which information we have about you, and who received it. Is something wrong? Then you \
         may ask to have it put right. You may also object, or complain to the Dutch data protection \
         authority (Autoriteit Persoonsgegevens).\nAgree with us how we can reach you safely."
    );
    Ok((nl, en))
}

fn label<'c>(
    catalogues: &'c [Catalogue],
    find: impl Fn(&'c Catalogue) -> Option<&'c Label>,
) -> Option<&'c Label> {
    catalogues.iter().find_map(find)
}
