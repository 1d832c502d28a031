//! One call past the SDK: the hub must refuse what the SDK would not even send.
//!
//! Owns: a connection with a partner's own TLS files, and the words of the answer. Must not know:
//! what is proposed.

use super::tell::{Broken, Step};
use hyper_util::rt::TokioIo;
use seinhuis_client::PartnerConfig;
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::{TlsCredentials, client_config};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_types::SystemClock;
use std::sync::Arc;
use tonic::transport::{Endpoint, Uri};

/// Proposes `content` as the partner with this configuration; gives what the hub says against it.
pub(super) async fn propose(config: &PartnerConfig, content: Vec<u8>) -> Step<String> {
    let (tls, hub) = (&config.tls, config.hub.clone());
    let anchors = TrustAnchors::load(&tls.roots, &tls.crls, TestOins::Allowed)?;
    let credentials = TlsCredentials::load(&tls.cert, &tls.key)?;
    let clock = Arc::new(SystemClock);
    let tls = client_config(
        tls.profile,
        credentials,
        &Arc::new(anchors),
        clock,
        Some(hub.oin),
    )?;
    let connector = tower::service_fn(move |_: Uri| {
        let (tls, host) = (Arc::clone(&tls), hub.host.clone());
        async move { dial(tls, &host, hub.port).await.map(TokioIo::new) }
    });
    let channel = Endpoint::from_static("http://hub")
        .connect_with_connector(connector)
        .await?;
    let request = v1::ProposeRequest {
        idempotency_key: rand::random::<[u8; 32]>().to_vec(),
        content,
    };
    match AgreementServiceClient::new(channel).propose(request).await {
        Ok(_) => Err(Broken("the hub took the proposal".to_owned())),
        Err(status) => Ok(status.message().to_owned()),
    }
}
