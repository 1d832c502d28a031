//! The pseudonymiser as the hub reaches it: a gRPC call over mutual TLS.
//!
//! Owns: the connection and the message. Must not know: keys of partners, secrets.

use crate::ending::Ending;
use hyper_util::rt::TokioIo;
use seinhuis_hub::command::{Convert, StatementBytes};
use seinhuis_hub::{FirstHalf, HubError};
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::{ClientConfig, TlsSettings, spoiled};
use seinhuis_proto::v1;
use seinhuis_proto::v1::pseudonym_service_client::PseudonymServiceClient;
use seinhuis_types::ErrorCode;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::client::TlsStream;
use tonic::Status;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic_types::StatusExt;

/// How long a conversion may take before the hub gives up, with nothing done.
const PATIENCE: Duration = Duration::from_secs(5);

/// A pseudonymiser at an address. Connects when first asked, and again after a broken line.
#[derive(Debug, Clone)]
pub struct RemotePseudonymiser {
    client: PseudonymServiceClient<Channel>,
}

impl RemotePseudonymiser {
    /// A pseudonymiser at `host`:`port`, whose certificate must satisfy `tls` when it is called and
    /// for as long as the connection is open; `recheck` as in [`Bounds`](crate::Bounds).
    pub fn new(
        host: String,
        port: u16,
        tls: watch::Receiver<Arc<TlsSettings<ClientConfig>>>,
        recheck: Duration,
    ) -> Self {
        let connector = tower::service_fn(move |_: Uri| {
            let (host, tls) = (host.clone(), tls.clone());
            async move { connect(&host, port, tls, recheck).await.map(TokioIo::new) }
        });
        // The address of the endpoint is not used: the connector dials.
        let endpoint = Endpoint::from_static("http://pseudonymiser")
            .timeout(PATIENCE)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true);
        Self {
            client: PseudonymServiceClient::new(endpoint.connect_with_connector_lazy(connector)),
        }
    }
}

async fn connect(
    host: &str,
    port: u16,
    mut tls: watch::Receiver<Arc<TlsSettings<ClientConfig>>>,
    recheck: Duration,
) -> io::Result<Ending<TlsStream<TcpStream>>> {
    let config = tls.borrow_and_update().config();
    let stream = dial(config, host, port).await?;
    let presented = stream.get_ref().1.peer_certificates();
    let spoiled = spoiled(presented.unwrap_or_default().to_vec(), tls, recheck);
    Ok(Ending::new(stream, async move {
        let cause = spoiled.await.as_str();
        tracing::warn!(cause, "the connection to the pseudonymiser was closed");
    }))
}

impl FirstHalf for RemotePseudonymiser {
    fn convert<'a>(
        &'a self,
        request: &'a Convert,
    ) -> Pin<Box<dyn Future<Output = Result<seinhuis_hub::Converted, HubError>> + Send + 'a>> {
        let mut client = self.client.clone();
        Box::pin(async move {
            let reply = client
                .convert(message(request))
                .await
                .map_err(|s| failed(&s))?;
            converted(reply.into_inner())
        })
    }
}

fn statement(statement: &StatementBytes) -> v1::KeyStatement {
    v1::KeyStatement {
        jws: statement.jws.clone(),
        signing_chain: statement.chain.clone(),
    }
}

fn message(request: &Convert) -> v1::ConvertRequest {
    v1::ConvertRequest {
        route_leaf: request.route.bytes.clone(),
        subject_leaves: request
            .subjects
            .iter()
            .map(|(kind, ciphertext)| [&[kind.byte()], ciphertext.as_slice()].concat())
            .collect(),
        salts: request.salts.clone(),
        others: request
            .others
            .iter()
            .map(|leaf| v1::LeafHash {
                index: u32::try_from(leaf.index).unwrap_or(u32::MAX),
                hash: leaf.hash.0.to_vec(),
                label: leaf.label.clone(),
            })
            .collect(),
        leaf_count: u32::try_from(request.leaf_count).unwrap_or(u32::MAX),
        manifest_signature: request.signature.clone(),
        signing_chain: request.chain.clone(),
        source_key: Some(statement(&request.source_key)),
        recipient_key: Some(statement(&request.recipient_key)),
        idempotency_key: Vec::new(),
        slip: None,
    }
}

fn converted(reply: v1::ConvertResponse) -> Result<seinhuis_hub::Converted, HubError> {
    let broken = || HubError::Internal("the pseudonymiser answered in another form");
    Ok(seinhuis_hub::Converted {
        ciphertexts: reply
            .ciphertexts
            .into_iter()
            .map(|ciphertext| ciphertext.try_into().map_err(|_| broken()))
            .collect::<Result<_, _>>()?,
        output_key: reply.output_key.try_into().map_err(|_| broken())?,
    })
}

/// What the pseudonymiser refused is told on; that it could not be asked is `UNAVAILABLE`.
fn failed(status: &Status) -> HubError {
    let told = status
        .get_details_error_info()
        .and_then(|info| ErrorCode::parse(&info.reason))
        .filter(|code| *code != ErrorCode::Internal);
    match told {
        Some(ErrorCode::Unavailable | ErrorCode::StorageFull) | None => HubError::told(
            ErrorCode::PseudonymiserUnavailable,
            "the pseudonymiser cannot be reached; nothing was done, try again",
        ),
        Some(code) => HubError::told(code, status.message()),
    }
}
