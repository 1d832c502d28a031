//! Cosignatures of a quorum over one checkpoint, whatever some witnesses do.

use super::*;
use seinhuis_types::LeafIndex;
use tokio::task::JoinSet;

/// The witnessed note that is shown, by a policy of this quorum.
fn shown(log: &Log<Embedded>, net: &Net, quorum: usize) -> Checkpoint {
    let note = log.public_checkpoint().unwrap();
    let note = Note::parse(note.as_bytes()).unwrap();
    net.policy(quorum).check(&note).unwrap()
}

#[tokio::test]
async fn a_quorum_is_kept_and_shown_whatever_the_others_do() {
    let mut all = JoinSet::new();
    for mood in [
        Mood::Honest,
        Mood::Dead,
        Mood::Silent,
        Mood::OtherNote,
        Mood::FalseLine,
        Mood::LongAgo,
        Mood::Garbage,
        Mood::ShowsNothing,
        Mood::Says(0),
        Mood::Says(2),
        Mood::Says(1 << 40),
        Mood::Says(u64::MAX),
        Mood::Status(200),
        Mood::Status(400),
        Mood::Status(403),
        Mood::Status(404),
        Mood::Status(409),
        Mood::Status(422),
        Mood::Status(500),
    ] {
        all.spawn(two_go_on_beside(mood));
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
}

/// Two honest witnesses make the quorum beside a third that does this.
async fn two_go_on_beside(mood: Mood) {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 2, &[5]).await;
    net.mood(3, mood);
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 2);
    assert!(open.gatherer.look().await.unwrap(), "{mood:?}");
    let gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    for size in [9, 300] {
        commit(&store, size).await;
        open.publisher.publish().await.unwrap();
        comes(&open.log, size).await;
        assert_eq!(*shown(&open.log, &net, 2).root(), root(size), "{mood:?}");
        assert_eq!(open.log.witness_lag_ms(store.now()), 0, "{mood:?}");
    }
    assert!(!gathering.is_finished(), "{mood:?}");
    assert!(open.log.stopped().is_none(), "{mood:?}");
    let file = fs::read(site.file("checkpoint.witnessed")).unwrap();
    assert_eq!(opened(&file).size().get(), 300);
}

#[tokio::test]
async fn what_does_not_count_makes_no_quorum() {
    for (mood, label) in [
        (Mood::OtherNote, "signature bad"),
        (Mood::FalseLine, "signature bad"),
        (Mood::LongAgo, "time bad"),
        (Mood::Garbage, "answer malformed"),
        (Mood::Says(2), "proof refused"),
        (Mood::Says(1 << 40), "sizes inconsistent"),
        (Mood::Says(u64::MAX), "answer malformed"),
        (Mood::Status(403), "key refused"),
        (Mood::Status(404), "log unknown"),
    ] {
        let site = Site::new();
        let net = Net::new(3, &site.clock);
        site.publish_witnessed(&net, 3, &[5]).await;
        let store = site.store();
        let mut open = site.witnessed(&store, &net, 3);
        assert!(open.gatherer.look().await.unwrap());
        net.mood(3, mood);
        let gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
        commit(&store, 9).await;
        open.publisher.publish().await.unwrap();
        Witnessed::ends(&open.counted, label).await;
        while (net.saw(1), net.saw(2)) != (Some(9), Some(9)) {
            tokio::task::yield_now().await;
        }
        assert_eq!(shown(&open.log, &net, 3).size().get(), 5, "{mood:?}");
        assert!(!gathering.is_finished(), "{mood:?}");
    }
}

#[tokio::test]
async fn a_later_cosignature_of_the_same_checkpoint_is_added() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    net.mood(3, Mood::Dead);
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 2);
    assert!(open.gatherer.look().await.unwrap());
    let _gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    commit(&store, 5).await;
    open.publisher.publish().await.unwrap();
    comes(&open.log, 5).await;
    let mut news = open.log.status.subscribe();
    net.mood(3, Mood::Honest);
    let all = net.policy(3);
    let there = news.wait_for(|status| {
        let witnessed = status.witnessed.as_ref();
        witnessed.is_some_and(|signed| all.check(&signed.note).is_ok())
    });
    tokio::time::timeout(COMES, there)
        .await
        .expect("no third")
        .unwrap();
    assert_eq!(shown(&open.log, &net, 3).size().get(), 5);
}

#[tokio::test]
async fn without_a_quorum_signing_goes_on_and_the_lag_grows() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 2, &[5]).await;
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 2);
    assert!(open.gatherer.look().await.unwrap());
    for number in [1, 2] {
        net.mood(number, Mood::Dead);
    }
    let gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    for size in [9, 12] {
        commit(&store, size).await;
        open.publisher.publish().await.unwrap();
        site.check(size);
    }
    // The third has cosigned; that is no quorum.
    while net.saw(3) != Some(12) {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown(&open.log, &net, 2).size().get(), 5);
    assert_eq!(open.log.witness_lag_ms(store.now()), 0);
    site.clock.advance(61_000);
    assert_eq!(open.log.witness_lag_ms(store.now()), 61_000);
    open.log.wait_published(LeafIndex(11)).await.unwrap();
    for number in [1, 2] {
        net.mood(number, Mood::Honest);
    }
    comes(&open.log, 12).await;
    assert_eq!(open.log.witness_lag_ms(store.now()), 0);
    assert!(!gathering.is_finished());
}

#[tokio::test]
async fn only_the_newest_checkpoint_is_cosigned() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 1);
    assert!(open.gatherer.look().await.unwrap());
    for size in 1..20 {
        commit(&store, size).await;
        open.publisher.publish().await.unwrap();
    }
    let _gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    comes(&open.log, 19).await;
    let note = open.log.witnessed().unwrap();
    assert_eq!(opened(note.as_bytes()).size().get(), 19);
    assert_eq!(net.saw(1), Some(19));
}
