//! `directory ruleset`.

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use seinhuis_types::hex;
use serde_json::json;

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let ruleset = setup.connect().await?.partner.ruleset().await?;
    let [catalogue, policy, root] =
        [ruleset.catalogue, ruleset.policy, ruleset.root].map(|digest| hex(&digest.0));
    let document =
        json!({ "catalogue_hash": catalogue, "policy_hash": policy, "ruleset_root": root });
    setup.out.show(&document, || {
        out::facts(&[("catalogue", catalogue), ("policy", policy), ("root", root)])
    })
}
