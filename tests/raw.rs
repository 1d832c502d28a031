//! Calls past the SDK: the messages themselves, over a partner's own mTLS connection, so that a
//! test can send what the SDK would not.

use hyper_util::rt::TokioIo;
use prost::Message;
use seinhuis_identity::dial::dial;
use seinhuis_identity::signing::Signer;
use seinhuis_identity::tls::{Profile, TlsCredentials, client_config};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use seinhuis_seal::manifest::{Label, Manifest, Reader, key_leaf};
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_types::{Digest, FieldPath, KeyId, SystemClock};
use std::borrow::Cow;
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
        let anchors = anchors(root)?;
        let clock = Arc::new(SystemClock);
        let tls = client_config(Profile::Goed, credentials, &anchors, clock, None)
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

/// The root and revocation lists of a sandbox in `root`.
///
/// # Errors
/// When the files cannot be read.
pub fn anchors(root: &Path) -> Result<Arc<TrustAnchors>, String> {
    let pki = root.join("pki");
    let crls = ["root.crl", "intermediate.crl"].map(|file| pki.join(file));
    TrustAnchors::load(&[pki.join("root.pem")], &crls, TestOins::Allowed)
        .map(Arc::new)
        .map_err(|e| e.to_string())
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    Digest(out)
}

/// The error code in a status, or the status itself in words.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().map_or_else(
        || format!("{:?}: {}", status.code(), status.message()),
        |info| info.reason,
    )
}

/// A partner's signing key, as its SDK has it.
///
/// # Errors
/// When the files cannot be read.
pub fn signer(sandbox: &Sandbox, name: &str) -> Result<Signer, String> {
    let files = sandbox.pki().files(name);
    Signer::load(&files.signing_key, &files.signing_chain).map_err(|e| e.to_string())
}

/// The manifest of an envelope as its source makes it.
///
/// # Errors
/// When the envelope has no manifest: a mistake of the test.
pub fn manifest(envelope: &v1::Envelope) -> Result<Manifest<'_>, String> {
    let record = envelope.record.as_ref().ok_or("no record")?;
    let kid = KeyId::parse(&record.kid).map_err(|e| e.to_string())?;
    let header =
        v1::HeaderLeaf::decode(envelope.header_leaf.as_slice()).map_err(|e| e.to_string())?;
    let mut leaves: Vec<(Label, Cow<'_, [u8]>)> = vec![
        (Label::Route, Cow::Borrowed(&envelope.route_leaf)),
        (Label::Header, Cow::Borrowed(&envelope.header_leaf)),
        (Label::Source, Cow::Borrowed(&envelope.source_leaf)),
    ];
    for ((ordinal, subject), head) in (0u8..).zip(&envelope.subjects).zip(&header.subjects) {
        let kind = u8::try_from(head.kind).map_err(|e| e.to_string())?;
        let leaf = [&[kind], subject.ciphertext.as_slice()].concat();
        leaves.push((Label::Subject(ordinal), Cow::Owned(leaf)));
    }
    leaves.push((Label::Key, Cow::Owned(key_leaf(&kid, &record.sealed_key))));
    for field in &record.fields {
        let path = FieldPath::parse(&field.path).map_err(|e| e.to_string())?;
        leaves.push((Label::Field(path), Cow::Borrowed(&field.bytes)));
    }
    Manifest::assemble(Reader::Hub, leaves, [], &envelope.salts).map_err(|e| e.to_string())
}

/// Signs an envelope again after a test changed it: what a dishonest source would do.
///
/// # Errors
/// When the envelope has no manifest.
pub fn resign(envelope: &mut v1::Envelope, signer: &Signer) -> Result<(), String> {
    let message = manifest(envelope)?.signing_message();
    envelope.manifest_signature = signer.sign_raw(&message).map_err(|e| e.to_string())?;
    Ok(())
}
