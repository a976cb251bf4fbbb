//! Cipher suites by their names: those of OpenSSL's lists and those of the IANA registry.

use crate::base::Code;
use crate::net::Failure;
use rustls::crypto::ring::DEFAULT_CIPHER_SUITES;
use rustls::{CipherSuite, SupportedCipherSuite};

/// The suites of TLS 1.2 with OpenSSL's names, the best first.
const TLS12: [(CipherSuite, &str); 6] = [
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305"),
];

/// Names that stand for all of them.
const ALL: [&str; 3] = ["DEFAULT", "ALL", "HIGH"];

/// The suites that a list asks for, in its order, behind those of TLS 1.3, which are always there. Unknown names are skipped,
/// `!` or `-` takes a suite out again, for old lists name much that nobody should use today.
pub(super) fn suites(list: Option<&str>) -> Result<Vec<SupportedCipherSuite>, Failure> {
    let Some(list) = list else { return Ok(DEFAULT_CIPHER_SUITES.to_vec()) };
    let names = || list.split([':', ',', ' ']).filter(|name| !name.is_empty());
    let mut chosen: Vec<CipherSuite> = Vec::new();
    for name in names() {
        if let Some(out) = name.strip_prefix(['!', '-']) {
            let out = meant(out);
            chosen.retain(|suite| !out.contains(suite));
            continue;
        }
        for suite in meant(name) {
            if !chosen.contains(&suite) {
                chosen.push(suite);
            }
        }
    }
    // What is out by `!` stays out, wherever it stands in the list.
    let banned: Vec<CipherSuite> = names().filter_map(|name| name.strip_prefix('!')).flat_map(meant).collect();
    chosen.retain(|suite| !banned.contains(suite));
    if chosen.is_empty() {
        let there = TLS12.map(|(_, name)| name).join(":");
        let text = format!(
            "ssl_params: cipher_list \"{list}\" leaves no suite of TLS 1.2; there are {there}; those of TLS 1.3 are always \
             on, MCO_SSL_OPT_NO_TLSV1_2 makes them the only ones"
        );
        return Err(Failure::new(Code::E_NW_INVALID_PARAMETER, text));
    }
    let newest = DEFAULT_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some());
    let chosen = chosen.iter().flat_map(|asked| DEFAULT_CIPHER_SUITES.iter().filter(move |suite| suite.suite() == *asked));
    Ok(newest.chain(chosen).copied().collect())
}

/// The suites that a name stands for; none if it is unknown.
fn meant(name: &str) -> Vec<CipherSuite> {
    let name = name.to_ascii_uppercase();
    let all = ALL.contains(&name.as_str());
    let is_meant = |suite: CipherSuite, ours: &str| all || name == ours || suite.as_str() == Some(name.as_str());
    TLS12.iter().filter(|(suite, ours)| is_meant(*suite, ours)).map(|(suite, _)| *suite).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of TLS 1.2 that a list leaves.
    fn left(list: &str) -> Option<Vec<&'static str>> {
        let suites = suites(Some(list)).ok()?;
        assert_eq!(suites.iter().filter(|s| s.tls13().is_some()).count(), 3, "{list}");
        let old = suites.into_iter().filter(|s| s.tls13().is_none());
        Some(old.filter_map(|s| TLS12.iter().find(|(suite, _)| *suite == s.suite()).map(|(_, name)| *name)).collect())
    }

    #[test]
    fn names_of_both_kinds_are_known_in_the_order_of_the_list() {
        let two = Some(vec!["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]);
        for list in [
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "RC4-MD5 ecdhe-rsa-aes128-gcm-sha256 AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:!aNULL",
        ] {
            assert_eq!(left(list), two, "{list}");
        }
    }

    #[test]
    fn some_names_stand_for_all_and_some_take_away() {
        assert_eq!(left("HIGH:!aNULL:!MD5").map(|l| l.len()), Some(TLS12.len()));
        assert_eq!(left("DEFAULT"), left("ALL"));
        let without = left("!ECDHE-RSA-AES128-GCM-SHA256:ALL").expect("five are left");
        assert!(without.len() == 5 && !without.contains(&"ECDHE-RSA-AES128-GCM-SHA256"));
        assert_eq!(left("ALL:-ALL:ECDHE-RSA-AES128-GCM-SHA256").map(|l| l.len()), Some(1));
        assert_eq!(suites(None).expect("all").len(), 9);
    }

    #[test]
    fn a_list_that_leaves_nothing_is_refused_with_what_there_is() {
        for list in ["", ":", "RC4-SHA", "TLS_AES_256_GCM_SHA384", "ALL:!ALL"] {
            let failure = suites(Some(list)).expect_err(list);
            assert_eq!(failure.error.code, Code::E_NW_INVALID_PARAMETER);
            assert!(failure.error.text.contains("ECDHE-RSA-AES128-GCM-SHA256"), "{}", failure.error.text);
        }
    }
}
