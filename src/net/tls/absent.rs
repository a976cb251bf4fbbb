//! A library without the feature `tls`: settings cannot be made, so that nothing else here is ever reached.

use super::TlsParams;
use crate::base::Code;
use crate::net::Failure;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// There are none.
#[derive(Debug, PartialEq, Eq)]
pub enum TlsSettings {}

/// There is none.
#[derive(Clone, Debug)]
pub enum Server {}

/// There is none.
#[derive(Clone, Debug)]
pub enum Client {}

/// There is none.
pub enum Session {}

/// Whether TLS is built in: no.
pub fn check_built_in() -> Result<(), Failure> {
    Err(not_built_in())
}

/// Not built in.
pub fn trust(_: Option<&Path>, _: Option<&Path>) -> Result<(), Failure> {
    check_built_in()
}

/// Nothing is trusted.
pub fn forget_trusted() {}

fn not_built_in() -> Failure {
    let text = "TLS is not built into this library (feature \"tls\"): leave ssl_params NULL for plain connections";
    Failure::new(Code::E_NW_NOTSUPP, text)
}

impl TlsSettings {
    /// Not built in.
    pub fn new(_: &TlsParams) -> Result<Arc<TlsSettings>, Failure> {
        Err(not_built_in())
    }

    pub(in crate::net) fn server(&self) -> Result<Server, Failure> {
        match *self {}
    }

    pub(in crate::net) fn client(&self, _: &str) -> Result<Client, Failure> {
        match *self {}
    }
}

impl Server {
    pub(in crate::net) fn session(&self, _: String) -> Result<Session, Failure> {
        match *self {}
    }
}

impl Client {
    pub(in crate::net) fn session(&self, _: String) -> Result<Session, Failure> {
        match *self {}
    }
}

impl Session {
    pub(in crate::net) fn is_secure(&self) -> bool {
        match *self {}
    }

    pub(in crate::net) fn decrypt(&mut self, _: &[u8]) -> Result<(), Failure> {
        match *self {}
    }

    pub(in crate::net) fn take(&mut self, _: &mut Vec<u8>) -> bool {
        match *self {}
    }

    pub(in crate::net) fn encrypt(&mut self, _: &[u8]) -> usize {
        match *self {}
    }

    pub(in crate::net) fn say_goodbye(&mut self) {
        match *self {}
    }

    pub(in crate::net) fn has_ended(&self) -> bool {
        match *self {}
    }

    pub(in crate::net) fn wants_write(&self) -> bool {
        match *self {}
    }

    pub(in crate::net) fn write(&mut self, _: &mut impl Write) -> io::Result<usize> {
        match *self {}
    }

    pub(in crate::net) fn last_words(&mut self) -> Vec<u8> {
        match *self {}
    }

    pub(in crate::net) fn broken(&self, _: Failure) -> Failure {
        match *self {}
    }

    pub(in crate::net) fn overdue(&self) -> Failure {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_built_in_is_named() {
        for said in [check_built_in(), trust(Some(Path::new("ca.pem")), None), TlsSettings::new(&TlsParams::default()).map(drop)]
        {
            let failure = said.expect_err("not built in");
            assert_eq!(failure.error.code, Code::E_NW_NOTSUPP);
            assert!(failure.error.text.contains("feature \"tls\""), "{failure:?}");
        }
    }
}
