//! How a peer's certificate is looked at: the chain to a CA by rustls, the bounds of the program here.

use super::trust::Trusted;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// Bounds of a peer's chain.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// Bytes of all certificates; 0 = no limit.
    pub(super) bytes: usize,
    /// Certificates between the peer's own and a loaded CA.
    pub(super) depth: usize,
}

/// A chain over its bounds.
#[derive(Debug)]
pub(super) struct OverBounds(String);

impl fmt::Display for OverBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OverBounds {}

impl Bounds {
    fn check_bytes(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Result<(), Error> {
        let bytes = others.iter().fold(own.len(), |sum, certificate| sum.saturating_add(certificate.len()));
        if self.bytes != 0 && bytes > self.bytes {
            return Err(over(format!("its certificates have {bytes} bytes, max_cert_list allows {}", self.bytes)));
        }
        Ok(())
    }

    fn check_depth(&self, others: &[CertificateDer<'_>], trusted: &Trusted) -> Result<(), Error> {
        let between = others.iter().filter(|certificate| !trusted.contains(certificate)).count();
        if between > self.depth {
            let text = format!("{between} certificates lie between its own and a CA, verify_depth allows {}", self.depth);
            return Err(over(text));
        }
        Ok(())
    }
}

fn over(text: String) -> Error {
    CertificateError::Other(OtherError(Arc::new(OverBounds(text)))).into()
}

/// A client's look at its server.
#[derive(Debug)]
pub(super) struct ServerCheck {
    /// `None`: any certificate will do, but the handshake must be signed with its key.
    pub(super) chain: Option<(Arc<WebPkiServerVerifier>, Arc<Trusted>)>,
    pub(super) bounds: Bounds,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ServerCheck {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.bounds.check_bytes(own, others)?;
        let Some((chain, trusted)) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        self.bounds.check_depth(others, trusted)?;
        chain.verify_server_cert(own, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A server's look at a client.
#[derive(Debug)]
pub(super) struct ClientCheck {
    pub(super) chain: Arc<dyn ClientCertVerifier>,
    pub(super) trusted: Arc<Trusted>,
    pub(super) bounds: Bounds,
}

impl ClientCertVerifier for ClientCheck {
    fn client_auth_mandatory(&self) -> bool {
        self.chain.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.bounds.check_bytes(own, others)?;
        self.bounds.check_depth(others, &self.trusted)?;
        self.chain.verify_client_cert(own, others, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
