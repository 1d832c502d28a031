//! One's own parts: kept to their term, held, and erased by their controller alone.

use super::flow::next;
use super::local::{Local, Settings};
use super::persons::officer;
use super::run;
use prost::Message;
use seinhuis_client::{Acknowledgement, ClientError, Partner};
use seinhuis_domain::entry::Part;
use seinhuis_store::{ChangeSet, Entry, Snapshot, Store, Write};
use seinhuis_tests::{Chain, story};
use seinhuis_types::{Desk, LeafIndex, Millis};

/// The stored form of sealed parts, as docs/formats/stored-values.md tells it: enough to see and to
/// move a term.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Stored {
    #[prost(string, tag = "1")]
    provider: String,
    #[prost(string, tag = "2")]
    recipient: String,
    #[prost(message, repeated, tag = "3")]
    slots: Vec<Copy>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    public: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Copy {
    #[prost(uint32, tag = "1")]
    part: u32,
    #[prost(uint32, tag = "2")]
    side: u32,
    #[prost(uint32, tag = "3")]
    wrapping_key: u32,
    #[prost(bytes = "vec", tag = "4")]
    wrapped: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    sealed: Vec<u8>,
    #[prost(uint64, tag = "6")]
    keep_until_ms: u64,
}

impl Stored {
    pub(super) fn read(value: &[u8]) -> Self {
        assert_eq!(value[0], 1);
        Self::decode(&value[1..]).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        [vec![1], self.encode_to_vec()].concat()
    }

    /// How many copies of one side are still there.
    pub(super) fn left(&self, side: u32) -> usize {
        let there = |copy: &&Copy| copy.side == side && !copy.wrapped.is_empty();
        self.slots.iter().filter(there).count()
    }

    /// Each copy that is there: part, side, wrapped and sealed.
    pub(super) fn copies(&self) -> impl Iterator<Item = (u32, u32, Vec<u8>, Vec<u8>)> {
        let there = self.slots.iter().filter(|copy| !copy.wrapped.is_empty());
        there.map(|copy| {
            let Copy {
                wrapped, sealed, ..
            } = copy.clone();
            (copy.part, copy.side, wrapped, sealed)
        })
    }

    /// Whether a copy stands under a wrapping key.
    pub(super) fn under(&self, key: u32) -> bool {
        self.slots.iter().any(|copy| copy.wrapping_key == key)
    }

    /// With every term passed.
    pub(super) fn aged(mut self, now: Millis) -> Vec<u8> {
        for copy in &mut self.slots {
            assert!(copy.keep_until_ms > now.0 + 1_460 * Millis::DAY);
            copy.keep_until_ms = now.0;
        }
        self.bytes()
    }

    /// Without any copy of one side: kept as erased, or as if it never had one.
    pub(super) fn wiped(mut self, side: u32, keep: bool) -> Vec<u8> {
        if keep {
            for copy in self.slots.iter_mut().filter(|copy| copy.side == side) {
                (copy.wrapped, copy.sealed) = (Vec::new(), Vec::new());
            }
        } else {
            self.slots.retain(|copy| copy.side != side);
            self.provider.clear();
        }
        self.bytes()
    }

    /// What was sealed for one side.
    fn sealed(&self, side: u32) -> Vec<Vec<u8>> {
        let of = self.slots.iter().filter(|copy| copy.side == side);
        of.flat_map(|copy| [copy.wrapped.clone(), copy.sealed.clone()])
            .collect()
    }
}

/// Lets the terms of all parts of a range have passed, as if years had: the agreement's four years are
/// more than certificates live. The entry this takes is the first of the range again.
pub(super) async fn age(store: &impl Store, leaf: &[u8], from: u64, to: u64) {
    let seen = store.snapshot().unwrap();
    let aged = |index: u64| {
        let value = seen.parts(LeafIndex(index)).unwrap().value.unwrap();
        Stored::read(&value).aged(store.now())
    };
    let entry = Entry::new(leaf.try_into().unwrap(), aged(from));
    let mut change = ChangeSet::new("age", entry);
    for index in from..=to {
        change = change.write(Write::parts(LeafIndex(index), aged(index)));
    }
    store.commit(change).await.unwrap();
}

