//! What a recipient at the command line sees of the consent that a delivery rests on.

use super::super::cli::{documents, told, verb};
use super::*;

#[test]
fn a_recipient_at_the_command_line_sees_on_which_consent_a_delivery_rests() {
    run(async {
        let (chain, to) = chain().await;
        let record = record();
        let sent = send(&chain, &to, &record).await.unwrap();
        assert!(sent.permitted);
        let vt = chain.partner("veilig-thuis");
        let handle = vt.consent_status(&record).await.unwrap()[0].handle;
        let handle = handle.to_string();

        let receive = ["signal", "receive", "intake", "--once"];
        let items = documents(&chain, "rvdk", &receive, 0);
        let [one] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert_eq!(one["consent_ref"], handle.as_str());
        let revision = one["consent_revision"].as_u64().unwrap();
        assert!(revision > 0);
        for (lang, word) in [("nl", "revisie"), ("en", "revision")] {
            let typed = [&["--lang", lang][..], &receive].concat();
            let shown = told(&verb(&chain, "rvdk", &typed), 0);
            let said = format!("{handle}, {word} {revision}");
            let line = shown.lines().find(|line| line.starts_with("consent "));
            assert!(line.is_some_and(|line| line.ends_with(&said)), "{shown}");
        }

        // What rests on no consent cites none.
        let plain = To {
            agreement: to.agreement.clone(),
            ..chain.to("veilig-thuis", "pol-vt-report")
        };
        let police = chain.partner("politie");
        let [adult, ..] = story::household().unwrap();
        let signal = story::inc_home().subject(adult).finish().unwrap();
        let desk = "huiselijk-geweld".parse().unwrap();
        let sent = police.signal(&desk, &signal).to(plain).send().await;
        assert!(sent.unwrap()[0].permitted);
        let items = documents(&chain, "veilig-thuis", &receive, 0);
        assert!(items[0]["consent_ref"].is_null() && items[0]["consent_revision"].is_null());
    });
}
