//! `seinhuis-bench`: measures the lines of `docs/benchmarks.md`, all in one run on one machine, the
//! load generator on the same cores. Started by `cargo xtask bench`.
//!
//! Owns: the load, the yardsticks beside it (echo, PostgreSQL, synced write, bare cryptography) and
//! the table it prints. Must not know: how the hub does what it is asked.

#![expect(clippy::disallowed_methods, reason = "measuring is reading the clock")]

mod crypto;
mod decide;
mod disk;
mod echo;
mod large;
mod live;
mod load;
mod postgres;
mod processor;
mod questions;
mod report;
mod signals;
mod stages;

use load::Load;
use processor::Processor;
use report::Report;
use seinhuis_tests::{Chain, Raw};
use std::process::ExitCode;
use tonic::transport::Channel;

/// Connections of the load.
const CONNECTIONS: usize = 5;
/// Calls under way on each.
const IN_FLIGHT: usize = 64;
/// Conversions a source may ask in a day: more than a run makes.
const BUDGET: u64 = 1_000_000_000;
/// Signals published and acknowledged under full load, without another number on the command line.
const SIGNALS: usize = 16_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["echo-server", root, port] => runtime().and_then(|r| r.block_on(echo::serve(root, port))),
        ["large", entries] => match entries.parse() {
            Ok(entries) => runtime().and_then(|r| r.block_on(large(entries))),
            Err(_) => Err(format!("`{entries}` is no number of entries")),
        },
        ["questions", count] => match count.parse() {
            Ok(count) => runtime().and_then(|r| r.block_on(questions(count))),
            Err(_) => Err(format!("`{count}` is no number of questions")),
        },
        ["stages", count, rate] => match (count.parse(), rate.parse()) {
            (Ok(count), Ok(rate)) => runtime().and_then(|r| r.block_on(stages(count, rate))),
            _ => Err("say `stages CALLS RATE`".to_owned()),
        },
        ["live", deliveries, entries, batches] => {
            match (deliveries.parse(), entries.parse(), *batches) {
                (Ok(deliveries), Ok(entries), "singly" | "grouped") => {
                    let plan = live::fill::Plan {
                        deliveries,
                        entries,
                        singly: *batches == "singly",
                    };
                    runtime().and_then(|r| r.block_on(live(plan)))
                }
                _ => Err("say `live DELIVERIES ENTRIES singly` or `grouped`".to_owned()),
            }
        }
        [] => runtime().and_then(|r| r.block_on(run(SIGNALS))),
        [signals] => match signals.parse() {
            Ok(signals) => runtime().and_then(|r| r.block_on(run(signals))),
            Err(_) => Err(format!("`{signals}` is no number of signals")),
        },
        _ => Err("say nothing, or a number of signals".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report::error(&message);
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("runtime: {e}"))
}

/// `what` before an error.
fn told<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}

/// The connections of the load, as a partner.
async fn connections(chain: &Chain, name: &str, port: u16) -> Result<Vec<Channel>, String> {
    let mut channels = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        channels.push(Raw::connect(&chain.sandbox, name, port).await?);
    }
    Ok(channels)
}

/// The large log.
async fn large(entries: u64) -> Result<(), String> {
    let told = Box::pin(large::measure(entries)).await?;
    report::say(&told);
    Ok(())
}

/// When answers arrive.
async fn questions(count: usize) -> Result<(), String> {
    let told = Box::pin(questions::measure(count)).await?;
    report::say(&told);
    Ok(())
}

/// Where the time of a call goes.
async fn stages(count: usize, rate: f64) -> Result<(), String> {
    let told = Box::pin(stages::measure(count, rate)).await?;
    report::say(&told);
    Ok(())
}

/// The hub with much that is live.
async fn live(plan: live::fill::Plan) -> Result<(), String> {
    let told = Box::pin(live::measure(plan)).await?;
    report::say(&told);
    Ok(())
}

/// Everything, in one run.
async fn run(signals: usize) -> Result<(), String> {
    let mut report = Report::new()?;
    let chain = Box::pin(Chain::start_with(signals::raise_budgets))
        .await
        .map_err(|e| e.to_string())?;
    report.synced_write(disk::synced_write(chain.sandbox.root())?);
    let decided = decide::measure()?;
    report.decision(&decided);

    report::progress("preparing signals");
    let light = signals / 4;
    let mut requests = signals::prepare(&chain, 2 * signals / 10 + signals + light).await?;
    let samples: Vec<_> = requests.iter().take(512).cloned().collect();

    let acknowledge = signals::acknowledgement(&[7; 16], seinhuis_proto::v1::AckState::Delivered);
    report.echo(echo::measure(&chain, &acknowledge).await?);

    report::progress("publish");
    let hub = connections(&chain, "politie", chain.sandbox.hub_port()).await?;
    let load = Load::new(hub, IN_FLIGHT);
    let warm = requests.split_off(requests.len() - 2 * signals / 10);
    load.closed(warm, signals::publish).await?;
    let slow = requests.split_off(signals);
    let processor = Processor::start(&chain)?;
    let published = load.closed(requests, signals::publish).await?;
    report.publish(&published, &processor.end()?);
    let tenth = published.rate() / 10.0;
    report.publish_light(&load.paced(slow, tenth, signals::publish).await?, tenth);

    report::progress("the cryptography of a publish, and nothing else");
    let parts = signals::parts_of_one(&chain, &load).await?;
    report.crypto(&crypto::measure(&chain, &samples, parts.clone())?);

    report::progress("receiving what is to be acknowledged");
    let ids = signals::receive_all(&chain, signals + 2 * signals / 10).await?;
    report::progress("acknowledge");
    let port = chain.sandbox.hub_port();
    let load = Load::new(connections(&chain, "veilig-thuis", port).await?, IN_FLIGHT);
    let delivered =
        |id: &[u8; 16]| signals::acknowledgement(id, seinhuis_proto::v1::AckState::Delivered);
    let (warm, rest) = ids.split_at(2 * signals / 10);
    load.closed(warm.iter().map(delivered).collect(), signals::acknowledge)
        .await?;
    let requests = rest.iter().map(delivered).collect();
    let processor = Processor::start(&chain)?;
    let acknowledged = load.closed(requests, signals::acknowledge).await?;
    report.acknowledge(&acknowledged, &processor.end()?);
    let opened = |id: &[u8; 16]| signals::acknowledgement(id, seinhuis_proto::v1::AckState::Opened);
    let tenth = acknowledged.rate() / 10.0;
    let slow = ids.iter().take(light).map(opened).collect();
    report.acknowledge_light(&load.paced(slow, tenth, signals::acknowledge).await?, tenth);

    report::progress("PostgreSQL");
    let last = ids.last().ok_or("nothing was received")?;
    let rows = signals::rows(&load, last, &parts).await?;
    report.echo(echo::measure(&chain, &acknowledge).await?);
    drop(chain);
    report.postgres(&postgres::measure(rows)?, rows);
    report.print()
}
