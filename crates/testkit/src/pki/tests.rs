//! The PKI survives its folder, guards its keys and signs for test OINs only.

use super::*;
use rustls_pki_types::pem::PemObject;
use std::os::unix::fs::PermissionsExt;

const NOW: Millis = Millis(1_790_000_000_000);

fn oin() -> Oin {
    Oin::parse("00000099000000010000").unwrap()
}

#[test]
fn keys_are_readable_by_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::create(dir.path(), NOW).unwrap();
    let files = pki.partner("politie", oin(), NOW).unwrap();
    for key in [
        files.tls_key,
        files.signing_key,
        dir.path().join("root.key"),
    ] {
        let mode = std::fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{}", key.display());
    }
}

#[test]
fn an_opened_pki_issues_under_the_same_root_and_remembers_what_was_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let first = Pki::create(dir.path(), NOW).unwrap();
    let issued = first.issue(&Purpose::Client, oin(), NOW).unwrap();
    first.revoke(issued.leaf(), NOW).unwrap();

    let again = Pki::open(dir.path()).unwrap();
    again.renew_crls(NOW.plus(Millis::DAY)).unwrap();
    let crl = std::fs::read(&again.crls()[1]).unwrap();
    let crl = rustls_pki_types::CertificateRevocationListDer::from_pem_slice(&crl).unwrap();
    let (_, crl) = x509_parser::parse_x509_crl(&crl).unwrap();
    let serial = authority::serial(issued.leaf()).unwrap();
    assert!(
        crl.iter_revoked_certificates()
            .any(|entry| entry.raw_serial() == serial)
    );
    assert_eq!(
        again.intermediate.certificate(),
        first.intermediate.certificate()
    );
}

#[test]
fn a_folder_with_a_pki_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    Pki::create(dir.path(), NOW).unwrap();
    assert!(matches!(
        Pki::create(dir.path(), NOW),
        Err(PkiError::File { .. })
    ));
}

#[test]
fn real_oins_and_odd_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::create(dir.path(), NOW).unwrap();
    let real = Oin::parse("00000001123456789000").unwrap();
    assert!(matches!(
        pki.partner("politie", real, NOW),
        Err(PkiError::NotATestOin)
    ));
    for name in ["", "../x", "Politie", "a/b"] {
        assert!(
            matches!(pki.partner(name, oin(), NOW), Err(PkiError::Name { .. })),
            "{name}"
        );
    }
}

#[test]
fn written_pem_reads_back_as_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::create(dir.path(), NOW).unwrap();
    for length in 0..4 {
        let issued = pki
            .issue(&Purpose::Client, oin(), NOW.plus(length * 1_000))
            .unwrap();
        let text = issued.chain_pem();
        let read: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read, issued.chain());
    }
}
