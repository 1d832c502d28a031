//! Property: an OIN is read from a certificate only if it is the one serial number of the subject.

use proptest::prelude::*;
use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, KeyPair};
use seinhuis_identity::{CertificateRefusal, PeerIdentity};
use seinhuis_types::Oin;
use std::sync::LazyLock;

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate().unwrap());

/// A certificate with this serial number and common name in its subject.
fn certificate(serial: Option<DnValue>, common_name: &str) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    if let Some(serial) = serial {
        params
            .distinguished_name
            .push(DnType::CustomDnType(vec![2, 5, 4, 5]), serial);
    }
    params.self_signed(&*KEY).unwrap().der().to_vec()
}

fn oin() -> impl Strategy<Value = String> {
    ("0000000[1-9]|00000010|00000099", "[0-9A-Z]{9}").prop_map(|(a, b)| format!("{a}{b}000"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_oin_in_the_serial_number_is_read_as_it_stands(text in oin(), cn in "[a-z]{1,12}", utf8: bool) {
        let value = if utf8 {
            DnValue::Utf8String(text.clone())
        } else {
            DnValue::PrintableString(text.as_str().try_into().unwrap())
        };
        let read = PeerIdentity::stated_by(&certificate(Some(value), &cn)).unwrap();
        prop_assert_eq!(read.oin.as_str(), text);
    }

    #[test]
    fn a_serial_number_that_is_no_oin_is_refused_even_beside_an_oin_in_the_name(
        text in "[0-9A-Za-z ]{1,22}", cn in oin(),
    ) {
        prop_assume!(Oin::parse(&text).is_err());
        let value = DnValue::Utf8String(text);
        let refusal = PeerIdentity::stated_by(&certificate(Some(value), &cn)).unwrap_err();
        prop_assert!(matches!(
            refusal,
            CertificateRefusal::OinLength | CertificateRefusal::OinPrefix | CertificateRefusal::OinForm
        ));
    }

    #[test]
    fn a_common_name_is_never_an_identity(cn in prop_oneof![oin(), "[ -~]{1,30}"]) {
        let refusal = PeerIdentity::stated_by(&certificate(None, &cn)).unwrap_err();
        let expected = if Oin::parse(cn.trim()).is_ok() {
            CertificateRefusal::OinInCommonName
        } else {
            CertificateRefusal::OinMissing
        };
        prop_assert_eq!(refusal, expected);
    }

    #[test]
    fn a_certificate_cut_short_or_with_a_tail_is_refused(text in oin(), cut in 1_usize..40) {
        let mut der = certificate(Some(DnValue::Utf8String(text)), "x");
        der.push(0);
        prop_assert_eq!(PeerIdentity::stated_by(&der), Err(CertificateRefusal::Malformed));
        der.truncate(der.len() - 1 - cut);
        prop_assert_eq!(PeerIdentity::stated_by(&der), Err(CertificateRefusal::Malformed));
    }
}
