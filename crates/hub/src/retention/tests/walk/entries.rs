//! The entries that a walk begins with, and what opens of them after each step.
//!
//! Owns: their parts, terms and sides. Must not know: what is asked in between.

use super::super::model::Copy;
use super::{MINUTE, Walk, entries, place};
use crate::parts::{Draft, Keep};
use crate::testing::{CARE, POLICE, oin};
use prost::Message;
use rand::RngExt;
use seinhuis_proto::v1::{self, Part};
use seinhuis_store::{Snapshot, Store};
use seinhuis_types::Millis;

impl Walk<'_> {
    /// New entries, few or more than one step erases.
    pub(in super::super) async fn begin(&mut self) {
        self.first = entries(self.bench);
        let count = if self.in_hundred(20) { 40 } else { 6 };
        for _ in 0..count {
            self.entry().await;
        }
        self.last = self.first + count - 1;
        self.compare();
    }

    /// The end of a term, on a half hour of the next three; seldom none that is known.
    fn term(&mut self) -> Millis {
        if self.rng.random_ratio(1, 200) {
            return Millis(0);
        }
        let half_hours = self.rng.random_range(0..6);
        let begun = self.now().0 / (30 * MINUTE) + half_hours;
        Millis(begun * 30 * MINUTE)
    }

    async fn entry(&mut self) {
        let source = self.party();
        let recipient = 1 - source;
        let keep = Keep {
            provider: self.term(),
            recipient: self.term(),
        };
        let kind = self.rng.random_range(0..4);
        // What was published and never left: its delivery was never released.
        let act = if kind == 1 {
            v1::Act::Publish
        } else {
            v1::Act::Acknowledge
        };
        let shared = v1::SharedPart {
            act: act.into(),
            source_oin: oin(source).to_string(),
            recipient_oin: oin(recipient).to_string(),
            delivery_id: vec![5; 16],
            ..v1::SharedPart::default()
        };
        let outcome = v1::OutcomePart {
            act: act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let mut draft = Draft {
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        let copy = |of: usize, part, until, come| Copy {
            of,
            part,
            until,
            come,
            gone: false,
        };
        let mut copies = Vec::new();
        if kind == 3 {
            // Of one organisation alone, in its own part.
            draft.recipient = Some(oin(source));
            draft.recipient_part = Some(vec![1, 2, 3]);
            for part in [Part::Recipient, Part::Outcome] {
                copies.push(copy(source, part, keep.recipient, true));
            }
        } else {
            draft.provider = Some(oin(source));
            draft.shared = Some(shared.encode_to_vec());
            draft.provider_part = Some(vec![4, 5, 6]);
            for part in [Part::Shared, Part::Provider, Part::Outcome] {
                copies.push(copy(source, part, keep.provider, true));
            }
            if kind != 2 {
                draft.recipient = Some(oin(recipient));
                for part in [Part::Shared, Part::Outcome] {
                    copies.push(copy(recipient, part, keep.recipient, kind == 0));
                }
            }
        }
        self.bench.entry(draft, keep).await;
        self.model.entries.push(copies);
    }

    /// Each copy opens with the hub's keys exactly while the model has it, and there is an entry for each
    /// act that was done and for no other.
    pub(super) fn compare(&mut self) {
        let hub = &self.bench.hub;
        let snapshot = hub.parts.store.snapshot().unwrap();
        let entries = self.model.entries.len();
        assert_eq!(hub.parts.store.next_index(), place(entries));
        self.found.resize(entries, None);
        for index in self.first..entries {
            let at = place(index);
            let mut expected: Vec<_> = self.model.entries[index]
                .iter()
                .filter(|copy| !copy.gone)
                .map(|copy| (copy.of, copy.part))
                .collect();
            expected.sort_unstable();
            let stored = snapshot.parts(at).unwrap().value.unwrap();
            let now = (stored, expected);
            if self.found[index].as_ref() == Some(&now) {
                continue;
            }
            let mut open = Vec::new();
            for party in [POLICE, CARE] {
                let (_, parts) = hub.stored_entry(&snapshot, at, &oin(party)).unwrap();
                open.extend(parts.iter().map(|part| (party, part.part())));
            }
            open.sort_unstable();
            assert_eq!(open, now.1, "entry {index}");
            self.found[index] = Some(now);
        }
    }
}
