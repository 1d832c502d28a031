//! How the subject sees the sharing travels beside a statutory signal, sealed for its recipient, and decides nothing.

use super::{call, flow, run};
use seinhuis_client::{Acknowledgement, ClientError, Item, OutcomeReport, Signal, Subject};
use seinhuis_domain::consent::SubjectView;
use seinhuis_domain::signal::Regime;
use seinhuis_tests::{Chain, story};

const VIEW: &str = "subject_view";

/// A request to the child protection board, on statutory tasks alone, with what the parent thinks of it.
fn request(view: Option<&str>, whole: bool) -> Signal {
    let mut signal = call::begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
        .field("parents_informed", "yes")
        .field("severity", "S3")
        .subject(Subject::number(story::ADULT, "parent", "18-plus").unwrap());
    if whole {
        signal = signal.field("urgent", "yes");
    }
    if let Some(view) = view {
        signal = signal.field(VIEW, view);
    }
    signal.finish().unwrap()
}

async fn sent(chain: &Chain, signal: &Signal) -> Result<OutcomeReport, ClientError> {
    let desk = "intake".parse().unwrap();
    let care = chain.partner("veilig-thuis");
    let to = chain.to("rvdk", "vt-rvdk-request");
    let outcomes = care.signal(&desk, signal).to(to).send().await?;
    Ok(outcomes.into_iter().next().unwrap())
}

#[test]
fn whatever_the_subject_thinks_a_statutory_signal_goes_and_its_recipient_reads_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (board, intake) = (chain.partner("rvdk"), "intake".parse().unwrap());
        let mut inbox = board.receive(&intake, Vec::new());
        let views = SubjectView::ALL.iter().map(|view| Some(view.as_str()));
        for view in views.chain([None]) {
            let outcome = sent(&chain, &request(view, true)).await.unwrap();
            let outcome = outcome.permitted().unwrap();
            assert!(outcome.withheld.is_empty(), "{view:?}");
            // The reason for going is the same whatever the view: basis, and not consent.
            assert_eq!(outcome.decision.basis_provide, ["VT-RVDK"], "{view:?}");
            assert_eq!(outcome.decision.basis_receive, ["JW-3-1"], "{view:?}");
            let delivery = outcome.delivery.unwrap();
            let opened = loop {
                match inbox.next().await.unwrap() {
                    Item::Delivery(opened) => break opened,
                    Item::Idle => {}
                    other => panic!("{other:?}"),
                }
            };
            assert_eq!(opened.id, delivery);
            assert_eq!(opened.text(VIEW), view);
            let arrived = &Acknowledgement::Delivered;
            board.acknowledge(&opened, arrived).await.unwrap();

            // Nor does a view help what may not go.
            let short = sent(&chain, &request(view, false)).await.unwrap();
            let codes = short.reasons.iter().map(|reason| reason.code.as_str());
            assert_eq!(codes.collect::<Vec<_>>(), ["BELOW_MINIMUM"], "{view:?}");
        }
    });
}

#[test]
fn a_clause_that_does_not_have_the_view_withholds_it_by_name_and_a_word_of_ones_own_is_none() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let without = |text: String| {
            let list = "\"fact_status\", \"severity\", \"subject_view\"]";
            assert_eq!(text.matches(list).count(), 1);
            text.replace(list, "\"fact_status\", \"severity\"]")
        };
        chain.agreement = chain.agree(without).await.unwrap();
        let outcome = sent(&chain, &request(Some("opposes"), true)).await.unwrap();
        let outcome = outcome.permitted().unwrap();
        let withheld = outcome.withheld.iter().map(|field| field.path.as_str());
        assert_eq!(withheld.collect::<Vec<_>>(), [VIEW]);
        let opened = flow::next(&chain, "rvdk", "intake").await;
        assert_eq!(opened.text(VIEW), None);

        let error = sent(&chain, &request(Some("furious"), true))
            .await
            .unwrap_err();
        let ClientError::Invalid(why) = &error else {
            panic!("{error:?}")
        };
        assert!(why.contains(VIEW) && !why.contains("furious"), "{why}");
    });
}
