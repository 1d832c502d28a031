//! Neither service has the other's secrets: not on start, when the other's folder is not there at
//! all, and not in memory after both have done their half of a conversion.

use super::dump::memory;
use super::run;
use super::search::Search;
use super::values::Canary;
use super::{SERVICES, process};
use crate::call::{Answer, ROUTES, publish};
use seinhuis_proto::v1;
use seinhuis_proto::v1::audit_service_client::AuditServiceClient;
use seinhuis_tests::{Chain, Raw};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that is out of everyone's reach until this is dropped. Root may read any folder, so
/// taking its rights away would prove nothing: it is renamed.
struct Hidden {
    folder: PathBuf,
    away: PathBuf,
}

impl Hidden {
    fn new(folder: PathBuf) -> Self {
        let away = folder.with_extension("away");
        fs::rename(&folder, &away).unwrap();
        Self { folder, away }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = fs::rename(&self.away, &self.folder);
    }
}

/// What a process has open, by path.
fn open_files(process: u32) -> Vec<PathBuf> {
    let folder = format!("/proc/{process}/fd");
    let links = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_link(entry.unwrap().path()));
    links.filter_map(Result::ok).collect()
}

/// Names of the four secrets of either, in their files and here.
const OF_HUB: [(&str, &str); 4] = [
    ("global-part", "global part of the hub"),
    ("blinding", "blinding of the hub"),
    ("pseudonymisation", "pseudonymisation of the hub"),
    ("rekeying", "rekeying of the hub"),
];
const OF_PSEUDONYMISER: [(&str, &str); 4] = [
    ("global-part", "global part of the pseudonymiser"),
    ("blinding", "blinding of the pseudonymiser"),
    ("pseudonymisation", "pseudonymisation of the pseudonymiser"),
    ("rekeying", "rekeying of the pseudonymiser"),
];

/// The four secrets in a transcryptor's file, as the 32 bytes each is.
fn secrets(folder: &Path, names: [(&str, &'static str); 4]) -> Vec<Canary> {
    let text = fs::read_to_string(folder.join("keys/transcryptor.key")).unwrap();
    let line = |(line, name)| {
        let hex = text
            .lines()
            .find_map(|text| text.strip_prefix(line))
            .unwrap()
            .trim();
        Canary::new(name, unhex(hex))
    };
    names.map(line).to_vec()
}

/// Every key of 32 bytes that the hub alone has.
fn own_keys_of_the_hub(folder: &Path) -> Vec<Canary> {
    let files = [
        ("log", "log.key"),
        ("receipt", "receipt.key"),
        ("cursor", "cursor.key"),
    ]
    .into_iter();
    let mut keys: Vec<Canary> = files
        .chain([("wrapping", "wrapping-1.key")])
        .map(|(name, file)| {
            let text = fs::read_to_string(folder.join("keys").join(file)).unwrap();
            Canary::new(name, unhex(text.trim().rsplit(' ').next().unwrap()))
        })
        .collect();
    keys.extend(secrets(folder, OF_HUB));
    keys
}

fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len(), 64);
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

#[test]
fn each_service_starts_without_the_folder_of_the_other_and_never_holds_its_secrets() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let root = chain.sandbox.root().to_owned();
        let [hub, pseudonymiser] = SERVICES.map(|name| root.join(name));
        chain.hub.take().unwrap().kill().unwrap();
        chain.pseudonymiser.take().unwrap().kill().unwrap();
        {
            let _out_of_reach = Hidden::new(hub.clone());
            chain.pseudonymiser = Some(chain.sandbox.start_pseudonymiser().unwrap());
        }
        {
            let _out_of_reach = Hidden::new(pseudonymiser.clone());
            chain.hub = Some(chain.sandbox.start_hub().unwrap());
            let port = chain.sandbox.hub_port();
            let channel = Raw::connect(&chain.sandbox, "om", port).await.unwrap();
            let asked = v1::GetCheckpointRequest {};
            AuditServiceClient::new(channel)
                .get_checkpoint(asked)
                .await
                .unwrap();
        }
        // Both halves of a conversion, each with its own secrets.
        let call = publish(&chain, ROUTES[0], false).await;
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, call.by, port).await.unwrap();
        let keys = chain.partner(call.by).log_keys();
        assert!(matches!(call.make(channel, keys).await, Answer::Proven(_)));

        let of_hub = secrets(&hub, OF_HUB);
        let of_pseudonymiser = secrets(&pseudonymiser, OF_PSEUDONYMISER);
        let sides = [
            ("hub", &of_hub, of_pseudonymiser.clone(), &pseudonymiser),
            (
                "pseudonymiser",
                &of_pseudonymiser,
                own_keys_of_the_hub(&hub),
                &hub,
            ),
        ];
        for (name, own, others, foreign) in sides {
            let found = memory(
                process(&chain, name),
                &Search::new(own.iter().chain(&others)),
            );
            let holds = |secret: &Canary| found.contains_key(secret.name);
            assert!(own.iter().all(holds), "the {name} holds its own: {found:?}");
            assert!(
                !others.iter().any(holds),
                "the {name} holds another's: {found:?}"
            );
            let open = open_files(process(&chain, name));
            assert!(
                open.iter().any(|path| path.starts_with(root.join(name))),
                "{open:?}"
            );
            assert!(
                !open.iter().any(|path| path.starts_with(foreign)),
                "{open:?}"
            );
        }
        // Nor has either a copy on its disk. Ended, so that no file comes or goes meanwhile.
        chain.hub.take().unwrap().kill().unwrap();
        chain.pseudonymiser.take().unwrap().kill().unwrap();
        assert_eq!(Search::new(&of_pseudonymiser).folder(&hub), []);
        assert_eq!(
            Search::new(&own_keys_of_the_hub(&hub)).folder(&pseudonymiser),
            []
        );
        // The files of keys hold them, in hexadecimal: what is there is found.
        assert_eq!(
            Search::new(&of_hub).folder(&hub.join("keys")).len(),
            of_hub.len()
        );
    });
}
