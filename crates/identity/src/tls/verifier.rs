//! The two questions rustls asks during a handshake, answered by [`TrustAnchors`].
//!
//! Owns: nothing but the passing on. Written instead of rustls's own verifiers so that TLS, JWS and
//! the re-verification of open connections judge by the same code, and so that the OIN is judged
//! before the handshake ends. Must not know: profiles.

use crate::{CertificateRefusal, TrustAnchors, Usage};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use seinhuis_types::{Millis, Oin};
use std::sync::Arc;

fn millis(now: UnixTime) -> Millis {
    Millis(now.as_secs().saturating_mul(Millis::SECOND))
}

fn whole<'a>(
    leaf: &CertificateDer<'a>,
    intermediates: &[CertificateDer<'a>],
) -> Vec<CertificateDer<'a>> {
    std::iter::once(leaf)
        .chain(intermediates)
        .cloned()
        .collect()
}

/// Judges those who call.
#[derive(Debug)]
pub(super) struct ClientChain {
    anchors: Arc<TrustAnchors>,
    root_names: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientChain {
    pub(super) fn new(anchors: Arc<TrustAnchors>, provider: &CryptoProvider) -> Self {
        Self {
            root_names: anchors.root_names(),
            anchors,
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ClientCertVerifier for ClientChain {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.root_names
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain = whole(end_entity, intermediates);
        self.anchors.verify(&chain, Usage::TlsClient, millis(now))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Judges the server that is called.
#[derive(Debug)]
pub(super) struct ServerChain {
    anchors: Arc<TrustAnchors>,
    organisation: Option<Oin>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerChain {
    pub(super) fn new(
        anchors: Arc<TrustAnchors>,
        provider: &CryptoProvider,
        organisation: Option<Oin>,
    ) -> Self {
        Self {
            anchors,
            organisation,
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for ServerChain {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = whole(end_entity, intermediates);
        let peer = self.anchors.verify(&chain, Usage::TlsServer, millis(now))?;
        webpki::EndEntityCert::try_from(end_entity)
            .and_then(|certificate| certificate.verify_is_valid_for_subject_name(server_name))
            .map_err(|error| CertificateRefusal::from(&error))?;
        if self
            .organisation
            .is_some_and(|expected| expected != peer.oin)
        {
            return Err(CertificateRefusal::OtherOrganisation.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
