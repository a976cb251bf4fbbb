//! Certificates and keys out of PEM texts and files, with a word on everything that can be wrong with them.

use super::Pem;
use crate::base::Code;
use crate::net::Failure;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest file of certificates or a key, in bytes.
pub const PEM_BYTES_MAX: u64 = 16 << 20;

/// A mistake in what the program has given.
pub(super) fn refused(text: impl Into<String>) -> Failure {
    Failure::new(Code::E_NW_INVALID_PARAMETER, text)
}

/// The content of a file.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(PEM_BYTES_MAX + 1).read_to_end(&mut bytes));
    let tried = || format!("{what}: reading {}", path.display());
    opened.map_err(|e| Failure::io(Code::E_NW_INVALID_PARAMETER, &tried(), &e))?;
    if bytes.len() as u64 > PEM_BYTES_MAX {
        return Err(refused(format!("{}: the file has more than {PEM_BYTES_MAX} bytes", tried())));
    }
    Ok(bytes)
}

/// The certificates in a text; not one is no error here.
pub(super) fn certificates(text: &[u8], origin: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    found.map_err(|e| refused(format!("{origin}: the PEM text is damaged: {}", damage(&e))))
}

/// In our words: those of the error repeat parts of the text, where a key may stand as well.
fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no end; each BEGIN and END needs a line of its own",
        pem::Error::IllegalSectionStart { .. } => "each BEGIN needs a line of its own",
        pem::Error::Base64Decode(_) => "what is between BEGIN and END is not base64",
        _ => "it cannot be read",
    }
}

/// Own certificate and key, made sure to belong to each other.
pub(super) fn identity(certificate: &Pem, key: Option<&Pem>, provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let (text, shown) = content(certificate, "certificate")?;
    let chain = certificates(&text, &shown)?;
    if chain.is_empty() {
        return Err(refused(format!("{shown}: there is no certificate in PEM form in it (\"BEGIN CERTIFICATE\")")));
    }
    let (key_text, key_shown) = match key {
        Some(key) => content(key, "private_key")?,
        None => (text, format!("ssl_params: no private_key is given for the certificate, and {shown}")),
    };
    let key = private_key(&key_text, &key_shown)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|e| match e {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            refused(format!("{key_shown}: the key is not the one of the certificate ({shown})"))
        }
        Error::InvalidCertificate(e) => refused(format!("{shown}: the certificate cannot be used: {e}")),
        e => refused(format!("{key_shown}: the key cannot be used ({e}); RSA from 2048 bits, P-256, P-384 and Ed25519 can")),
    })
}

fn private_key(text: &[u8], shown: &str) -> Result<PrivateKeyDer<'static>, Failure> {
    PrivateKeyDer::from_pem_slice(text).map_err(|_| {
        if text.windows(9).any(|window| window == b"ENCRYPTED") {
            return refused(format!("{shown}: the key is encrypted; take the password off, as by \"openssl pkey\""));
        }
        refused(format!("{shown}: there is no private key in PEM form in it (\"BEGIN PRIVATE KEY\")"))
    })
}

/// The text, and what to call it in messages.
fn content(pem: &Pem, member: &str) -> Result<(Vec<u8>, String), Failure> {
    match pem {
        Pem::Text(text) => Ok((text.clone().into_bytes(), format!("ssl_params: {member}"))),
        Pem::File(path) => {
            let member = format!("ssl_params: {member}_file");
            Ok((read(path, &member)?, format!("{member} {}", path.display())))
        }
    }
}
