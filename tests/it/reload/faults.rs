//! Sets that are refused: nothing of them counts, and what was in force stays.

use super::{
    CLOSES, IN_FORCE, REFUSED, ask, credentials, ends_within, goes_on, hang_up, revoke,
    server_leaf, stays_out, stream, told,
};
use crate::run;
use seinhuis_testkit::pki::{CRL_MS, LEAF_MS, LOCAL_HOSTS};
use seinhuis_testkit::sandbox::{HUB_OIN, Sandbox};
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, Millis, SystemClock};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// What is wrong with the new files: by name, as it is made, and the words that tell it.
type Fault = (fn(&Sandbox), &'static [&'static str]);

const FAULTS: [Fault; 8] = [
    (
        |sandbox| {
            let [_, crl] = sandbox.pki().crls();
            let whole = fs::read(&crl).unwrap();
            fs::write(&crl, &whole[..whole.len() / 2]).unwrap();
        },
        &["intermediate.crl", "not PEM", "fetch it again"],
    ),
    (
        |sandbox| fs::write(&sandbox.pki().crls()[1], b"").unwrap(),
        &["intermediate.crl", "no revocation list in it"],
    ),
    (
        |sandbox| {
            let past = SystemClock.now().minus(CRL_MS).minus(Millis::DAY);
            sandbox.pki().renew_crls(past).unwrap();
        },
        &["intermediate.crl", "past its term", "fetch the next one"],
    ),
    (
        |sandbox| fs::remove_file(sandbox.pki().root()).unwrap(),
        &["root.pem", "is it there"],
    ),
    (
        |sandbox| {
            let [own, other] = ["hub", "pseudonymiser"].map(|name| sandbox.pki().files(name));
            fs::write(own.tls_key, fs::read(other.tls_key).unwrap()).unwrap();
        },
        &["tls.key", "its own key"],
    ),
    (
        |sandbox| {
            let [own, other] = ["hub", "pseudonymiser"].map(|name| sandbox.pki().files(name));
            fs::write(own.tls_chain, fs::read(other.tls_chain).unwrap()).unwrap();
        },
        &["hub/tls.pem", "its own key"],
    ),
    (
        |sandbox| {
            let key = sandbox.pki().files("hub").tls_key;
            fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap();
        },
        &["tls.key", "mode 0644", "chmod 600"],
    ),
    (
        |sandbox| {
            let past = SystemClock.now().minus(LEAF_MS).minus(Millis::DAY);
            let oin = HUB_OIN.parse().unwrap();
            sandbox
                .pki()
                .service("hub", oin, LOCAL_HOSTS, past)
                .unwrap();
        },
        &["tls.pem", "expired", "within its term"],
    ),
];

#[test]
fn a_bad_set_is_refused_as_a_whole_and_told_and_the_old_one_stays() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let sandbox = &chain.sandbox;
        let mut open = stream(&chain, "veilig-thuis").await;
        revoke(&chain, "om");
        hang_up(chain.hub.as_ref());
        told(&chain, "hub", &[IN_FORCE, "intermediate.crl"]).await;
        let before = server_leaf(&chain).await;
        let (pki, own) = (sandbox.pki(), sandbox.pki().files("hub"));
        let [crl, other] = pki.crls();
        let files = [pki.root(), crl, other, own.tls_chain, own.tls_key];
        let good = files.map(|path| (fs::read(&path).unwrap(), path));
        for (spoil, words) in FAULTS {
            spoil(sandbox);
            hang_up(chain.hub.as_ref());
            told(&chain, "hub", &[&[REFUSED], words].concat()).await;
            let bad = chain.sandbox.root().join("bad");
            // The test's own caller reads the good files: they are put back first.
            for (bytes, path) in &good {
                fs::write(&bad, bytes).unwrap();
                fs::set_permissions(&bad, Permissions::from_mode(0o600)).unwrap();
                fs::rename(&bad, path).unwrap();
            }
            ask(&chain, credentials(sandbox, "politie")).await.unwrap();
            stays_out(&chain, credentials(sandbox, "om")).await;
            assert_eq!(server_leaf(&chain).await, before, "{words:?}");
        }
        goes_on(&chain, &mut open).await;
        // What comes next and is good is taken in.
        let mut bad = stream(&chain, "reclassering").await;
        revoke(&chain, "reclassering");
        hang_up(chain.hub.as_ref());
        ends_within(&mut bad, CLOSES).await;
    });
}
