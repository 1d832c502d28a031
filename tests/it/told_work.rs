//! Long work over the network tells how far it is to whoever asked the SDK for that, and the command line
//! keeps its result apart from it.

use super::cli::{document, file, told, verb};
use super::flow::send_published;
use super::persons::officer;
use super::run;
use seinhuis_client::{Partner, Progress, Work, report_for};
use seinhuis_domain::entry::SubjectValue;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, story};
use seinhuis_types::LeafIndex;
use std::sync::{Arc, Mutex};

type Calls = Vec<(Work, u64, Option<u64>)>;

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Calls>>);

impl Progress for Heard {
    fn at(&self, work: Work, done: u64, of: Option<u64>) {
        self.0.lock().unwrap().push((work, done, of));
    }
}

impl Heard {
    fn taken(&self) -> Calls {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// The police, acting for an officer, telling what is long.
fn telling(chain: &Chain, heard: &Heard) -> Partner {
    let police = chain.partner("politie").acting_for(&[officer("officer-3")]);
    police.unwrap().telling(Arc::new(heard.clone()))
}

/// That the last call of this work says all is done.
fn whole(calls: &Calls, work: Work) -> u64 {
    let last = calls.iter().rfind(|(what, _, _)| *what == work);
    let (_, done, of) = last.unwrap_or_else(|| panic!("nothing of {work:?}: {calls:?}"));
    assert_eq!(Some(*done), *of, "{calls:?}");
    *done
}

#[test]
fn walks_openings_proofs_and_decisions_are_told_as_they_go() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = send_published(&chain).await;
        let heard = Heard::default();
        let police = telling(&chain, &heard);
        let adult = SubjectValue::number(story::ADULT).unwrap();

        let seen = police.verify_whole_log().await.unwrap();
        let size = seen.checkpoint.size().get();
        assert_eq!(heard.taken(), [(Work::LogEntries, size, Some(size))]);
        let scan = police.scan(std::slice::from_ref(&adult)).await.unwrap();
        let size = scan.under.checkpoint.size().get();
        assert_eq!(heard.taken(), [(Work::LogEntries, size, Some(size))]);

        police
            .open_entries(&[LeafIndex(index)], None)
            .await
            .unwrap();
        assert_eq!(heard.taken(), [(Work::OwnEntries, 1, Some(1))]);

        // Whoever it acts for, it goes on telling.
        let other = police.acting_for(&[officer("officer-4")]).unwrap();
        let made = report_for(&other, &[adult], v1::Audience::Authority, &[]).await;
        let (_, report) = made.unwrap();
        let calls = heard.taken();
        whole(&calls, Work::LogEntries);
        let entries = report.content.entries.len() as u64;
        assert!(entries > 0);
        assert_eq!(whole(&calls, Work::OwnEntries), entries);
        assert_eq!(whole(&calls, Work::Proofs), entries);

        let filter = v1::EntryFilter {
            own_decisions: true,
            ..v1::EntryFilter::default()
        };
        police.make_bundle(&filter, None).await.unwrap();
        let calls = heard.taken();
        assert_eq!(calls[0], (Work::OwnEntries, 1, None));
        assert_eq!(whole(&calls, Work::Proofs), 1);

        let mut back = police.decisions_back(1).await.unwrap();
        assert_eq!(back.next().await.unwrap().unwrap().len(), 1);
        assert_eq!(whole(&heard.taken(), Work::Decisions), 1);

        // Another clone of the same partner tells nobody.
        chain.partner("politie").verify_whole_log().await.unwrap();
        assert_eq!(heard.taken(), []);
    });
}

#[test]
fn a_machine_reads_the_result_of_long_work_and_nothing_beside_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        send_published(&chain).await;
        let folder = tempfile::tempdir().unwrap();
        let number = file(folder.path(), "adult.number", story::ADULT);
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (dossier, report) = (path("dossier.bundle"), path("adult.report"));
        let who = [
            "--as",
            "fg-1",
            "--reason",
            "internal-control",
            "--reference",
            "toets/7",
        ];
        for arguments in [
            &["audit", "verify", "--whole"][..],
            &["audit", "scan", "--number-file", &number],
            &["audit", "bundle", "--act", "publish", "--out", &dossier],
            &[
                "audit",
                "report",
                "--number-file",
                &number,
                "--for",
                "authority",
                "--out",
                &report,
            ],
            &["whatif", "--last", "1"],
        ] {
            let arguments = [&["--json"], &who[..], arguments].concat();
            let output = verb(&chain, "politie", &arguments);
            told(&output, 0);
            assert!(output.stderr.is_empty(), "{arguments:?}");
            let parser = serde_json::Deserializer::from_slice(&output.stdout);
            let documents = parser.into_iter::<serde_json::Value>();
            assert_eq!(documents.map(Result::unwrap).count(), 1, "{arguments:?}");
        }
        let checked = document(&chain, "politie", &["audit", "verify-bundle", &dossier]);
        assert_eq!(checked["valid"], true);
    });
}
