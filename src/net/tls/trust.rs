//! The CAs that peers are verified against, for the whole process.

use super::pem::{certificates, read, refused};
use crate::base::Code;
use crate::net::Failure;
use parking_lot::Mutex;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files of a directory that are looked at.
pub const TRUST_FILES_MAX: usize = 4096;

/// What is loaded; a copy is what a listener or an attempt to connect goes by.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    pub(super) roots: Arc<RootCertStore>,
    /// The certificates as they came.
    known: BTreeSet<Vec<u8>>,
}

static TRUSTED: Mutex<Option<Arc<Trusted>>> = Mutex::new(None);

/// Adds the certificates of a file and of the files of a directory. Listeners that are open keep what they had.
pub fn trust(file: Option<&Path>, directory: Option<&Path>) -> Result<(), Failure> {
    if file.is_none() && directory.is_none() {
        let text = "mco_ssl_load_verify_locations: both ca_file and ca_path are NULL; name a file or a directory of CAs";
        return Err(Failure::new(Code::E_ILLEGAL_PARAM, text));
    }
    let mut found = Trusted::new();
    if let Some(file) = file {
        let added = found.add(&certificates(&read(file, "ca_file")?, &format!("ca_file {}", file.display()))?, file);
        if added == 0 {
            return Err(refused(format!("ca_file {}: there is no usable certificate in PEM form in it", file.display())));
        }
    }
    if let Some(directory) = directory {
        let mut added = 0;
        for path in files(directory)? {
            // A directory of CAs may hold other files.
            match read(&path, "ca_path").and_then(|text| certificates(&text, "ca_path")) {
                Ok(certificates) => added += found.add(&certificates, &path),
                Err(failure) => log::warn!("{} is not taken as a file of CAs: {}", path.display(), failure.error),
            }
        }
        if added == 0 {
            return Err(refused(format!("ca_path {}: no file in it has a usable certificate", directory.display())));
        }
    }
    let mut trusted = TRUSTED.lock();
    let mut all = trusted.as_deref().cloned().unwrap_or_else(Trusted::new);
    let certificates: Vec<_> = found.known.into_iter().map(CertificateDer::from).collect();
    all.add(&certificates, Path::new("memory"));
    *trusted = Some(Arc::new(all));
    Ok(())
}

/// Forgets them all.
pub fn forget_trusted() {
    *TRUSTED.lock() = None;
}

/// What is loaded now; `None` if nothing is.
pub(super) fn trusted() -> Option<Arc<Trusted>> {
    TRUSTED.lock().clone()
}

impl Trusted {
    fn new() -> Trusted {
        Trusted { roots: Arc::new(RootCertStore::empty()), known: BTreeSet::new() }
    }

    /// Whether a certificate is one of them, so that it does not count in a chain.
    pub(super) fn contains(&self, certificate: &CertificateDer<'_>) -> bool {
        self.known.contains(certificate.as_ref())
    }

    /// Adds those that are usable, and says how many these are, new or not.
    fn add(&mut self, certificates: &[CertificateDer<'static>], origin: &Path) -> usize {
        let mut usable = 0;
        for certificate in certificates {
            if self.contains(certificate) {
                usable += 1;
                continue;
            }
            match Arc::make_mut(&mut self.roots).add(certificate.clone()) {
                Ok(()) => {
                    self.known.insert(certificate.to_vec());
                    usable += 1;
                }
                Err(e) => log::warn!("a CA of {} is not usable: {e}", origin.display()),
            }
        }
        usable
    }
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed =
        |e: std::io::Error| Failure::io(Code::E_NW_INVALID_PARAMETER, &format!("ca_path: reading {}", directory.display()), &e);
    let entries = std::fs::read_dir(directory).map_err(failed)?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.retain(|path| path.is_file());
    if paths.len() > TRUST_FILES_MAX {
        return Err(refused(format!("ca_path {}: more than {TRUST_FILES_MAX} files", directory.display())));
    }
    paths.sort();
    Ok(paths)
}
