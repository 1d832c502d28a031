//! What is about a theme of restricted desks goes to a restricted desk or nowhere, whatever its type.

use super::{flow, rectify, run};
use seinhuis_client::{
    Acknowledgement, Ahead, Doing, OutcomeReport, SentDelivery, Signal, SignalBuilder, To,
};
use seinhuis_domain::signal::{
    IdKind, RectificationKind, Regime, Restriction, SourceShield, WpgArticle,
};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, story};
use seinhuis_types::{Clock, SystemClock};

/// A report of the police; `form` says what it is about.
fn report(form: &str) -> SignalBuilder {
    let [adult, ..] = story::household().unwrap();
    Signal::build("INC_HOME", "P-REPORT")
        .happened(SystemClock.now().hour(), "kennemerland")
        .because("report-task", "not-yet")
        .under(Regime::Wpg, Some(WpgArticle::Art8))
        .field("form", form)
        .field("nature", "physical")
        .field("children_present", "none")
        .field("severity", "S3")
        .by("officer-17", "police-officer")
        .decided("assistant-3", "report-task")
        .subject(adult)
}

async fn sent(chain: &Chain, signal: SignalBuilder, to: &To) -> OutcomeReport {
    let desk = "huiselijk-geweld".parse().unwrap();
    let police = chain.partner("politie");
    let signal = signal.finish().unwrap();
    let outcomes = police.signal(&desk, &signal).to(to.clone()).send().await;
    outcomes.unwrap().into_iter().next().unwrap()
}

fn codes(reasons: &[v1::Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn a_restricted_theme_within_an_ordinary_type_goes_to_no_ordinary_desk() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let to = chain.to("veilig-thuis", "pol-vt-report");
        for signal in [
            report("honour"),
            report("forced-marriage"),
            // What no code tells, such as exploitation, its sender says.
            report("partner").restricted_theme(),
        ] {
            let refused = sent(&chain, signal, &to).await;
            assert!(!refused.permitted && refused.delivery.is_none());
            assert_eq!(codes(&refused.reasons), ["RESTRICTED_DESK"]);
            let [reason] = refused.reasons.as_slice() else {
                panic!("{:?}", refused.reasons)
            };
            for (text, word) in [
                (&reason.text_nl, "thema"),
                (&reason.text_en, "theme"),
                (&reason.remedy_nl, "afgeschermd"),
                (&reason.remedy_en, "restricted"),
            ] {
                assert!(text.contains(word), "{text}");
            }
        }
        let gone = sent(&chain, report("partner"), &to).await;
        let gone = gone.permitted().unwrap();
        // Only the last one is there to be received.
        let opened = flow::next(&chain, "veilig-thuis", "intake").await;
        assert_eq!(Some(opened.id), gone.delivery);
        assert!(!opened.header.restricted_theme);
    });
}

#[test]
fn a_restricted_theme_goes_to_a_desk_that_the_agreement_marks_and_is_told_ahead() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let marked = |text: String| {
            let care = "desks = [\"intake\"]\nprocessing_activity_ids = [\"https://register.vt-";
            assert_eq!(text.matches(care).count(), 1);
            let with = format!("restricted_desks = [\"intake\"]\n{care}");
            text.replace(care, &with)
        };
        let agreement = chain.agree(marked).await.unwrap();
        let plain = chain.to("veilig-thuis", "pol-vt-report");
        let to = To {
            agreement,
            ..plain.clone()
        };
        let what = Ahead {
            doing: Doing::Send,
            signal_type: "INC_HOME".parse().unwrap(),
            purpose: "P-REPORT".parse().unwrap(),
            region: "kennemerland".parse().unwrap(),
            regime: Regime::Wpg,
            wpg_article: Some(WpgArticle::Art8),
            second_approval: false,
            fields: ["form", "nature", "children_present", "severity"]
                .map(|name| name.parse().unwrap())
                .into(),
            people: vec![("victim".parse().unwrap(), IdKind::Number)],
            source_shield: SourceShield::None,
            onward_basis: None,
            restriction: Restriction::None,
            restricted_theme: true,
        };
        let police = chain.partner("politie");
        let ahead = async |to: &To| police.simulate(to, &what).await.unwrap().decision.unwrap();
        assert_eq!(codes(&ahead(&plain).await.reasons), ["RESTRICTED_DESK"]);
        assert!(ahead(&to).await.permitted);

        let gone = sent(&chain, report("honour"), &to).await;
        let gone = gone.permitted().unwrap();
        let opened = flow::next(&chain, "veilig-thuis", "intake").await;
        assert_eq!(Some(opened.id), gone.delivery);
        assert!(opened.header.restricted_theme);
        assert_eq!(opened.text("form"), Some("honour"));
        let care = chain.partner("veilig-thuis");
        let arrived = &Acknowledgement::Delivered;
        care.acknowledge(&opened, arrived).await.unwrap();
        // An ordinary signal goes there as well.
        assert!(sent(&chain, report("partner"), &to).await.permitted);
    });
}

#[test]
fn no_correction_brings_a_restricted_theme_to_an_ordinary_desk() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let to = chain.to("veilig-thuis", "pol-vt-report");
        let gone = sent(&chain, report("partner"), &to).await;
        let signal = gone.permitted().unwrap().signal;
        flow::next(&chain, "veilig-thuis", "intake").await;
        let (police, desk) = (
            chain.partner("politie"),
            "huiselijk-geweld".parse().unwrap(),
        );
        let kind = rectify::told(RectificationKind::Corrected, "inaccurate");
        let honour = |_: &SentDelivery| Ok(report("honour").finish()?);
        let told = police.rectify(&desk, signal, &kind, honour).await.unwrap();
        let [refused] = told.told.as_slice() else {
            panic!("{told:?}")
        };
        assert!(!refused.permitted);
        assert_eq!(codes(&refused.reasons), ["RESTRICTED_DESK"]);
        assert!(refused.reasons[0].remedy_en.contains("Withdraw"));
        // A withdrawal says nothing of it, and goes.
        let told = rectify::withdraw(police, signal).await.unwrap();
        assert!(told.complete() && told.told[0].permitted);
    });
}
