//! When answers arrive, by what they are: of a question whose desk says that it does not know, whose desk hides what it
//! knows, and whose desk stays silent.
//!
//! Owns: the questions, the moments of arrival relative to the tick, and the distance between their
//! distributions. Must not know: how the hub lets them leave.

use crate::report::progress;
use crate::told;
use seinhuis_client::{Acknowledgement, Inbox, Item, Partner, Said, To, tick_at};
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_tests::{Chain, asking, story};
use seinhuis_types::{Clock, DeliveryId, Desk, Millis, SystemClock};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The least time between asking and the tick (ADR 23).
const SHORTEST: u64 = 15 * 60 * Millis::SECOND;
/// How long asking and answering one question may take; the tick lies as much later.
const EACH: u64 = 250;
/// How long after the tick an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What becomes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A person says that the desk does not know.
    Unknown,
    /// A person says that what it knows is shielded.
    Shielded,
    /// The system covered it and nobody looked.
    Silence,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Unknown, Self::Shielded, Self::Silence];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Shielded => "shielded",
            Self::Silence => "silence",
        }
    }
}

/// Asks `count` questions of one tick, a third of each kind, and measures when their answers arrive.
pub(crate) async fn measure(count: usize) -> Result<String, String> {
    if count < 30 {
        return Err("say at least 30 questions: ten of each kind".to_owned());
    }
    let chain = Box::pin(Chain::start_with(|sandbox| raise(sandbox, count)))
        .await
        .map_err(|e| e.to_string())?;
    let with = |text: String| asking::with_clauses(&text, asking::CLAUSES);
    let agreement = chain.agree(with).await.map_err(|e| e.to_string())?;
    let ask = To {
        agreement,
        ..chain.to("politie", "vt-pol-ask")
    };
    let (care, police) = (chain.partner("veilig-thuis"), chain.partner("politie"));
    let many = u64::try_from(count).map_err(told("count"))?;
    let tick = tick_at(SystemClock.now().plus(SHORTEST + many * EACH));
    progress("asking");
    let intake: Desk = "intake".parse().map_err(told("desk"))?;
    let mut kinds = BTreeMap::new();
    for number in 0..count {
        let question = asking::try_question(1, &[story::ADULT]).map_err(told("question"))?;
        let asked = care.ask(&intake, &question, &ask, tick).await;
        let asked = asked.map_err(told("ask"))?;
        let id = asked.question.ok_or("a question was refused")?;
        let kind = Kind::ALL.get(number % 3).copied();
        kinds.insert(id, kind.unwrap_or(Kind::Silence));
    }
    progress("answering");
    answer(police, &kinds).await?;
    progress("waiting for the tick, some fifteen minutes");
    let inbox = care.receive(&intake, Vec::new());
    let arrived = Box::pin(arrivals(care, inbox, tick, &kinds)).await?;
    Ok(table(count, &arrived))
}

/// Lets the hub take that many questions on one day.
fn raise(sandbox: &Sandbox, count: usize) -> std::io::Result<()> {
    crate::signals::raise_budgets(sandbox)?;
    let path = sandbox.hub_config();
    let text = std::fs::read_to_string(&path)?;
    let limits = format!("[limits]\nquestions_per_day = {count}\n");
    std::fs::write(&path, text.replacen("[limits]\n", &limits, 1))
}

/// The police cover each question as it arrives; of two kinds a person then says something.
async fn answer(police: &Partner, kinds: &BTreeMap<DeliveryId, Kind>) -> Result<(), String> {
    let desk: Desk = "huiselijk-geweld".parse().map_err(told("desk"))?;
    let persons = police
        .acting_for(&[asking::named()])
        .map_err(told("person"))?;
    let mut inbox = police.receive(&desk, Vec::new());
    for _ in 0..kinds.len() {
        let opened = next(&mut inbox).await?;
        let question = police.question(&opened).await.map_err(told("question"))?;
        let question = question.ok_or("what arrived is no question")?;
        police.cover(&question).await.map_err(told("cover"))?;
        let said = match kinds.get(&question.id).ok_or("another's question")? {
            Kind::Unknown => Said::Unknown,
            Kind::Shielded => Said::Shielded,
            Kind::Silence => continue,
        };
        let decided = persons.answer(&question, &said, &asking::decider()).await;
        decided.map_err(told("answer"))?;
    }
    Ok(())
}

/// The next delivery of a stream.
async fn next(inbox: &mut Inbox) -> Result<Box<seinhuis_client::Opened>, String> {
    loop {
        match inbox.next().await.map_err(told("receive"))? {
            Item::Delivery(opened) => return Ok(opened),
            Item::Idle => {}
            other => return Err(format!("something else than an answer came: {other:?}")),
        }
    }
}