fn code<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> String {
    match answer {
        Err(ClientError::Rejected { code, .. }) => code.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// A partner that acts for so many privacy officers.
pub(super) fn officers(chain: &Chain, name: &str, count: usize) -> Partner {
    let persons = [officer("fg-1"), officer("fg-2")];
    chain.partner(name).acting_for(&persons[..count]).unwrap()
}

/// A signal that was sent, received and acknowledged; the first and last entry of it.
async fn story(chain: &Chain) -> (LeafIndex, LeafIndex) {
    let desk: Desk = "huiselijk-geweld".parse().unwrap();
    let [adult, ..] = story::household().unwrap();
    let signal = story::inc_home().subject(adult).finish().unwrap();
    let outcomes = chain
        .partner("politie")
        .signal(&desk, &signal)
        .to(chain.to("veilig-thuis", "pol-vt-report"))
        .send()
        .await
        .unwrap();
    let opened = next(chain, "veilig-thuis", "intake").await;
    let last = chain
        .partner("veilig-thuis")
        .acknowledge(&opened, &Acknowledgement::Delivered)
        .await
        .unwrap();
    (outcomes[0].proof.index(), last.index())
}

#[test]
fn parts_are_erased_by_their_controller_past_their_term_and_not_held() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let (from, to) = story(&chain).await;
        let (police, vt) = (
            officers(&chain, "politie", 2),
            officers(&chain, "veilig-thuis", 2),
        );
        let before = police.entry(from).await.unwrap();
        assert!(before.provider().is_some() && before.erased.is_empty());
        let receipt = local.log.wait_published(to).await.unwrap();

        // Not alone, not before its term.
        let alone = officers(&chain, "politie", 1);
        assert_eq!(
            code(alone.erase_parts(from..=to).await),
            "SECOND_PERSON_NEEDED"
        );
        assert_eq!(
            code(police.erase_parts(from..=to).await),
            "PART_BEFORE_TERM"
        );
        let leaf = before.leaf.to_bytes();
        age(&*local.gate, &leaf, from.0, to.0).await;

        // Not under a hold, however little of the range it touches, and of nobody else's.
        let (hold, _) = alone.place_hold(to..=to).await.unwrap();
        assert_eq!(code(police.erase_parts(from..=to).await), "PART_HELD");
        assert_eq!(
            code(officers(&chain, "veilig-thuis", 1).lift_hold(hold).await),
            "ENTRY_NOT_FOUND"
        );
        let held = alone.holds().await.unwrap();
        assert_eq!((held.len(), held[0].id, held[0].from), (1, hold, to));
        let placed = alone
            .entry(held[0].index)
            .await
            .unwrap()
            .recipient()
            .unwrap();
        assert_eq!(placed.staff[0].person, "fg-1");
        assert!(vt.holds().await.unwrap().is_empty());
        alone.lift_hold(hold).await.unwrap();

        let sealed = |index: LeafIndex| {
            let seen = local.gate.snapshot().unwrap();
            Stored::read(&seen.parts(index).unwrap().value.unwrap())
        };
        let (gone, stays) = (sealed(from).sealed(1), sealed(from).sealed(2));
        let erased = police.erase_parts(from..=to).await.unwrap();
        // Shared, provider and outcome of publish and release; shared and outcome of the acknowledgement.
        assert_eq!(erased.parts, 8);
        let after = sealed(from);
        assert_eq!((after.left(1), after.left(2)), (0, stays.len() / 2));
        assert_eq!(after.sealed(2), stays);
        let whole = local
            .gate
            .snapshot()
            .unwrap()
            .parts(from)
            .unwrap()
            .value
            .unwrap();
        for part in gone {
            assert!(!whole.windows(part.len()).any(|bytes| bytes == part));
        }

        // The leaf is what it was, proven as it was; the parts are told as erased.
        let read = police.entry(from).await.unwrap();
        assert_eq!(read.leaf.to_bytes(), leaf);
        assert!(read.proven && !read.is_own());
        assert_eq!(read.erased, [Part::Shared, Part::Provider, Part::Outcome]);
        assert_eq!(
            local.log.wait_published(to).await.unwrap().lines().nth(1),
            receipt.lines().nth(1)
        );
        let other = vt.entry(from).await.unwrap();
        assert!(other.shared().is_some() && other.erased.is_empty());

        // Nothing is left to erase; who asked stands in one's own part alone.
        assert_eq!(code(police.erase_parts(from..=to).await), "ENTRY_NOT_FOUND");
        let request = police.entry(erased.proof.index()).await.unwrap();
        let own = request.recipient().unwrap();
        assert_eq!(own.staff.len(), 2);
        assert_eq!(own.retention.unwrap().erased, 8);
        assert!(!vt.entry(erased.proof.index()).await.unwrap().is_own());
    });
}

/// A hold that is placed while an erasure is being decided wins: nothing is erased.
#[test]
fn a_hold_placed_before_an_erasure_commits_keeps_the_parts() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let (from, to) = story(&chain).await;
        let police = officers(&chain, "politie", 2);
        let leaf = police.entry(from).await.unwrap().leaf.to_bytes();
        age(&*local.gate, &leaf, from.0, to.0).await;
        let mut decided = local.gate.hold("erase_parts");
        let race = async {
            decided.reached().await;
            let placed = officers(&chain, "politie", 1).place_hold(from..=from).await;
            decided.go();
            placed.unwrap();
        };
        let (erased, ()) = tokio::join!(police.erase_parts(from..=to), race);
        assert_eq!(code(erased), "ABORTED");
        let seen = local.gate.snapshot().unwrap();
        let stored = Stored::read(&seen.parts(from).unwrap().value.unwrap());
        assert_eq!(stored.left(1), 3);
        assert!(seen.erasures().unwrap().is_empty());
    });
}

/// The term of each side is what its agreement says of it, and nothing in an entry has none.
#[test]
fn every_part_has_a_term_of_four_years_at_least() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        story(&chain).await;
        officers(&chain, "politie", 1)
            .entry(LeafIndex(0))
            .await
            .unwrap();
        let seen = local.gate.snapshot().unwrap();
        let mut copies = 0;
        for index in 0..local.gate.next_index().0 {
            let value = seen.parts(LeafIndex(index)).unwrap().value.unwrap();
            let now = local.gate.now().0;
            for copy in Stored::read(&value).slots {
                let left = copy.keep_until_ms.checked_sub(now).unwrap();
                assert!(left > 1_460 * Millis::DAY, "entry {index}: {left}");
                copies += 1;
            }
        }
        assert!(copies > 8);
    });
}
