//! Messages over the bound of their service, and what the hub's memory does under a flood of them.

use super::messages::{prepared, publish, signals};
use super::run;
use hyper::body::{Body, Frame};
use prost::bytes::Bytes;
use seinhuis_tests::{Chain, Raw, reason};
use seinhuis_types::limits;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::transport::Channel;
use tower::ServiceExt;

/// The most that the hub may grow by, in KiB: far under what is sent at it.
const GROWTH_KIB: u64 = 64 * 1024;

/// What the hub has resident, in KiB.
pub(super) fn resident(chain: &Chain) -> u64 {
    told(chain, "VmRSS:")
}

/// That the hub never had much more resident than `before`, in KiB: its peak counts.
pub(super) fn assert_bounded(chain: &Chain, before: u64) {
    let peak = told(chain, "VmHWM:");
    assert!(
        peak < before + GROWTH_KIB,
        "grew from {before} KiB to {peak} KiB"
    );
}

fn told(chain: &Chain, name: &str) -> u64 {
    let path = format!("/proc/{}/status", chain.hub.as_ref().unwrap().id());
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim_end_matches("kB").trim().parse().unwrap()
}

/// The body of a call: `sent` and, if it is not `whole`, nothing ever after.
pub(super) struct Sent {
    pub(super) sent: Option<Bytes>,
    pub(super) whole: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.sent.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.whole => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// A message of `size` bytes as gRPC frames it; the bytes mean nothing.
pub(super) fn framed(size: usize) -> Vec<u8> {
    let length = u32::try_from(size).unwrap();
    [&[0], length.to_be_bytes().as_slice(), &vec![0; size]].concat()
}

/// Makes a call with any body; the status it ends with.
pub(super) async fn call(channel: Channel, method: &str, body: Sent) -> Status {
    let request = http::Request::post(format!("http://hub/seinhuis.v1.{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(tonic::body::Body::new(body))
        .unwrap();
    match channel.oneshot(request).await {
        Ok(response) => Status::from_header_map(response.headers())
            .unwrap_or_else(|| panic!("an answer of more than headers: {response:?}")),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn each_service_bounds_its_messages() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let sandbox = &chain.sandbox;
        let (hub, pseudonymiser) = (sandbox.hub_port(), sandbox.pseudonymiser_port());
        let small = limits::MESSAGE_BYTES;
        let cases = [
            (hub, "SignalService/Publish", limits::PUBLISH_BYTES),
            (hub, "AgreementService/Propose", small),
            (hub, "DecisionService/Explain", small),
            (hub, "AuditService/GetTile", small),
            (hub, "RetentionService/EraseParts", small),
            (hub, "ConsentService/RegisterConsent", small),
            (hub, "QuestionService/Answer", small),
            (hub, "RegisterService/GetActivity", small),
            (hub, "DirectoryService/PublishKeyStatement", small),
            (hub, "PseudonymService/Convert", small),
            (pseudonymiser, "PseudonymService/Convert", small),
        ];
        for (port, method, most) in cases {
            let channel = Raw::connect(sandbox, "politie", port).await.unwrap();
            for (size, refused) in [(most, false), (most + 1, true)] {
                let body = Sent {
                    sent: Some(framed(size).into()),
                    whole: true,
                };
                let status = call(channel.clone(), method, body).await;
                let code = reason(&status);
                assert_eq!(
                    code == "MESSAGE_TOO_LARGE",
                    refused,
                    "{method} with {size} bytes: {code}"
                );
            }
        }
    });
}

#[test]
fn a_flood_of_oversize_messages_is_not_held_in_memory() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let channel = Raw::connect(&chain.sandbox, "politie", chain.sandbox.hub_port())
            .await
            .unwrap();
        let good = prepared(&chain).await;
        let before = resident(&chain);
        let large = Bytes::from(framed(2 * limits::PUBLISH_BYTES));
        let flood: Vec<_> = (0..200)
            .map(|_| {
                let body = Sent {
                    sent: Some(large.clone()),
                    whole: true,
                };
                let channel = channel.clone();
                tokio::spawn(async move { call(channel, "SignalService/Publish", body).await })
            })
            .collect();
        for refused in flood {
            assert_eq!(reason(&refused.await.unwrap()), "MESSAGE_TOO_LARGE");
        }
        assert_bounded(&chain, before);
        let mut client = signals(&chain, "politie").await;
        assert!(publish(&mut client, good).await.unwrap().permitted);
    });
}
