//! `pki`: a throw-away PKI in a folder, with the thumbprints that `partners.toml` asks for.
//!
//! Must not know: how certificates are made, or which are good.

use crate::say;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use seinhuis_identity::certificate::thumbprint;
use seinhuis_testkit::pki::{LOCAL_HOSTS, OrganisationFiles, Pki};
use seinhuis_types::{Clock, Oin, SystemClock, hex};
use std::path::Path;

/// Makes or opens the PKI in `folder` and issues for each `name=OIN`.
pub(crate) fn run(folder: &Path, partners: &[String], services: &[String]) -> Result<(), String> {
    let now = SystemClock.now();
    let wanted = |texts: &[String]| {
        texts
            .iter()
            .map(|text| named(text))
            .collect::<Result<Vec<_>, _>>()
    };
    let (partners, services) = (wanted(partners)?, wanted(services)?);
    let pki = if folder.join("root.pem").exists() {
        Pki::open(folder)
    } else {
        Pki::create(folder, now)
    };
    let pki = pki.map_err(|e| e.to_string())?;
    say::line(format!("root     {}", pki.root().display()));
    for crl in pki.crls() {
        say::line(format!("crl      {}", crl.display()));
    }
    for (name, oin) in partners {
        let files = pki
            .partner(&name, oin, now)
            .map_err(|e| format!("{name}: {e}"))?;
        tell("partner", &name, oin, &files)?;
    }
    for (name, oin) in services {
        let files = pki
            .service(&name, oin, LOCAL_HOSTS, now)
            .map_err(|e| format!("{name}: {e}"))?;
        tell("service", &name, oin, &files)?;
    }
    Ok(())
}

fn tell(what: &str, name: &str, oin: Oin, files: &OrganisationFiles) -> Result<(), String> {
    let at = files.tls_chain.display();
    let leaf = CertificateDer::from_pem_file(&files.tls_chain).map_err(|e| format!("{at}: {e}"))?;
    let thumbprint = hex(&thumbprint(&leaf).0);
    say::line(format!(
        "{what}  {name} {oin}\n         {at}\n         thumbprint {thumbprint}"
    ));
    Ok(())
}

fn named(text: &str) -> Result<(String, Oin), String> {
    let (name, oin) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}`: write it as name=OIN"))?;
    let oin = Oin::parse(oin).map_err(|e| format!("`{text}`: {e}"))?;
    Ok((name.to_owned(), oin))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_organisation_is_a_name_and_an_oin() {
        let (name, oin) = named("politie=00000099000000010000").unwrap();
        assert_eq!(
            (name.as_str(), oin.as_str()),
            ("politie", "00000099000000010000")
        );
        for bad in ["politie", "politie=1", "=", "politie:00000099000000010000"] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }
}
