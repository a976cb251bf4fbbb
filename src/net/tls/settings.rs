//! What a socket with TLS goes by: parameters of the program, read and checked once.

use super::pem::{identity, refused};
use super::session::{Client, Server};
use super::trust::{Trusted, trusted};
use super::verify::{Bounds, ClientCheck, ServerCheck};
use super::{TlsParams, ciphers};
use crate::base::Code;
use crate::net::Failure;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion};
use std::sync::Arc;

/// Settings that are good for listening, connecting, or both.
#[derive(Debug)]
pub struct TlsSettings {
    provider: Arc<CryptoProvider>,
    pub(super) versions: &'static [&'static SupportedProtocolVersion],
    own: Option<Arc<CertifiedKey>>,
    verify: bool,
    required: bool,
    bounds: Bounds,
}

const NEW: &[&SupportedProtocolVersion] = &[&TLS13];
const ALL: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Whether TLS is built in: yes.
pub fn check_built_in() -> Result<(), Failure> {
    Ok(())
}

/// Equal are those that are the same; what is in them is nobody's business.
impl PartialEq for TlsSettings {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for TlsSettings {}

impl TlsSettings {
    /// Reads files and texts. `E_NW_INVALID_PARAMETER` with the file, and what is wrong with it.
    pub fn new(params: &TlsParams) -> Result<Arc<TlsSettings>, Failure> {
        let list = params.cipher_list.as_deref().filter(|_| !params.without_tls12);
        let provider = CryptoProvider { cipher_suites: ciphers::suites(list)?, ..ring::default_provider() };
        let own = match (&params.certificate, &params.private_key) {
            (Some(certificate), key) => Some(Arc::new(identity(certificate, key.as_ref(), &provider)?)),
            (None, Some(_)) => return Err(refused("ssl_params: a private_key is given without its certificate")),
            (None, None) => None,
        };
        Ok(Arc::new(TlsSettings {
            provider: Arc::new(provider),
            versions: if params.without_tls12 { NEW } else { ALL },
            own,
            verify: params.verify || params.required,
            required: params.required,
            bounds: Bounds { bytes: params.chain_bytes_max, depth: params.chain_depth_max },
        }))
    }

    /// To listen, with the CAs that are loaded now.
    pub(in crate::net) fn server(&self) -> Result<Server, Failure> {
        let Some(own) = &self.own else {
            let text = "ssl_params: listening needs a certificate and its private_key, texts or files in PEM form";
            return Err(refused(text));
        };
        let check = match self.trusted()? {
            Some(trusted) => self.client_check(trusted)?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(self.versions)
            .map_err(|e| refused(format!("ssl_params: {e}")))?
            .with_client_cert_verifier(check)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own.clone())));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Server(Arc::new(config)))
    }

    /// To connect to `host`, a name or an IP address, with the CAs that are loaded now.
    pub(in crate::net) fn client(&self, host: &str) -> Result<Client, Failure> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Failure::new(Code::E_NW_INVADDR, format!("\"{host}\" is no name that a certificate could have: TLS needs one"))
        })?;
        let chain = self.trusted()?.map(|trusted| {
            WebPkiServerVerifier::builder_with_provider(trusted.roots.clone(), self.provider.clone())
                .build()
                .map(|chain| (chain, trusted))
                .map_err(|e| refused(format!("ssl_params: {e}")))
        });
        let check = ServerCheck {
            chain: chain.transpose()?,
            bounds: self.bounds.clone(),
            algorithms: self.provider.signature_verification_algorithms,
        };
        let builder = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(self.versions)
            .map_err(|e| refused(format!("ssl_params: {e}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check));
        let mut config = match &self.own {
            Some(own) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        Ok(Client { config: Arc::new(config), name })
    }

    /// The CAs to verify by; `None` if nothing is to be verified.
    fn trusted(&self) -> Result<Option<Arc<Trusted>>, Failure> {
        if !self.verify {
            return Ok(None);
        }
        trusted().map(Some).ok_or_else(|| {
            refused(
                "ssl_params: MCO_SSL_VERIFY_PEER, but no CA is loaded to verify by: call mco_ssl_load_verify_locations before",
            )
        })
    }

    fn client_check(&self, trusted: Arc<Trusted>) -> Result<Arc<dyn ClientCertVerifier>, Failure> {
        let builder = WebPkiClientVerifier::builder_with_provider(trusted.roots.clone(), self.provider.clone());
        let builder = if self.required { builder } else { builder.allow_unauthenticated() };
        let chain = builder.build().map_err(|e| refused(format!("ssl_params: {e}")))?;
        Ok(Arc::new(ClientCheck { chain, trusted, bounds: self.bounds.clone() }))
    }
}
