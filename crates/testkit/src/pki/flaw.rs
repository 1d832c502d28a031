//! The zoo: certificates with one thing wrong.
//!
//! Must not know: by which name the product refuses each of them.

use super::authority::{Authority, moment};
use super::issue::{self, Issued, Purpose, SERIAL_NUMBER, put_serial_number};
use super::{LEAF_MS, PkiError};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use seinhuis_types::{Millis, Oin};

/// The one thing that is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// The subject has no serialNumber.
    NoOin,
    /// The subject has two serialNumbers, each an OIN.
    TwoOins,
    /// The OIN stands in the common name only.
    OinInCommonName,
    /// The OIN lacks its last character: 19.
    ShortOin,
    /// The OIN has one character too many: 21.
    LongOin,
    /// The OIN's prefix is not in the register.
    UnknownPrefix,
    /// The OIN does not end in 000.
    WrongSuffix,
    /// The certificate's term is over.
    Expired,
    /// The certificate's term has not begun.
    NotYetValid,
    /// The intermediate has put it on its CRL.
    Revoked,
    /// Everything up to the root is right, but the root is another.
    OtherRoot,
    /// The issuer bears the intermediate's name but has another key.
    ForgedIssuer,
    /// Its own key signed it.
    SelfSigned,
    /// An intermediate without CRL issued it, so nobody can know whether it was revoked.
    NoRevocationStatus,
    /// Its extended key usage is another than its purpose needs.
    WrongUsage,
    /// Its key usage lacks digitalSignature.
    NoSignatureUsage,
    /// It is a certificate authority.
    Authority,
    /// Its key is RSA of 2,048 bits.
    WeakKey,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: &[Self] = &[
        Self::NoOin,
        Self::TwoOins,
        Self::OinInCommonName,
        Self::ShortOin,
        Self::LongOin,
        Self::UnknownPrefix,
        Self::WrongSuffix,
        Self::Expired,
        Self::NotYetValid,
        Self::Revoked,
        Self::OtherRoot,
        Self::ForgedIssuer,
        Self::SelfSigned,
        Self::NoRevocationStatus,
        Self::WrongUsage,
        Self::NoSignatureUsage,
        Self::Authority,
        Self::WeakKey,
    ];
}

/// An attribute whose encoding has the length of serialNumber's, to be rewritten into it
/// (2.5.4.65, pseudonym): rcgen writes no attribute twice.
const PLACEHOLDER: &[u64] = &[2, 5, 4, 65];

/// Turns each placeholder attribute into a serialNumber.
fn placeholder_into_serial_number(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(der.len());
    let mut rest = der;
    while let Some((first, after)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(&[6, 3, 0x55, 4, 65]) {
            out.extend([6, 3, 0x55, 4, 5]);
            rest = tail;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Changes the subject as `flaw` asks; the OIN as it should be when the flaw lies elsewhere.
fn subject(params: &mut CertificateParams, flaw: Flaw, oin: &str) -> Result<(), PkiError> {
    let shown = match flaw {
        Flaw::NoOin => return Ok(()),
        Flaw::OinInCommonName => {
            params.distinguished_name.push(DnType::CommonName, oin);
            return Ok(());
        }
        Flaw::TwoOins => {
            put_serial_number(params, PLACEHOLDER, "00000099999999990000")?;
            oin.to_owned()
        }
        Flaw::ShortOin => oin.chars().take(19).collect(),
        Flaw::LongOin => format!("{oin}0"),
        Flaw::UnknownPrefix => format!("00000098{}", oin.chars().skip(8).collect::<String>()),
        Flaw::WrongSuffix => format!("{}1", oin.chars().take(19).collect::<String>()),
        _ => oin.to_owned(),
    };
    put_serial_number(params, SERIAL_NUMBER, &shown)
}

/// Changes what is not the subject as `flaw` asks.
fn body(
    params: &mut CertificateParams,
    flaw: Flaw,
    purpose: &Purpose,
    now: Millis,
) -> Result<(), PkiError> {
    match flaw {
        Flaw::Expired => {
            params.not_before = moment(now.minus(LEAF_MS))?;
            params.not_after = moment(now.minus(Millis::DAY))?;
        }
        Flaw::NotYetValid => params.not_before = moment(now.plus(Millis::DAY))?,
        Flaw::WrongUsage => {
            params.extended_key_usages = match purpose {
                Purpose::Client => vec![ExtendedKeyUsagePurpose::ServerAuth],
                Purpose::Service { .. } | Purpose::Signing(_) => {
                    vec![ExtendedKeyUsagePurpose::ClientAuth]
                }
            };
        }
        Flaw::NoSignatureUsage => params.key_usages = vec![KeyUsagePurpose::KeyAgreement],
        Flaw::Authority => {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
        _ => {}
    }
    Ok(())
}

/// Makes a certificate with `flaw`.
pub(super) fn issue(
    flaw: Flaw,
    root: &Authority,
    intermediate: &Authority,
    purpose: &Purpose,
    oin: Oin,
    now: Millis,
) -> Result<Issued, PkiError> {
    let key = match flaw {
        Flaw::WeakKey => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        _ => issue::key_for(purpose)?,
    };
    let mut params = issue::params(purpose, now)?;
    subject(&mut params, flaw, oin.as_str())?;
    body(&mut params, flaw, purpose, now)?;

    let name = "Seinhuis throw-away intermediate";
    let other = match flaw {
        Flaw::OtherRoot => {
            let foreign = Authority::root_named("Another throw-away root", now)?;
            Some(Authority::under(
                &foreign,
                "Another throw-away intermediate",
                now,
            )?)
        }
        Flaw::ForgedIssuer => Some(Authority::under(&Authority::root(now)?, name, now)?),
        Flaw::NoRevocationStatus => Some(Authority::under(
            root,
            "Seinhuis intermediate without CRL",
            now,
        )?),
        _ => None,
    };
    let issuer = other.as_ref().unwrap_or(intermediate);
    let leaf = match flaw {
        Flaw::SelfSigned => params.self_signed(&key)?.into(),
        Flaw::TwoOins => issuer.sign_rewritten(&params, &key, placeholder_into_serial_number)?,
        _ => issuer.sign(&params, &key)?,
    };
    let chain = if flaw == Flaw::SelfSigned {
        vec![leaf]
    } else {
        vec![leaf, issuer.certificate().clone()]
    };
    Ok(Issued { chain, key })
}
