//! What was told and never acknowledged: at its term it is over, and is not taken for acknowledged.

use super::{POLICE_DESK, delivery, desk, inbox, send, told, withdraw};
use crate::cli::{document, told as shown, verb};
use crate::due::acknowledge_as;
use crate::flow::next;
use crate::local::{Local, Settings};
use crate::messages::signals;
use crate::run;
use seinhuis_domain::signal::RectificationKind;
use seinhuis_proto::v1;
use seinhuis_proto::v1::RectificationStanding as Standing;
use seinhuis_store::Store;
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, LeafIndex, ManualClock, Millis, SignalId, SystemClock};
use std::sync::Arc;

/// A rectification waits thirty days; the hub's clock may be a little ahead of the test's.
const TERM: u64 = 30 * Millis::DAY + Millis::HOUR;

/// A hub with a clock of its own, and a report that Veilig Thuis received and acknowledged.
struct Stage {
    chain: Chain,
    local: Local,
    clock: ManualClock,
    signal: SignalId,
}

impl Stage {
    async fn start() -> Self {
        let mut chain = Chain::start().await.unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let mut vt = signals(&chain, "veilig-thuis").await;
        for state in [v1::AckState::Delivered, v1::AckState::Opened] {
            acknowledge_as(&mut vt, first.id, state).await.unwrap();
        }
        Self {
            chain,
            local,
            clock,
            signal,
        }
    }

    /// Moves the clock when all is published, and does what is due then.
    async fn step(&self, ms: u64) {
        let (log, gate) = (&self.local.log, &self.local.gate);
        let last = LeafIndex(gate.next_index().0 - 1);
        log.wait_published(last).await.unwrap();
        let at = Millis(self.clock.now().0 + ms);
        while log.lag_ms(at) > 0 {
            tokio::task::yield_now().await;
        }
        self.clock.advance(ms);
        // A deadline first, then the end.
        for _ in 0..2 {
            assert_eq!(self.local.hub.pass_due(10).await.unwrap().failed, 0);
        }
    }

    async fn standings(&self) -> Vec<Standing> {
        let sent = self.chain.partner("politie").sent(self.signal).await;
        let told = sent.unwrap().remove(0).rectifications;
        told.iter().map(|told| told.standing).collect()
    }

    /// What the verb shows: how many are open, as the last one stands, and in both languages.
    fn shows(&self, open: usize, last: (&str, bool), words: (&str, &str)) {
        let signal = self.signal.to_string();
        let arguments = ["signal", "corrections", signal.as_str()];
        let listed = document(&self.chain, "politie", &arguments);
        assert_eq!(listed["not_acknowledged"], open, "{listed}");
        let told = listed["deliveries"][0]["rectifications"].as_array();
        let found = told.unwrap().last().unwrap();
        assert_eq!(found["standing"], last.0, "{listed}");
        assert_eq!(found["acknowledged"], last.1, "{listed}");
        for (lang, words, total) in [
            ("nl", words.0, "nog niet bevestigd"),
            ("en", words.1, "not acknowledged yet"),
        ] {
            let typed = [&arguments[..], &["--lang", lang]].concat();
            let said = shown(&verb(&self.chain, "politie", &typed), 0);
            assert!(said.contains(words), "{words}: {said}");
            assert!(said.contains(&format!("{total}: {open}")), "{said}");
        }
    }
}

#[test]
fn a_rectification_that_lapsed_is_not_taken_for_acknowledged() {
    run(async {
        let stage = Stage::start().await;
        let police = stage.chain.partner("politie");
        assert!(withdraw(police, stage.signal).await.unwrap().complete());
        let waits = ("nog niet bevestigd", "not acknowledged yet");
        stage.shows(1, ("waits", false), waits);

        stage.step(TERM).await;
        assert_eq!(stage.standings().await, [Standing::Lapsed]);
        let sent = police.sent(stage.signal).await.unwrap();
        let lapsed = &sent[0].rectifications[0];
        assert_eq!(lapsed.state, v1::DeliveryState::Ended);
        assert_eq!((lapsed.acknowledged, lapsed.acknowledge_by), (None, None));
        assert!(sent[0].is_unacknowledged());
        let words = (
            "verlopen: dat het aankwam is nooit",
            "lapsed: that it arrived was never",
        );
        stage.shows(1, ("lapsed", false), words);
    });
}

#[test]
fn what_arrived_and_was_never_opened_is_not_acknowledged_either() {
    run(async {
        let stage = Stage::start().await;
        let police = stage.chain.partner("politie");
        assert!(withdraw(police, stage.signal).await.unwrap().complete());
        let (notice, _) = delivery(&mut inbox(&stage.chain)).await;
        let mut vt = signals(&stage.chain, "veilig-thuis").await;
        let arrived = acknowledge_as(&mut vt, notice.id, v1::AckState::Delivered);
        arrived.await.unwrap();
        let words = (
            "aangekomen, nog door niemand geopend",
            "opened by nobody yet",
        );
        stage.shows(1, ("arrived", false), words);
        stage.step(TERM).await;
        let words = (
            "verlopen: aangekomen en door niemand geopend",
            "lapsed: it arrived and nobody opened it",
        );
        stage.shows(1, ("lapsed", false), words);
    });
}

#[test]
fn what_was_acknowledged_stays_so_when_it_is_over_and_what_was_replaced_is_not_owed() {
    run(async {
        let stage = Stage::start().await;
        let police = stage.chain.partner("politie");
        // Taken back before it was opened: what comes after it is owed in its place.
        let corrected = told(RectificationKind::Corrected, "inaccurate");
        let say = |_: &seinhuis_client::SentDelivery| Ok(super::report());
        let from = desk(POLICE_DESK);
        let done = police.rectify(&from, stage.signal, &corrected, say).await;
        assert!(done.unwrap().complete());
        assert!(withdraw(police, stage.signal).await.unwrap().complete());
        let standings = stage.standings().await;
        assert_eq!(standings, [Standing::Replaced, Standing::Waits]);
        let (notice, _) = delivery(&mut inbox(&stage.chain)).await;
        let mut vt = signals(&stage.chain, "veilig-thuis").await;
        for state in [v1::AckState::Delivered, v1::AckState::Opened] {
            acknowledge_as(&mut vt, notice.id, state).await.unwrap();
        }
        let words = ("bevestigd", "acknowledged");
        stage.shows(0, ("acknowledged", true), words);
        let replaced = ("vervangen of teruggenomen", "replaced or taken back");
        stage.shows(0, ("acknowledged", true), replaced);
        // Its payload dies a day after; that it was acknowledged does not.
        stage.step(25 * Millis::HOUR).await;
        let sent = police.sent(stage.signal).await.unwrap();
        let last = &sent[0].rectifications[1];
        assert_eq!(last.state, v1::DeliveryState::Ended);
        stage.shows(0, ("acknowledged", true), words);
    });
}
