//! What can go wrong between two peers, in words that say what to do.

use crate::base::Code;
use crate::net::Failure;
use rustls::{AlertDescription as Alert, CertificateError, Error, OtherError};
use std::io;

/// A failure of TLS itself; before the handshake is known to be good on both sides it is one of the handshake.
pub(super) fn of(peer: &str, error: &Error, in_handshake: bool) -> Failure {
    Failure::new(code(in_handshake), format!("TLS with {peer}: {}", words(error)))
}

/// A message that no honest peer sends.
pub(super) fn oversized(peer: &str, cause: &io::Error, in_handshake: bool) -> Failure {
    Failure::new(code(in_handshake), format!("TLS with {peer}: {cause}"))
}

/// The connection has ended, by `cause`.
pub(super) fn broken(peer: &str, cause: Failure, is_secure: bool) -> Failure {
    let (code, what) = match cause.error.code {
        _ if !is_secure => {
            (Code::E_NW_HANDSHAKE, "in the middle of the handshake; does it speak TLS, and accept our certificate?")
        }
        Code::E_NW_CLOSED if cause.errno == 0 => (Code::E_NW_CLOSED, "without saying that this is the end"),
        _ => return cause,
    };
    let text = format!("TLS with {peer}: {}, {what}", cause.error.text);
    Failure { errno: cause.errno, ..Failure::new(code, text) }
}

/// The handshake has taken too long.
pub(super) fn overdue(peer: &str) -> Failure {
    Failure::new(Code::E_NW_TIMEOUT, format!("TLS with {peer}: the peer has not finished the handshake in time"))
}

fn code(in_handshake: bool) -> Code {
    if in_handshake { Code::E_NW_HANDSHAKE } else { Code::E_NW_RECVERR }
}

fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::NoCertificatesPresented => {
            "the peer has shown no certificate, and MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT is set".into()
        }
        Error::AlertReceived(alert) => self::alert(*alert),
        Error::InvalidMessage(_) => "what comes is not TLS; is the peer a plain one, without ssl_params?".into(),
        Error::PeerIncompatible(why) => format!("no version, cipher suite or kind of key in common ({why:?})"),
        Error::DecryptError => "a record was changed on its way".into(),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => {
            format!("the peer's certificate, or one of its chain, has expired, unless the clock here is wrong ({error})")
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            format!("the peer's certificate is not valid yet; is the clock here right? ({error})")
        }
        E::UnknownIssuer => {
            "the peer's certificate comes from none of the CAs that are loaded, see mco_ssl_load_verify_locations".into()
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!("the peer's certificate has another name than the one that was connected to ({error})")
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            format!("the peer's certificate is made for another purpose ({error})")
        }
        E::Other(OtherError(error)) => match error.to_string().as_str() {
            "CaUsedAsEndEntity" => {
                "the peer's certificate is that of a CA; its own needs basicConstraints CA:FALSE, also when it \
                is signed by itself and loaded as its own CA"
                    .into()
            }
            "UnsupportedCertVersion" => {
                "the peer's certificate is not of version 3, as by an extension such as subjectAltName".into()
            }
            words => format!("the peer's certificate is refused: {words}"),
        },
        E::BadSignature => "the peer's certificate, or its handshake, is not signed by the key that it names".into(),
        other => format!("the peer's certificate is refused: {other}"),
    }
}

/// What the peer says before it closes.
fn alert(alert: Alert) -> String {
    match alert {
        Alert::CertificateRequired => "the peer wants a certificate from us: give one in ssl_params".into(),
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::DecryptError
        | Alert::AccessDenied => format!("the peer has refused our certificate ({alert:?})"),
        Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity => {
            format!("the peer finds no version, cipher suite or kind of key in common ({alert:?})")
        }
        Alert::DecodeError | Alert::UnexpectedMessage | Alert::RecordOverflow | Alert::BadRecordMac => {
            format!("the peer could not read what came from here ({alert:?})")
        }
        other => format!("the peer has ended it ({other:?})"),
    }
}
