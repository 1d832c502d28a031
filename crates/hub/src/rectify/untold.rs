//! Who received a signal and is not told what rectifies it.
//!
//! Owns: the list that is kept with the signal. Must not know: why somebody is not told.

use super::{Plan, kind_from};
use seinhuis_domain::signal::{RectificationKind, encode_rectification};
use seinhuis_store::records::{SignalRecord, UntoldRecord};
use seinhuis_types::DeliveryId;

impl Plan<'_> {
    /// Keeps with the signal who is not told: refused, or without a key to seal for.
    pub(super) fn note_untold(&mut self, kind: RectificationKind) {
        let of = |permitted: bool| {
            let told = self.told.iter();
            let told = told.filter(move |told| told.delivery.is_some() == permitted);
            told.map(|told| told.original)
        };
        let told: Vec<_> = of(true).collect();
        let unreached = self.unreached.iter().map(|(sent, _)| sent.id);
        let untold: Vec<_> = of(false).chain(unreached).collect();
        note(&mut self.record, kind, &told, &untold);
    }
}

/// Takes off the list what is told now, or comes in the place of what was to be told, and adds the rest.
fn note(
    record: &mut SignalRecord,
    kind: RectificationKind,
    told: &[DeliveryId],
    untold: &[DeliveryId],
) {
    record.untold.retain(|earlier| {
        let about = |id: &DeliveryId| earlier.delivery_id == id.0;
        let covered = kind_from(earlier.rectification).is_none_or(|earlier| kind.covers(earlier));
        // Of those who are still not told only the last word stays.
        !(covered && (told.iter().any(about) || untold.iter().any(about)))
    });
    record.untold.extend(untold.iter().map(|id| UntoldRecord {
        delivery_id: id.0.to_vec(),
        rectification: encode_rectification(kind).into(),
    }));
}

#[cfg(test)]
mod tests {
    use super::RectificationKind::{Corrected, Shielded, Withdrawn};
    use super::*;

    const A: DeliveryId = DeliveryId([1; 16]);
    const B: DeliveryId = DeliveryId([2; 16]);

    fn listed(record: &SignalRecord) -> Vec<(u8, RectificationKind)> {
        let listed = record.untold.iter();
        listed
            .map(|one| (one.delivery_id[0], kind_from(one.rectification).unwrap()))
            .collect()
    }

    #[test]
    fn who_is_not_told_stays_listed_until_it_is_told_the_same_or_what_comes_in_its_place() {
        let mut record = SignalRecord::of(Vec::new(), Vec::new());
        note(&mut record, Shielded, &[A], &[B]);
        assert_eq!(listed(&record), [(2, Shielded)]);
        // A correction does not say what is shielded.
        note(&mut record, Corrected, &[B], &[A]);
        assert_eq!(listed(&record), [(2, Shielded), (1, Corrected)]);
        // Again not told: the last word.
        note(&mut record, Withdrawn, &[B], &[A]);
        assert_eq!(listed(&record), [(2, Shielded), (1, Withdrawn)]);
        note(&mut record, Withdrawn, &[A, B], &[]);
        assert_eq!(listed(&record), [(2, Shielded)]);
        note(&mut record, Shielded, &[A, B], &[]);
        assert_eq!(listed(&record), []);
    }
}
