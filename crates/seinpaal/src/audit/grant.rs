//! `audit grant`, `revoke`, `grants`: an auditor's access to one's own entries, for a time.

use super::list::{Criteria, grant_id, thumbprint};
use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use crate::show;
use clap::Args;
use seinhuis_client::{GrantTerms, VerifiedProof};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, Millis, Oin, hex};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// Who may read.
    #[arg(value_name = "OIN")]
    auditor: Oin,
    /// Only this system of the auditor's: the thumbprint of its certificate.
    #[arg(long = "auditor-system", value_name = "THUMBPRINT", value_parser = thumbprint)]
    auditor_system: Option<[u8; 32]>,
    /// For how many days, at most 30.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=30))]
    days: u16,
    #[command(flatten)]
    criteria: Criteria,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The grant: 32 hex digits.
    #[arg(value_name = "ID", value_parser = grant_id)]
    grant: [u8; 16],
}

pub(crate) async fn give(args: Grant, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    // The hub counts from its own clock; a second less leaves room for the way there.
    let length = u64::from(args.days).saturating_mul(Millis::DAY);
    let until = Setup::now().plus(length).minus(Millis::SECOND);
    let terms = GrantTerms {
        auditor: args.auditor,
        system: args.auditor_system.map(Digest),
        filter: args.criteria.filter(),
        from: Millis(0),
        until,
    };
    let (grant, proof) = online.partner.grant_access(&terms).await?;
    told(setup, &online.receipts(), &online.partner, &grant, &proof)
}

pub(crate) async fn revoke(args: Revoke, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let (grant, proof) = online.partner.revoke_grant(args.grant).await?;
    told(setup, &online.receipts(), &online.partner, &grant, &proof)
}

pub(crate) async fn list(setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let grants = online.partner.grants().await?;
    let document = json!({ "grants": grants.iter().map(document).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |grant: &v1::Grant| {
            vec![
                hex(&grant.grant_id),
                grant.controller_oin.clone(),
                grant.auditor_oin.clone(),
                show::moment(Millis(grant.from_ms)),
                show::moment(Millis(grant.until_ms)),
                show::maybe(grant.revoked_ms).unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = grants.iter().map(row).collect();
        let names = [
            "grant",
            "controller",
            "auditor",
            "from",
            "until",
            "taken back",
        ];
        out::table(&names, &rows)
    })
}

fn told(
    setup: &Setup,
    receipts: &crate::receipts::Receipts,
    partner: &seinhuis_client::Partner,
    grant: &v1::Grant,
    proof: &VerifiedProof,
) -> Result<(), Failure> {
    receipts.keep(partner.log_keys(), proof, None)?;
    let document = json!({ "grant": document(grant), "entry": show::entry(proof) });
    setup.out.show(&document, || {
        out::facts(&[
            ("grant", hex(&grant.grant_id)),
            ("auditor", grant.auditor_oin.clone()),
            ("until", show::moment(Millis(grant.until_ms))),
            (
                "taken back",
                show::maybe(grant.revoked_ms).unwrap_or_default(),
            ),
            ("entry", show::entry_words(proof)),
        ])
    })
}

fn document(grant: &v1::Grant) -> Value {
    json!({
        "grant_id": hex(&grant.grant_id),
        "controller_oin": grant.controller_oin,
        "auditor_oin": grant.auditor_oin,
        "auditor_system": hex(&grant.auditor_system),
        "from": show::moment(Millis(grant.from_ms)),
        "until": show::moment(Millis(grant.until_ms)),
        "revoked": show::maybe(grant.revoked_ms),
    })
}