/// Microseconds after the tick at which the answers of each kind arrived, sorted.
async fn arrivals(
    care: &Partner,
    mut inbox: Inbox,
    tick: Millis,
    kinds: &BTreeMap<DeliveryId, Kind>,
) -> Result<BTreeMap<Kind, Vec<i64>>, String> {
    let left = tick.0.saturating_sub(SystemClock.now().0);
    let end = tokio::time::Instant::now() + Duration::from_millis(left) + PATIENCE;
    let mut arrived: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
    for number in 0..kinds.len() {
        let opened = tokio::time::timeout_at(end, next(&mut inbox)).await;
        let opened =
            opened.map_err(|_| format!("{number} of {} answers arrived", kinds.len()))??;
        let after = micros_after(tick)?;
        if number == 0 {
            progress("answers arrive");
        }
        let question = opened.answers.ok_or("what arrived is no answer")?;
        let kind = kinds
            .get(&question)
            .ok_or("an answer to another's question")?;
        arrived.entry(*kind).or_default().push(after);
        // At most sixteen are under way unacknowledged.
        let known = &Acknowledgement::Delivered;
        let done = care.acknowledge(&opened, known).await;
        done.map_err(told("acknowledge"))?;
    }
    for times in arrived.values_mut() {
        times.sort_unstable();
    }
    Ok(arrived)
}

fn micros_after(tick: Millis) -> Result<i64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_err(told("clock"))?.as_micros();
    let now = i64::try_from(now).map_err(told("clock"))?;
    let tick = i64::try_from(tick.0.saturating_mul(1_000)).map_err(told("clock"))?;
    Ok(now.saturating_sub(tick))
}

/// The largest distance between the distribution functions of two sorted samples (Kolmogorov and Smirnov), 0 to 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run are far below 2^52"
)]
fn distance(one: &[i64], other: &[i64]) -> f64 {
    let below = |sample: &[i64], at: i64| {
        let count = sample.partition_point(|found| *found <= at);
        count as f64 / sample.len().max(1) as f64
    };
    let steps = one.iter().chain(other);
    steps
        .map(|at| (below(one, *at) - below(other, *at)).abs())
        .fold(0.0, f64::max)
}

/// What two samples of one distribution exceed once in twenty times.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run are far below 2^52"
)]
fn once_in_twenty(one: usize, other: usize) -> f64 {
    let (one, other) = (one.max(1) as f64, other.max(1) as f64);
    1.358 * ((one + other) / (one * other)).sqrt()
}

fn table(count: usize, arrived: &BTreeMap<Kind, Vec<i64>>) -> String {
    let of = |kind: Kind| arrived.get(&kind).map_or(&[][..], Vec::as_slice);
    let at = |kind: Kind, percent: usize| {
        let times = of(kind);
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default() / 1_000
    };
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{count} questions of one tick; milliseconds after it\n"
    );
    let _ = writeln!(out, "| kind | answers | first | p50 | p99 | last |");
    let _ = writeln!(out, "|---|---|---|---|---|---|");
    for kind in Kind::ALL {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            kind.as_str(),
            of(kind).len(),
            at(kind, 0),
            at(kind, 50),
            at(kind, 99),
            at(kind, 100)
        );
    }
    let _ = writeln!(
        out,
        "\n| between | Kolmogorov-Smirnov distance | exceeded by chance once in twenty times |"
    );
    let _ = writeln!(out, "|---|---|---|");
    let [unknown, shielded, silence] = Kind::ALL;
    for (one, other) in [(unknown, shielded), (unknown, silence), (shielded, silence)] {
        let _ = writeln!(
            out,
            "| {} and {} | {:.3} | {:.3} |",
            one.as_str(),
            other.as_str(),
            distance(of(one), of(other)),
            once_in_twenty(of(one).len(), of(other).len())
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_none_of_the_same_and_whole_of_what_never_meets() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        near(distance(&[1, 2, 3, 4], &[1, 2, 3, 4]), 0.0);
        near(distance(&[1, 2, 3], &[4, 5, 6]), 1.0);
        near(distance(&[1, 2, 3, 4], &[3, 4, 5, 6]), 0.5);
        near(distance(&[1, 1, 1, 9], &[1, 9, 9, 9]), 0.5);
        near(once_in_twenty(100, 100), 1.358 * (0.02_f64).sqrt());
    }

    #[test]
    fn a_kind_that_comes_late_shows_in_the_table() {
        let sample = |from: i64| (0..100).map(|n| (from + n) * 1_000).collect::<Vec<_>>();
        let arrived = BTreeMap::from([
            (Kind::Unknown, sample(0)),
            (Kind::Shielded, sample(0)),
            (Kind::Silence, sample(80)),
        ]);
        let told = table(300, &arrived);
        assert!(
            told.contains("| unknown | 100 | 0 | 50 | 99 | 99 |"),
            "{told}"
        );
        assert!(
            told.contains("| silence | 100 | 80 | 130 | 179 | 179 |"),
            "{told}"
        );
        assert!(
            told.contains("| unknown and shielded | 0.000 | 0.192 |"),
            "{told}"
        );
        assert!(
            told.contains("| unknown and silence | 0.800 | 0.192 |"),
            "{told}"
        );
    }
}
