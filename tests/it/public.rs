//! The published log over HTTPS, as anyone reads it: without a certificate, at C2SP paths.

mod fetch;

use super::run;
use super::streams::report;
use super::witnessed::witness::{configure, free};
use fetch::{Answer, Reader};
use rustix::process::{Pid, Signal, kill_process};
use seinhuis_merkle::{Checkpoint, Note, NoteVerifier, TileKind, TilePath, verify_log};
use seinhuis_testkit::pki::LOCAL_HOSTS;
use seinhuis_testkit::sandbox::HUB_OIN;
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Where the log is: the path in its name.
const PREFIX: &str = "/log/2026h2";
/// How soon a connection that says nothing makes way: six times what it is granted.
const MAKES_WAY: Duration = Duration::from_secs(30);
/// How long what must happen may take on any machine.
const COMES: Duration = Duration::from_secs(60);

async fn start() -> (Chain, Reader) {
    let at = free();
    let chain = Chain::start_with(move |sandbox| {
        configure(sandbox, &format!("\n[log.https]\nlisten = \"{at}\"\n"))
    });
    let chain = chain.await.unwrap();
    let reader = Reader::new(&chain.sandbox, at);
    (chain, reader)
}

async fn checkpoint(chain: &Chain, reader: &Reader) -> Checkpoint {
    let answer = reader.get(&format!("{PREFIX}/checkpoint")).await;
    assert_eq!(answer.status, 200);
    let key = NoteVerifier::parse(chain.sandbox.log_vkey()).unwrap();
    Checkpoint::open(&Note::parse(&answer.body).unwrap(), &key).unwrap()
}

#[test]
fn anyone_verifies_the_whole_log_from_what_is_fetched() {
    run(async {
        let (chain, reader) = start().await;
        // More than one bundle, so that there are full tiles and a level above.
        let partner = chain.partner("politie");
        let mut newest = checkpoint(&chain, &reader).await;
        while newest.size().get() <= 300 {
            for _ in 0..50 {
                report(&chain).await;
            }
            partner.checkpoint().await.unwrap();
            newest = checkpoint(&chain, &reader).await;
        }
        let mut files = BTreeMap::new();
        for kind in [TileKind::Hashes(0), TileKind::Hashes(1), TileKind::Entries] {
            for index in 0.. {
                let Some(path) = TilePath::in_tree(kind, index, newest.size()) else {
                    break;
                };
                let answer = reader.get(&format!("{PREFIX}/{path}")).await;
                assert_eq!(answer.status, 200, "{path}");
                assert_eq!(answer.header("content-type"), "application/octet-stream");
                assert!(answer.header("cache-control").contains("immutable"));
                files.insert(path, answer.body);
            }
        }
        verify_log(&files, &newest).unwrap();
        assert!(files.keys().any(|path| path.is_full()));
    });
}

#[test]
fn what_is_not_of_the_log_is_not_there() {
    run(async {
        let (chain, reader) = start().await;
        report(&chain).await;
        let whole = reader.get(&format!("{PREFIX}/checkpoint")).await;
        assert_eq!(whole.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(whole.header("cache-control"), "no-cache");
        let head = reader
            .ask("HEAD", &format!("{PREFIX}/tile/0/000.p/1"))
            .await;
        assert_eq!((head.status, head.header("content-length")), (200, "32"));
        assert!(head.body.is_empty());

        for path in [
            "/",
            "/checkpoint",
            "/log/2026h2",
            "/log/2026h2/",
            "/log/2026h2x/checkpoint",
            "/log/2026h2//checkpoint",
            "/log/2026h2/checkpoint/",
            "/log/2026h2/Checkpoint",
            "/log/2026h2/checkpoint.witnessed",
            "/log/2026h2/checkpoints/000000",
            "/log/2026h2/new",
            "/log/2026h2/tile",
            "/log/2026h2/tile/0/",
            "/log/2026h2/tile/0/000",
            "/log/2026h2/tile/0/001",
            "/log/2026h2/tile/0/000.p/0",
            "/log/2026h2/tile/0/000.p/256",
            "/log/2026h2/tile/00/000.p/1",
            "/log/2026h2/tile/64/000.p/1",
            "/log/2026h2/tile/0/x999/x999/x999/x999/x999/999.p/1",
            "/log/2026h2/tile/entries/000.p/01",
            "/log/2026h2/tile/../checkpoint",
            "/log/2026h2/tile/0/../../checkpoint",
            "/log/2026h2/../../../../../../etc/passwd",
            "/log/2026h2/%2e%2e/%2e%2e/hub.toml",
            "/log/2026h2/tile%2f0%2f000.p%2f1",
            "/log/2026h2/tile/0/000.p/1%00",
        ] {
            let answer = reader.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            let answer = reader.ask(method, &format!("{PREFIX}/checkpoint")).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, "GET, HEAD"),
                "{method}"
            );
        }
        let long = format!("{PREFIX}/{}", "x".repeat(20_000));
        assert!(reader.get(&long).await.status >= 400);
        // A request without TLS gets nothing.
        let plain = reader.plain("GET /log/2026h2/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(!String::from_utf8_lossy(&plain).contains("HTTP/1.1"));
    });
}

#[test]
fn who_only_holds_a_connection_makes_way_for_who_reads() {
    run(async {
        let (chain, reader) = start().await;
        report(&chain).await;
        let silent = |at: SocketAddr| TcpStream::connect(at).unwrap();
        let _held: Vec<_> = (0..256).map(|_| silent(reader.at)).collect();
        let mut slow = reader.slow_heads(8).await;
        let waiting = tokio::time::timeout(MAKES_WAY, checkpoint(&chain, &reader));
        waiting.await.expect("nobody makes way");
        for stream in &mut slow {
            let ended = tokio::time::timeout(MAKES_WAY, fetch::rest(stream)).await;
            let answer = ended.expect("a head that never ends is waited for");
            assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
        }
    });
}

#[test]
fn a_new_certificate_is_shown_without_a_restart() {
    run(async {
        let (chain, reader) = start().await;
        let before = reader.certificate().await;
        let pki = chain.sandbox.pki();
        let now = SystemClock.now();
        pki.service("hub", HUB_OIN.parse().unwrap(), LOCAL_HOSTS, now)
            .unwrap();
        let id = i32::try_from(chain.hub.as_ref().unwrap().id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::HUP).unwrap();
        let waiting = tokio::time::timeout(COMES, async {
            while reader.certificate().await == before {}
        });
        waiting.await.expect("the old certificate stays");
        let Answer { status, .. } = reader.get(&format!("{PREFIX}/checkpoint")).await;
        assert_eq!(status, 200);
    });
}
