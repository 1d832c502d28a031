//! Access: what the partners show a person of what they did, and that nothing due to her was left out.

use super::cast::Actor;
use super::proof::published;
use super::stage::Stage;
use super::story::MOTHER;
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{AccessReport, PartnerConfig, open_report, report_for};
use seinhuis_domain::entry::{Absence, SubjectValue};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use seinhuis_types::LeafIndex;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whose report a person reads, under roots and keys that are pinned.
fn trust(config: &PartnerConfig) -> Step<SigningTrust> {
    let (roots, crls) = (&config.signing_roots, &config.signing_crls);
    let anchors = TrustAnchors::load(roots, crls, TestOins::Allowed)?;
    Ok(SigningTrust::new(Arc::new(anchors)))
}

/// The types of signal that a report tells of.
fn types(report: &AccessReport) -> BTreeSet<&str> {
    let facts = report
        .content
        .entries
        .iter()
        .filter_map(|one| one.facts.as_ref());
    let types = facts.map(|facts| facts.signal_type.as_str());
    types.filter(|code| !code.is_empty()).collect()
}

/// The report of one partner: by two of its people, from the whole log.
async fn of(actor: &Actor) -> Step<(Vec<u8>, AccessReport)> {
    let persons = ["fg-1", "fg-2"].map(|person| actor.person(person, "fg", "lawfulness"));
    let persons = persons.into_iter().collect::<Step<Vec<_>>>()?;
    let officers = actor.partner.acting_for(&persons)?;
    // What came without a number is known by the desk's own pseudonym.
    let own = [MOTHER.number()?];
    let own = actor.partner.convert_own(&actor.desk, &own).await?;
    let mut values = vec![SubjectValue::number(MOTHER.digits())?];
    values.extend(
        own.iter()
            .map(|one| SubjectValue::own_pseudonym(&one.to_bytes())),
    );
    Ok(Box::pin(report_for(&officers, &values, v1::Audience::Subject, &[])).await?)
}

/// The mother asks two partners; what they show is checked by anybody, and with less in it it does not
/// hold.
pub(super) async fn access(stage: &mut Stage) -> Step<()> {
    stage.tell.part("Access");
    stage.tell.step(&format!(
        "{} asks Veilig Thuis and the Board what they shared about her (inzage). Two officers of each make \
         her a report from the whole log, signed, with a proof of every entry.",
        MOTHER.name
    ));
    let last = stage
        .all()
        .iter()
        .flat_map(|actor| actor.kept.iter())
        .map(|kept| kept.proof.index)
        .max();
    published(&stage.vt, LeafIndex(last.unwrap_or_default())).await?;
    let Stage {
        politie,
        rvdk,
        vt,
        tell,
        ..
    } = stage;
    let (bytes, _) = of(vt).await?;
    let (theirs, _) = of(rvdk).await?;
    tell.ok("made.");

    tell.step(
        "Somebody who helps her checks both without the hub, under the roots and keys of Politie: whose \
         they are, that each entry is in the log, and by the count of each chain that none is missing.",
    );
    let (trust, keys) = (trust(&politie.config)?, politie.partner.log_keys());
    let report = open_report(&bytes, &trust, keys)?;
    let other = open_report(&theirs, &trust, keys)?;
    for (report, actor) in [(&report, &*vt), (&other, &*rvdk)] {
        ensure(
            report.maker == actor.partner.oin(),
            "it is another's report",
        )?;
        ensure(report.is_whole(), "something is missing in it")?;
        ensure(!report.content.entries.is_empty(), "it tells of nothing")?;
        tell.ok(&format!(
            "{}: {} entries about her, of {}; nothing is missing.",
            actor.spec.label,
            report.content.entries.len(),
            types(report).into_iter().collect::<Vec<_>>().join(" and "),
        ));
    }
    ensure(
        types(&report) == BTreeSet::from(["PLAN_AGREED", "VT_VTO"]),
        "it tells of more or of less than was agreed to be visible to her",
    )?;
    tell.aside(
        "What was agreed to be for an authority only, such as the report of Politie and the questions, is \
         not in hers, and does not show as missing.",
    );
    withheld(stage, &bytes, &report)
}

/// The same report with one entry left out, and with one bit turned.
fn withheld(stage: &mut Stage, bytes: &[u8], report: &AccessReport) -> Step<()> {
    let Stage {
        politie, vt, tell, ..
    } = stage;
    tell.step(
        "Had Veilig Thuis left out that it sent her plan, and signed the rest, the rest would tell: a number \
         of the chain is missing. And a report that somebody else altered is not taken at all.",
    );
    let sent = report.content.entries.iter().find(|entry| {
        let facts = entry.facts.clone().unwrap_or_default();
        facts.act() == v1::Act::Publish && facts.permitted && facts.signal_type == "PLAN_AGREED"
    });
    let sent = sent.ok_or_else(|| Broken("the plan is not in it".to_owned()))?;
    let less = report.without(LeafIndex(sent.index))?;
    ensure(!less.is_whole(), "without that entry it is whole as well")?;
    let runs = less.chains.iter().flat_map(|one| &one.verdict.absent);
    let missing: Vec<u32> = runs
        .filter(|run| run.what == Absence::Missing)
        .map(|run| run.first)
        .collect();
    let [number] = missing.as_slice() else {
        return Err(Broken(format!("not one number is missing but {missing:?}")));
    };
    tell.no(&format!(
        "{}, less entry {}: number {number} of its chain about her is missing.",
        vt.spec.label, sent.index
    ));
    let mut altered = bytes.to_vec();
    let middle = altered.len() / 2;
    if let Some(byte) = altered.get_mut(middle) {
        *byte ^= 1;
    }
    let (trust, keys) = (trust(&politie.config)?, politie.partner.log_keys());
    match open_report(&altered, &trust, keys) {
        Ok(_) => Err(Broken("an altered report was taken".to_owned())),
        Err(said) => {
            tell.no(&format!("with one bit turned: {said}."));
            Ok(())
        }
    }
}
