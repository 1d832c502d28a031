//! Callers that stop halfway and callers that vanish: neither holds a place for longer than the
//! bounds say, and neither costs another partner anything.

use super::limits::{Sent, call, framed};
use super::local::{Local, Settings};
use super::messages::{prepared, publish};
use super::run;
use super::streams::{place_again, receive, report};
use seinhuis_gateway::{Bounds, PartnerLimits};
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_tests::{Chain, Raw, reason};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How many calls one connection may have under way.
const STREAMS: usize = 128;

#[test]
fn a_message_that_stops_halfway_is_given_up_and_its_place_is_free_again() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let bounds = Bounds {
            call: Duration::from_secs(5),
            ..Bounds::default()
        };
        let settings = Settings {
            bounds,
            ..Settings::default()
        };
        let _local = Local::replace(&mut chain, settings).await;
        let message = prepared(&chain).await;
        let channel = Raw::connect(&chain.sandbox, "politie", chain.sandbox.hub_port())
            .await
            .unwrap();
        // As many as the connection takes: the next call has no place until one of them ends.
        let halves: Vec<_> = (0..STREAMS)
            .map(|_| {
                let mut half = framed(1_000);
                half.truncate(500);
                let body = Sent {
                    sent: Some(half.into()),
                    whole: false,
                };
                tokio::spawn(call(channel.clone(), "SignalService/Publish", body))
            })
            .collect();
        chain.partner("veilig-thuis").checkpoint().await.unwrap();
        assert!(
            halves.iter().all(|half| !half.is_finished()),
            "the other partner was served only after they had ended"
        );
        let mut client = SignalServiceClient::new(channel);
        let whole = tokio::time::timeout(Duration::from_secs(60), publish(&mut client, message));
        let decision = whole.await.expect("no place became free").unwrap();
        assert!(decision.permitted);
        for half in halves {
            let status = half.await.unwrap();
            assert_eq!(status.code(), tonic::Code::Cancelled, "{status:?}");
            assert_eq!(status.message(), "Timeout expired");
        }
    });
}

/// A line to the hub that can be cut without either end being told.
struct Line {
    port: u16,
    cut: oneshot::Sender<()>,
    /// Ends when the hub closes its end; keeps the other end open.
    closed: JoinHandle<TcpStream>,
}

impl Line {
    async fn to(hub: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, is_cut) = oneshot::channel();
        let closed = tokio::spawn(async move {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(("127.0.0.1", hub)).await.unwrap();
            tokio::select! {
                ended = tokio::io::copy_bidirectional(&mut near, &mut far) => panic!("{ended:?}"),
                cut = is_cut => cut.unwrap(),
            }
            // Nothing gets through any more; what the hub sends is read only to see its end.
            let mut lost = [0; 1024];
            while let Ok(1..) = far.read(&mut lost).await {}
            far.shutdown().await.ok();
            near
        });
        Self { port, cut, closed }
    }
}

#[test]
fn a_caller_that_vanishes_without_a_word_loses_its_connection_and_its_stream() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let settings = Settings {
            limits: PartnerLimits {
                streams: 1,
                ..PartnerLimits::default()
            },
            bounds: Bounds {
                keepalive: Duration::from_secs(1),
                keepalive_answer: Duration::from_secs(2),
                ..Bounds::default()
            },
            ..Settings::default()
        };
        let _local = Local::replace(&mut chain, settings).await;
        let hub = chain.sandbox.hub_port();
        let line = Line::to(hub).await;
        let vanishing = Raw::connect(&chain.sandbox, "veilig-thuis", line.port)
            .await
            .unwrap();
        let held = SignalServiceClient::new(vanishing)
            .receive(receive(Vec::new(), 0))
            .await
            .unwrap();
        let channel = Raw::connect(&chain.sandbox, "veilig-thuis", hub)
            .await
            .unwrap();
        let second = SignalServiceClient::new(channel.clone())
            .receive(receive(Vec::new(), 0))
            .await;
        assert_eq!(reason(&second.unwrap_err()), "OVERLOADED");
        line.cut.send(()).unwrap();
        // Others go on meanwhile.
        report(&chain).await;
        let closed = tokio::time::timeout(Duration::from_secs(60), line.closed).await;
        let near = closed.expect("the hub kept the connection").unwrap();
        place_again(&channel).await;
        drop((held, near));
    });
}
