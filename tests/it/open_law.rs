//! What the catalogue leaves open: a clause on it comes into force when each side attests the basis, and
//! not before.

use super::run;
use seinhuis_tests::Chain;

const ATTESTED: &str = "to = \"rvdk-open\"";

/// The prosecutor tells the Board of a release: which article carries it is an open question of law.
fn with_open_clause(text: &str, board: &str) -> String {
    let attestations = ["om", "rvdk"].map(|party| {
        let opinion = "ab".repeat(32);
        let side = |name: &str, version: &str| {
            format!(
                "[attestations.{party}-{name}]\nfunction = \"Jurist\"\ndate = 2026-09-14\n\
                 opinion_hash = \"{opinion}\"\nlaw_version = {version}\n\n"
            )
        };
        format!(
            "{}{}",
            side("open", "2026-09-01"),
            side("child", "2025-07-05")
        )
    });
    let text = text.replacen(
        "[[clauses]]",
        &format!("{}[[clauses]]", attestations.concat()),
        1,
    );
    format!(
        r#"{text}
[[clauses]]
id = "om-rvdk-release"
from = "00000099000000020000"
to = "00000099000000030000"
mode = "push"
purposes = ["P-PROTECT"]
subject_roles = ["suspect", "convicted"]
max_subjects = 1
id_kinds = ["number"]
identity_sealed = false
desks = ["intake"]
regions = ["kennemerland"]
regimes = ["WJSG"]
consent = "none"
inform = {{ by = "to", within_days = 28 }}
retention = "R2"
onward = "within-task"
obligations = []
visibility = "authority"
recipient_may_not_know = false

[[clauses.types]]
code = "RELEASE_SOON"
fields = ["release_day", "release_kind", "severity"]

[clauses.basis]
provide = [{{ code = "OM-RVDK", from = "om-open", {board} }}]
receive = [{{ code = "JW-3-1", from = "om-child", to = "rvdk-child" }}]
special = [{{ code = "UAVG-RVDK", from = "om-open", to = "rvdk-open" }}]
"#
    )
    .replace(", }]", " }]")
}

#[test]
fn an_open_basis_needs_the_attestation_of_each_side() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let refused = chain
            .agree(|text| with_open_clause(&text, ""))
            .await
            .expect_err("one side did not attest")
            .to_string();
        for told in [
            "basis-unverified",
            "basis.provide[0].to",
            "`OM-RVDK` is an open question of law",
            "39e(1)(g)",
        ] {
            assert!(refused.contains(told), "{told}: {refused}");
        }
        // Attested by both sides and signed by all, it is in force.
        let agreed = chain.agree(|text| with_open_clause(&text, ATTESTED)).await;
        let agreed = agreed.unwrap();
        let all = chain.partner("rvdk").list_agreements().await.unwrap();
        let found = all.iter().find(|agreement| agreement.hash == agreed);
        assert_eq!(found.unwrap().state.as_str(), "valid");
    });
}
