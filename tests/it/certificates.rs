//! Who may not come in, at the live hub: each bad certificate ends at the handshake; a good one of
//! an unregistered system, or without the capability, ends with its code. Others go on.

use super::run;
use seinhuis_identity::tls::TlsCredentials;
use seinhuis_proto::v1;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::pki::{Flaw, Purpose};
use seinhuis_tests::{Chain, Raw, reason};
use seinhuis_types::{Clock, ErrorCode, Oin, SystemClock};
use std::fs;
use tonic::transport::Channel;

/// Asks the directory with these credentials; `Err` with the code or the transport's words.
pub(super) async fn ask(chain: &Chain, credentials: TlsCredentials) -> Result<(), String> {
    let port = chain.sandbox.hub_port();
    let channel: Channel = Raw::connect_as(chain.sandbox.root(), credentials, port).await?;
    let mut client = DirectoryServiceClient::new(channel);
    let answer = client.list_partners(v1::ListPartnersRequest {}).await;
    answer.map(|_| ()).map_err(|status| reason(&status))
}

fn police() -> Oin {
    "00000099000000010000".parse().unwrap()
}

#[test]
fn every_flawed_certificate_ends_at_the_handshake_and_others_go_on() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let now = SystemClock.now();
        // The revoked one has a test of its own below.
        for flaw in Flaw::ALL.iter().filter(|flaw| **flaw != Flaw::Revoked) {
            let issued = chain
                .sandbox
                .pki()
                .issue_flawed(*flaw, &Purpose::Client, police(), now)
                .unwrap();
            let credentials = TlsCredentials::new(issued.chain(), issued.key());
            let answer = ask(&chain, credentials).await;
            let told = answer.expect_err(&format!("{flaw:?} came in"));
            // No service was reached: an answer of one would carry an error code.
            assert!(
                ErrorCode::parse(&told).is_none(),
                "{flaw:?} reached a service: {told}"
            );
        }
        chain.partner("politie").partners().await.unwrap();
    });
}

#[test]
fn a_certificate_of_an_unregistered_system_is_told_so() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let issued = chain
            .sandbox
            .pki()
            .issue(&Purpose::Client, police(), SystemClock.now())
            .unwrap();
        let credentials = TlsCredentials::new(issued.chain(), issued.key());
        assert_eq!(
            ask(&chain, credentials).await,
            Err("SYSTEM_UNKNOWN".to_owned())
        );
        let stranger = "00000099000000660000".parse().unwrap();
        let issued = chain
            .sandbox
            .pki()
            .issue(&Purpose::Client, stranger, SystemClock.now())
            .unwrap();
        let credentials = TlsCredentials::new(issued.chain(), issued.key());
        assert_eq!(
            ask(&chain, credentials).await,
            Err("PARTNER_UNKNOWN".to_owned())
        );
    });
}

#[test]
fn a_system_does_only_what_it_was_given() {
    run(async {
        // The capability is taken away between two starts of the hub.
        let mut chain = Chain::start().await.unwrap();
        chain.hub = None;
        let file = chain.sandbox.root().join("hub/partners.toml");
        let text = fs::read_to_string(&file).unwrap();
        let all = "capabilities = [\"signal\", \"audit\", \"agreement\", \"keys\"]";
        assert!(text.contains(all));
        fs::write(&file, text.replace(all, "capabilities = [\"audit\"]")).unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let mut client = SignalServiceClient::new(channel);
        let request = v1::ReceiveRequest {
            desk: "huiselijk-geweld".into(),
            ..Default::default()
        };
        let refused = client.receive(request).await.unwrap_err();
        assert_eq!(reason(&refused), "CAPABILITY_MISSING");
        chain.partner("politie").checkpoint().await.unwrap();
    });
}

#[test]
fn a_certificate_that_is_revoked_before_a_start_stays_out() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        chain.hub = None;
        let files = chain.sandbox.pki().files("om");
        let credentials = TlsCredentials::load(&files.tls_chain, &files.tls_key).unwrap();
        let leaf = credentials.chain().first().unwrap().clone();
        chain
            .sandbox
            .pki()
            .revoke(&leaf, SystemClock.now())
            .unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let told = ask(&chain, credentials).await.unwrap_err();
        assert!(
            ErrorCode::parse(&told).is_none(),
            "a service was reached: {told}"
        );
        // The caller may hear of it before the line is written; each other call gives time for it.
        let log = chain.sandbox.root().join("hub/service.log");
        let written = || {
            let text = fs::read_to_string(&log).unwrap();
            text.lines()
                .any(|line| line.contains("handshake") && line.contains("\"revoked\""))
        };
        for _ in 0..1_000 {
            if written() {
                break;
            }
            chain.partner("politie").partners().await.unwrap();
        }
        assert!(written(), "{}", fs::read_to_string(&log).unwrap());
        chain.partner("politie").partners().await.unwrap();
    });
}
