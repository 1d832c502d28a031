//! Certificates, roots and revocation lists that change while the services serve.

mod faults;
mod services;

use super::certificates::ask;
use super::local::{Local, Settings};
use super::run;
use super::streams::{delivery, receive, report};
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_gateway::Bounds;
use seinhuis_identity::PeerIdentity;
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::{Profile, TlsCredentials, client_config};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_telemetry::Counter;
use seinhuis_testkit::pki::{Issued, LEAF_MS, LOCAL_HOSTS, Pki, Purpose};
use seinhuis_testkit::sandbox::{CHAIN, HUB_OIN, Sandbox, Service};
use seinhuis_tests::{Chain, Raw, anchors};
use seinhuis_types::{Clock, ErrorCode, ManualClock, Millis, Oin, SystemClock, hex};
use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::StreamExt;
use tonic::Streaming;
use tonic::transport::Channel;

/// How long what must happen may take on any machine.
const COMES: Duration = Duration::from_secs(60);
/// How long a connection may stay after its certificate was found bad.
const CLOSES: Duration = Duration::from_secs(5);
/// The line of a set that was taken in.
pub(super) const IN_FORCE: &str = "revocation lists are in force";
/// The line of a set that was not.
const REFUSED: &str = "the old ones stay in force";

type Stream = Streaming<v1::ReceiveResponse>;

pub(super) fn hang_up(service: Option<&Service>) {
    let id = i32::try_from(service.unwrap().id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::HUP).unwrap();
}

/// Waits until the log of a service has a line with all these words. The service writes it in its own
/// time; each call gives it some.
pub(super) async fn told(chain: &Chain, role: &str, words: &[&str]) {
    let log = chain.sandbox.root().join(role).join("service.log");
    let written = || {
        let text = fs::read_to_string(&log).unwrap();
        text.lines()
            .any(|line| words.iter().all(|word| line.contains(word)))
    };
    let waiting = tokio::time::timeout(COMES, async {
        while !written() {
            chain.partner("politie").partners().await.unwrap();
        }
    });
    let waited = waiting.await;
    assert!(
        waited.is_ok(),
        "{words:?}: {}",
        fs::read_to_string(&log).unwrap()
    );
}

fn credentials(sandbox: &Sandbox, name: &str) -> TlsCredentials {
    let files = sandbox.pki().files(name);
    TlsCredentials::load(&files.tls_chain, &files.tls_key).unwrap()
}

fn of(issued: &Issued) -> TlsCredentials {
    TlsCredentials::new(issued.chain(), issued.key())
}

/// Puts the TLS certificate of `name` on its issuer's list.
fn revoke(chain: &Chain, name: &str) {
    let leaf = credentials(&chain.sandbox, name).chain()[0].clone();
    chain
        .sandbox
        .pki()
        .revoke(&leaf, SystemClock.now())
        .unwrap();
}

async fn stream_over(channel: Channel, desk: &str) -> Stream {
    let request = v1::ReceiveRequest {
        desk: desk.into(),
        ..receive(Vec::new(), 0)
    };
    let opened = SignalServiceClient::new(channel).receive(request).await;
    opened.unwrap().into_inner()
}

async fn stream(chain: &Chain, name: &str) -> Stream {
    let desk = CHAIN.iter().find(|spec| spec.name == name).unwrap().desk;
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, name, port).await.unwrap();
    stream_over(channel, desk).await
}

async fn ends_within(stream: &mut Stream, limit: Duration) {
    let ended = tokio::time::timeout(limit, async {
        while let Some(Ok(_)) = stream.next().await {}
    });
    assert!(ended.await.is_ok(), "the stream was kept");
}

/// A signal of the police reaches the stream of Veilig Thuis that was open before.
async fn goes_on(chain: &Chain, stream: &mut Stream) {
    report(chain).await;
    let item = tokio::time::timeout(COMES, stream.next()).await.unwrap();
    delivery(&item.unwrap().unwrap());
}

/// That no service is reached with these credentials.
async fn stays_out(chain: &Chain, credentials: TlsCredentials) {
    let told = ask(chain, credentials).await.unwrap_err();
    assert!(ErrorCode::parse(&told).is_none(), "it came in: {told}");
}

/// One more system of a partner, in the directory that the hub reads at its start.
fn register(sandbox: &Sandbox, oin: &str, issued: &Issued) -> io::Result<()> {
    let file = sandbox.root().join("hub/partners.toml");
    let text = fs::read_to_string(&file)?;
    let thumbprint = PeerIdentity::stated_by(issued.leaf()).unwrap().thumbprint;
    let system = format!(
        "[[partner.system]]\nthumbprint = \"{}\"\nname = \"other\"\ncapabilities = [\"signal\"]\n",
        hex(&thumbprint.0)
    );
    let (before, partner) = text.split_once(&format!("oin = \"{oin}\"")).unwrap();
    let first = "[[partner.system]]";
    let partner = partner.replacen(first, &format!("{system}\n{first}"), 1);
    fs::write(&file, format!("{before}oin = \"{oin}\"{partner}"))
}

fn oin(name: &str) -> &'static str {
    CHAIN.iter().find(|spec| spec.name == name).unwrap().oin
}

