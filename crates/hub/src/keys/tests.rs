//! The last millisecond of a key statement.

use super::*;
use crate::testing::{BEGIN, Bench, POLICE, caller, desk, idempotency, oin, refused, run};
use seinhuis_types::KeyId;

/// States a key of the police that ends then.
async fn state(bench: &Bench, kid: &str, end: Millis) -> Result<v1::Proof, HubError> {
    let statement = key_statement::KeyStatement {
        oin: oin(POLICE),
        desk: desk(POLICE),
        key_use: KeyUse::Pseudonym,
        kid: KeyId::parse(kid).unwrap(),
        suite: 1,
        key: vec![7; 32],
        epoch: 1,
        not_before: BEGIN,
        not_after: end,
    };
    let signer = bench.signer_issued(POLICE, BEGIN);
    let statement = StatementBytes {
        jws: statement.sign(&signer).unwrap(),
        chain: signer.chain().to_vec(),
    };
    let (police, key) = (caller(POLICE, 0), idempotency());
    bench.hub.publish_key(&police, &key, statement).await
}

#[test]
fn a_key_is_stated_and_shown_to_its_last_millisecond_and_not_after() {
    run(async {
        let bench = Bench::start().await;
        let end = BEGIN.plus(Millis::DAY);
        state(&bench, "pseudonym-e1", end).await.unwrap();
        state(&bench, "pseudonym-e1-next", end.plus(1))
            .await
            .unwrap();
        let shown = || {
            let all = bench
                .hub
                .keys(&caller(POLICE, 1), oin(POLICE), &desk(POLICE));
            all.unwrap().len()
        };
        // Its statement has whole seconds: what ends a millisecond later ends with it.
        bench.go_to(end.minus(1));
        assert_eq!(shown(), 2);
        state(&bench, "pseudonym-e1-late", end).await.unwrap();
        assert_eq!(shown(), 3);
        bench.clock.advance(1);
        assert_eq!(shown(), 0);
        let late = state(&bench, "pseudonym-e1-later", end).await;
        assert_eq!(refused(late), ErrorCode::KeyStatementInvalid);
        // What has ended is not kept beside what is stated next.
        let next = end.plus(Millis::DAY);
        state(&bench, "pseudonym-e1-new", next).await.unwrap();
        let seen = bench.hub.parts.store.snapshot().unwrap();
        let kept = seen.keys(oin(POLICE), &desk(POLICE)).unwrap().value;
        let kept: Vec<_> = kept.unwrap().statements.into_iter().collect();
        let kept: Vec<_> = kept.iter().map(|key| key.kid.as_str()).collect();
        assert_eq!(kept, ["pseudonym-e1-new"]);
    });
}
