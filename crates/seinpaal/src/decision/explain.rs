//! `decision explain`: why it was yes, or why it was no.

use crate::cli::Lang;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::Incident;
use seinhuis_proto::v1;
use seinhuis_types::LeafIndex;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The entry that records the decision.
    index: u64,
}

pub(crate) async fn run(args: Explain, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let told = online.partner.explain(LeafIndex(args.index)).await?;
    let decision = told
        .decision
        .as_ref()
        .ok_or(Incident::Reply("an explanation has no decision"))?;
    let document = json!({
        "index": args.index,
        "decision": show::decision(decision),
        "text_nl": told.text_nl,
        "text_en": told.text_en,
        "law": told.law.iter().map(law).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        words(args.index, decision, &told, setup.out.lang())
    })
}

fn law(law: &v1::LawReference) -> Value {
    json!({
        "basis": law.basis,
        "bwb_id": law.bwb_id,
        "article": law.article,
        "version": law.version,
        "source_checked": law.source_checked,
        "label_nl": law.label_nl,
        "label_en": law.label_en,
    })
}

fn words(index: u64, decision: &v1::Decision, told: &v1::ExplainResponse, lang: Lang) -> String {
    let head = out::facts(&[
        ("entry", index.to_string()),
        ("act", show::act(decision.act())),
        (
            "outcome",
            if decision.permitted {
                "permitted"
            } else {
                "refused"
            }
            .to_owned(),
        ),
        ("from", decision.source_oin.clone()),
        (
            "to",
            format!("{}/{}", decision.recipient_oin, decision.recipient_desk),
        ),
        ("type", decision.signal_type.clone()),
        ("purpose", decision.purpose.clone()),
        ("agreement", decision.agreement_hash.clone()),
        ("clause", decision.clause_id.clone()),
        ("granted", decision.granted.join(", ")),
    ]);
    let texts = if lang == Lang::Nl {
        &told.text_nl
    } else {
        &told.text_en
    };
    let mut parts = vec![head];
    // The sentences tell each reason with its law and remedy already.
    if texts.is_empty() {
        parts.push(show::reasons(&decision.reasons, lang));
    } else {
        parts.push(
            texts
                .iter()
                .map(|text| format!("- {text}"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    if !told.law.is_empty() {
        let row = |law: &v1::LawReference| {
            let checked = if law.source_checked {
                "checked"
            } else {
                "not checked by a jurist"
            };
            vec![
                law.basis.clone(),
                format!("{} {}", law.bwb_id, law.article),
                law.version.clone(),
                checked.to_owned(),
                lang.of(&law.label_nl, &law.label_en).to_owned(),
            ]
        };
        let rows: Vec<_> = told.law.iter().map(row).collect();
        parts.push(out::table(
            &["basis", "law", "version", "source", "what"],
            &rows,
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
