//! What the services ask of each other, and the signatures each of them judges.

use super::{IN_FORCE, hang_up, revoke, told};
use crate::messages::{prepared, publish, signals};
use crate::run;
use crate::streams::report;
use seinhuis_client::Persons;
use seinhuis_domain::agreement::StepReason;
use seinhuis_testkit::pki::LOCAL_HOSTS;
use seinhuis_testkit::sandbox::{PSEUDONYMISER_OIN, Sandbox};
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, ErrorCode, Oin, SystemClock};
use std::fs;
use std::io;
use std::path::Path;

/// Puts the signing certificate of `name` on its issuer's list.
fn revoke_signing(chain: &Chain, name: &str) {
    let signer = seinhuis_tests::signer(&chain.sandbox, name).unwrap();
    let leaf = signer.chain()[0].as_slice().into();
    chain
        .sandbox
        .pki()
        .revoke(&leaf, SystemClock.now())
        .unwrap();
}

#[test]
fn the_hub_leaves_a_pseudonymiser_that_is_revoked_and_takes_its_new_certificate() {
    run(async {
        let chain = Chain::start().await.unwrap();
        report(&chain).await;
        revoke(&chain, "pseudonymiser");
        hang_up(chain.hub.as_ref());
        let closed = [
            "the connection to the pseudonymiser was closed",
            "\"revoked\"",
        ];
        told(&chain, "hub", &closed).await;
        let mut client = signals(&chain, "politie").await;
        let refused = publish(&mut client, prepared(&chain).await).await;
        assert_eq!(refused.unwrap_err(), "PSEUDONYMISER_UNAVAILABLE");
        let oin: Oin = PSEUDONYMISER_OIN.parse().unwrap();
        let pki = chain.sandbox.pki();
        pki.service("pseudonymiser", oin, LOCAL_HOSTS, SystemClock.now())
            .unwrap();
        hang_up(chain.pseudonymiser.as_ref());
        told(&chain, "pseudonymiser", &[IN_FORCE, "tls.pem"]).await;
        report(&chain).await;
    });
}

/// Gives a service revocation lists of its own, as they are now.
fn own_lists(sandbox: &Sandbox, role: &str) -> io::Result<()> {
    hand_lists(sandbox, role)?;
    let file = sandbox.root().join(role).join(format!("{role}.toml"));
    let text = fs::read_to_string(&file)?;
    let shared = "crls = [\"../pki/root.crl\", \"../pki/intermediate.crl\"]";
    assert!(text.contains(shared));
    let own = "crls = [\"root.crl\", \"intermediate.crl\"]";
    fs::write(&file, text.replace(shared, own))
}

fn hand_lists(sandbox: &Sandbox, role: &str) -> io::Result<()> {
    let to = sandbox.root().join(role);
    for list in sandbox.pki().crls() {
        let name = Path::new(list.file_name().unwrap());
        fs::copy(&list, to.join(name))?;
    }
    Ok(())
}

#[test]
fn hub_and_pseudonymiser_each_judge_signatures_by_their_own_new_lists() {
    run(async {
        let chain = Chain::start_with(|sandbox| {
            own_lists(sandbox, "hub")?;
            own_lists(sandbox, "pseudonymiser")
        });
        let chain = chain.await.unwrap();
        report(&chain).await;
        // The pseudonymiser hears of one that the hub has not heard of.
        revoke_signing(&chain, "politie");
        hand_lists(&chain.sandbox, "pseudonymiser").unwrap();
        hang_up(chain.pseudonymiser.as_ref());
        told(&chain, "pseudonymiser", &[IN_FORCE]).await;
        let mut client = signals(&chain, "politie").await;
        let refused = publish(&mut client, prepared(&chain).await).await;
        assert_eq!(refused.unwrap_err(), "CERTIFICATE_REFUSED");
        // And the hub of one whose agreement steps it took before.
        revoke_signing(&chain, "rvdk");
        hand_lists(&chain.sandbox, "hub").unwrap();
        hang_up(chain.hub.as_ref());
        told(&chain, "hub", &[IN_FORCE]).await;
        let persons = Persons::new("administrator-1", "privacy-officer-1").unwrap();
        let rvdk = chain.partner("rvdk");
        let refused = rvdk.suspend(&chain.agreement, &persons, StepReason::Incident);
        let code = refused.await.unwrap_err().code();
        assert_eq!(code, Some(ErrorCode::CertificateRefused));
    });
}
