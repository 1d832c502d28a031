//! Calls past the SDK: the messages themselves, over a partner's own mTLS connection, so that a
//! test can send what the SDK would not.

use hyper_util::rt::TokioIo;
use seinhuis_identity::dial::dial;
use seinhuis_identity::tls::{Profile, TlsCredentials, client_config};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_types::SystemClock;
use std::path::Path;
use std::sync::Arc;
use tonic::Status;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic_types::StatusExt;

/// A connection with any TLS credentials.
#[derive(Debug, Clone)]
pub struct Raw;

impl Raw {
    /// A channel to `port` with the TLS files of `name`.
    ///
    /// # Errors
    /// When files cannot be read or the handshake fails.
    pub async fn connect(sandbox: &Sandbox, name: &str, port: u16) -> Result<Channel, String> {
        let files = sandbox.pki().files(name);
        let credentials =
            TlsCredentials::load(&files.tls_chain, &files.tls_key).map_err(|e| e.to_string())?;
        Self::connect_as(sandbox.root(), credentials, port).await
    }

    /// A channel to `port` with these credentials, trusting the sandbox's root.
    ///
    /// # Errors
    /// When the handshake fails.
    pub async fn connect_as(
        root: &Path,
        credentials: TlsCredentials,
        port: u16,
    ) -> Result<Channel, String> {
        let pki = root.join("pki");
        let crls = ["root.crl", "intermediate.crl"].map(|file| pki.join(file));
        let anchors = TrustAnchors::load(&[pki.join("root.pem")], &crls, TestOins::Allowed)
            .map_err(|e| e.to_string())?;
        let clock = Arc::new(SystemClock);
        let tls = client_config(Profile::Goed, credentials, &Arc::new(anchors), clock, None)
            .map_err(|e| e.to_string())?;
        let connector = tower::service_fn(move |_: Uri| {
            let tls = Arc::clone(&tls);
            async move { dial(tls, "localhost", port).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://hub")
            .connect_with_connector(connector)
            .await
            .map_err(|e| format!("{e:?}"))
    }
}

/// The error code in a status, or the status itself in words.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map_or_else(|| format!("{:?}: {}", status.code(), status.message()), |info| info.reason)
}
