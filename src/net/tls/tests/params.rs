//! What is wrong with the program's parameters is said before anything is opened.

use super::*;
use crate::base::Code;
use std::fs;

fn refused(params: &TlsParams) -> String {
    let failure = TlsSettings::new(params).map(drop).expect_err("refused");
    assert_eq!(failure.error.code, Code::E_NW_INVALID_PARAMETER, "{failure:?}");
    failure.error.text
}

#[test]
fn every_mistake_with_certificate_and_key_has_its_words() {
    let text = |name: &str| Some(Pem::Text(fs::read_to_string(file(name)).expect(name)));
    let at = |name: &str| Some(Pem::File(file(name)));
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let damaged = "-----BEGIN CERTIFICATE-----\nno base64 here!\n-----END CERTIFICATE-----\n";
    let false_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (certificate, key, words) in [
        (at("missing.pem"), at("server.key"), vec!["certificate_file", "missing.pem", "No such file"]),
        (at("server.pem"), at("missing.key"), vec!["private_key_file", "missing.key", "No such file"]),
        (at("make.sh"), at("server.key"), vec!["make.sh", "no certificate in PEM form"]),
        (at("server.pem"), at("make.sh"), vec!["make.sh", "no private key in PEM form"]),
        (at("server.pem"), None, vec!["no private_key is given", "server.pem"]),
        (None, at("server.key"), vec!["without its certificate"]),
        (at("server.pem"), at("client.key"), vec!["client.key", "not the one of the certificate", "server.pem"]),
        (text("server.key"), text("server.key"), vec!["certificate", "no certificate in PEM form"]),
        (text("server.pem"), Some(Pem::Text(locked.into())), vec!["private_key", "is encrypted"]),
        (Some(Pem::Text(damaged.into())), text("server.key"), vec!["damaged"]),
        (Some(Pem::Text(false_certificate.into())), text("server.key"), vec!["cannot be used"]),
    ] {
        let said = refused(&TlsParams { certificate, private_key: key, ..TlsParams::default() });
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let unreadable = TlsSettings::new(&TlsParams { certificate: at("missing.pem"), ..TlsParams::default() });
    assert_eq!(unreadable.map(drop).map_err(|f| f.errno), Err(libc::ENOENT));
    let list = Some("RC4-MD5".to_owned());
    assert!(refused(&TlsParams { cipher_list: list.clone(), ..TlsParams::default() }).contains("RC4-MD5"));
    TlsSettings::new(&TlsParams { cipher_list: list, without_tls12: true, ..TlsParams::default() }).expect("not looked at");
}

#[test]
fn a_key_may_stand_behind_its_certificate_and_both_may_be_texts() {
    let read = |name| fs::read_to_string(file(name)).expect(name);
    let both = Some(Pem::Text(read("server.pem") + &read("server.key")));
    TlsSettings::new(&TlsParams { certificate: both, ..TlsParams::default() }).expect("in one text");
    let (certificate, private_key) = (Some(Pem::Text(read("server.pem"))), Some(Pem::Text(read("server.key"))));
    TlsSettings::new(&TlsParams { certificate, private_key, ..TlsParams::default() }).expect("in two");
}

#[test]
fn a_key_is_not_shown_by_mistake() {
    let read = |name| fs::read_to_string(file(name)).expect(name);
    let params = TlsParams { private_key: Some(Pem::Text(read("server.key"))), ..with("server") };
    assert!(!format!("{params:?}").contains("PRIVATE KEY"));

    // Lines get lost on the way through a shell, or a line of a configuration.
    let both = read("server.pem") + &read("server.key");
    let secret = read("server.key").lines().nth(1).expect("base64").to_owned();
    let lost = |to: &str| [both.trim_end().replace('\n', to), both.replace('\n', to), read("server.key").replace('\n', to)];
    for text in ["", " ", "\\n"].iter().flat_map(|to| lost(to)) {
        let said = refused(&TlsParams { certificate: Some(Pem::Text(text.clone())), ..TlsParams::default() });
        assert!(said.contains("line of its own") && !said.contains(&secret), "{said}");
        let params = TlsParams { certificate: Some(Pem::Text(read("server.pem"))), ..TlsParams::default() };
        let said = refused(&TlsParams { private_key: Some(Pem::Text(text)), ..params });
        assert!(!said.contains(&secret), "{said}");
    }
}

#[test]
fn listening_and_connecting_need_what_they_need() {
    let _trust = trusting(&[]);
    let mut net = Net::new();
    let address = Address::parse("127.0.0.1:0", Domain::Inet).expect("an address");
    let places = address.to_listen(Domain::Inet).expect("this machine");
    let mut listen = |params| net.reactor.listen(&address, &places, &options(&params), 0).map(drop).expect_err("refused");
    let failure = listen(with(""));
    assert_eq!(failure.error.code, Code::E_NW_INVALID_PARAMETER);
    assert!(failure.error.text.contains("needs a certificate"), "{failure:?}");
    for params in [verifying("server"), requiring("server")] {
        assert!(listen(params).error.text.contains("mco_ssl_load_verify_locations"));
    }
    let connect = |address, params| crate::net::check_to_connect(address, &options(&params));
    let failure = connect("localhost:5", verifying("")).expect_err("no CA");
    assert_eq!(failure.error.code, Code::E_NW_INVALID_PARAMETER);
    assert!(failure.error.text.contains("mco_ssl_load_verify_locations"), "{failure:?}");
    connect("localhost:5", with("")).expect("any certificate");
    assert_eq!(connect("host!:5", with("")).map_err(|f| f.error.code), Err(Code::E_NW_INVADDR));
}

#[test]
fn authorities_come_from_files_and_directories() {
    let _trust = trusting(&[]);
    let directory = tempfile::tempdir().expect("directory");
    let place = |name: &str| directory.path().join(name);
    let words = |file: Option<&Path>, path: Option<&Path>| {
        let failure = trust(file, path).expect_err("refused");
        (failure.error.code, failure.error.text)
    };
    assert_eq!(words(None, None).0, Code::E_ILLEGAL_PARAM);
    for (said, word) in [
        (words(Some(&place("missing")), None), "No such file"),
        (words(Some(&file("server.key")), None), "no usable certificate"),
        (words(None, Some(&place("missing"))), "No such file"),
        (words(None, Some(directory.path())), "no file in it"),
        (words(Some(&file("ca.pem")), Some(directory.path())), "no file in it"),
    ] {
        assert!(said.0 == Code::E_NW_INVALID_PARAMETER && said.1.contains(word), "{said:?}");
    }
    let without = crate::net::check_to_connect("localhost:5", &options(&verifying("")));
    assert!(without.is_err(), "a call that fails loads nothing");

    fs::write(place("README"), "not a certificate").expect("written");
    fs::write(place("broken.pem"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").expect("written");
    fs::copy(file("ca.pem"), place("ca.pem")).expect("copied");
    fs::copy(file("ca.pem"), place("again.pem")).expect("copied");
    trust(None, Some(directory.path())).expect("one is enough");
    let mut net = Net::new();
    net.pair(&options(&requiring("server")), &options(&verifying("client")));

    trust(Some(&file("other_ca.pem")), None).expect("one more");
    net.pair(&options(&requiring("server")), &options(&verifying("stranger")));
    forget_trusted();
    let without = crate::net::check_to_connect("localhost:5", &options(&verifying("")));
    assert!(without.is_err(), "they are forgotten");
}
