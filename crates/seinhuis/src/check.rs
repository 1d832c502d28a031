//! `check`: is what the hub would be given to serve with without fault?

use crate::exit::Failure;
use crate::load;
use seinhuis_domain::agreement::{self, Agreement, Options, Placeholders};
use seinhuis_types::hex;
use std::path::Path;

/// Checks catalogue, policy and agreements of a configuration folder; tells every fault with file,
/// line and fix.
#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
pub(crate) fn run(folder: &Path) -> Result<(), Failure> {
    let catalogue = load::catalogue(&folder.join("catalogue"));
    let policy = load::policy(&folder.join("policy"));
    let (catalogue, policy) = match (catalogue, policy) {
        (Ok(catalogue), Ok(policy)) => (catalogue, policy),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => return Err(one),
        (Err(one), Err(other)) => return Err(one.and(&other)),
    };
    println!(
        "catalogue  {} types, hash {}",
        catalogue.signal_types().count(),
        hex(&catalogue.hash().0)
    );
    let unchecked = catalogue.bases().filter(|basis| !basis.verified).count();
    println!(
        "           {} bases, {unchecked} not verified by a jurist",
        catalogue.bases().count()
    );
    println!("policy     hash {}", hex(&policy.hash().0));
    let mut faults = Vec::new();
    let placeholders = Placeholders {
        catalogue_hash: Some(catalogue.hash()),
        policy_hash: Some(policy.hash()),
    };
    let options = Options {
        allow_test_oins: true,
        policy_hash: Some(policy.hash()),
    };
    let agreements = folder.join("agreements");
    let found = if agreements.exists() {
        load::files(&agreements, "toml")?
    } else {
        Vec::new()
    };
    for (name, text) in found {
        let read = agreement::from_toml(&text, &placeholders).and_then(|c| Agreement::propose(&c));
        match read {
            Err(error) => faults.push(format!("agreements/{name}: {error}")),
            Ok(proposed) => {
                let content = proposed.content();
                let of_this = agreement::check(content, &catalogue, &options);
                if of_this.is_empty() {
                    println!("agreement  {name}: {}", proposed.hash());
                }
                faults.extend(
                    of_this
                        .iter()
                        .map(|fault| format!("agreements/{name}: {fault}")),
                );
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::config(faults.join("\n")))
    }
}