#[test]
fn a_revoked_partner_loses_its_stream_within_five_seconds_and_another_keeps_its() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut good = stream(&chain, "veilig-thuis").await;
        // At once when asked, and by itself.
        for (name, asked) in [("om", true), ("reclassering", false)] {
            let mut bad = stream(&chain, name).await;
            revoke(&chain, name);
            if asked {
                hang_up(chain.hub.as_ref());
                ends_within(&mut bad, CLOSES).await;
            } else {
                ends_within(&mut bad, COMES).await;
            }
            stays_out(&chain, credentials(&chain.sandbox, name)).await;
            let closed = ["an open connection was closed", oin(name), "\"revoked\""];
            told(&chain, "hub", &closed).await;
        }
        goes_on(&chain, &mut good).await;
    });
}

#[test]
fn partners_of_an_added_root_come_in_without_a_restart_and_leave_with_it() {
    run(async {
        let mut made = None;
        let chain = Chain::start_with(|sandbox| {
            let now = SystemClock.now();
            let other = Pki::create_named(&sandbox.root().join("other"), "Other", now).unwrap();
            let oin = oin("om");
            let issued = other.issue(&Purpose::Client, oin.parse().unwrap(), now);
            let issued = issued.unwrap();
            register(sandbox, oin, &issued)?;
            made = Some((other, issued));
            Ok(())
        });
        let chain = chain.await.unwrap();
        let (other, issued) = made.unwrap();
        stays_out(&chain, of(&issued)).await;
        let pki = chain.sandbox.pki();
        let (root, [crl, _]) = (pki.root(), pki.crls());
        let alone = fs::read(&root).unwrap();
        let [first, second] = other.crls();
        for (file, more) in [(&crl, first), (&crl, second), (&root, other.root())] {
            let both = [fs::read(file).unwrap(), fs::read(more).unwrap()].concat();
            fs::write(file, both).unwrap();
        }
        hang_up(chain.hub.as_ref());
        told(&chain, "hub", &[IN_FORCE, "root.pem"]).await;
        ask(&chain, of(&issued)).await.unwrap();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect_as(chain.sandbox.root(), of(&issued), port);
        let mut open = stream_over(channel.await.unwrap(), "executie").await;
        fs::write(&root, alone).unwrap();
        hang_up(chain.hub.as_ref());
        ends_within(&mut open, CLOSES).await;
        stays_out(&chain, of(&issued)).await;
    });
}

/// The certificate that the hub shows to a new connection.
async fn server_leaf(chain: &Chain) -> Vec<u8> {
    let anchors = anchors(chain.sandbox.root()).unwrap();
    let own = credentials(&chain.sandbox, "politie");
    let clock = Arc::new(SystemClock);
    let config = client_config(Profile::Goed, own, &anchors, clock, None).unwrap();
    let port = chain.sandbox.hub_port();
    let connected = dial(config, "localhost", port).await.unwrap();
    connected.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn new_connections_see_a_renewed_certificate_and_open_ones_go_on() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut open = stream(&chain, "veilig-thuis").await;
        let before = server_leaf(&chain).await;
        let oin: Oin = HUB_OIN.parse().unwrap();
        let pki = chain.sandbox.pki();
        pki.service("hub", oin, LOCAL_HOSTS, SystemClock.now())
            .unwrap();
        hang_up(chain.hub.as_ref());
        told(&chain, "hub", &[IN_FORCE, "tls.pem", "tls.key"]).await;
        let after = server_leaf(&chain).await;
        assert_ne!(after, before);
        assert_eq!(
            after,
            credentials(&chain.sandbox, "hub").chain()[0].to_vec()
        );
        goes_on(&chain, &mut open).await;
        // A hang-up without a change changes nothing, and is answered.
        hang_up(chain.hub.as_ref());
        told(&chain, "hub", &["are as they were"]).await;
        goes_on(&chain, &mut open).await;
    });
}

#[test]
fn a_connection_ends_at_its_age_and_its_caller_comes_back() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let settings = Settings {
            bounds: Bounds {
                age: Duration::from_secs(1),
                age_grace: Duration::from_millis(100),
                ..Bounds::default()
            },
            ..Settings::default()
        };
        let _local = Local::replace(&mut chain, settings).await;
        let mut open = stream(&chain, "veilig-thuis").await;
        ends_within(&mut open, COMES).await;
        let own = credentials(&chain.sandbox, "veilig-thuis");
        ask(&chain, own).await.unwrap();
    });
}

#[test]
fn a_certificate_that_expires_while_its_stream_is_open_loses_it() {
    run(async {
        let now = SystemClock.now();
        let mut made = None;
        let chain = Chain::start_with(|sandbox| {
            let early = now.minus(LEAF_MS).plus(Millis::HOUR);
            let oin = oin("veilig-thuis");
            let short = sandbox
                .pki()
                .issue(&Purpose::Client, oin.parse().unwrap(), early);
            register(sandbox, oin, made.insert(short.unwrap()))
        });
        let mut chain = chain.await.unwrap();
        let short = of(&made.unwrap());
        let clock = ManualClock::at(now);
        let settings = Settings {
            tls_clock: Arc::new(clock.clone()),
            bounds: Bounds {
                recheck: Duration::from_millis(100),
                ..Bounds::default()
            },
            ..Settings::default()
        };
        let local = Local::replace(&mut chain, settings).await;
        let mut good = stream(&chain, "veilig-thuis").await;
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect_as(chain.sandbox.root(), short, port);
        let mut bad = stream_over(channel.await.unwrap(), "intake").await;
        clock.advance(2 * Millis::HOUR);
        ends_within(&mut bad, COMES).await;
        let closed = local.counters.get(Counter::ConnectionClosed, "expired");
        assert_eq!(closed, 1);
        goes_on(&chain, &mut good).await;
    });
}
