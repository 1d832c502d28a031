//! A hub with much that is live: how much memory it takes, and how long a start after a kill.
//!
//! Owns: what is measured of it. Must not know: how its data came there (`fill`).

pub(crate) mod fill;

use crate::load::Load;
use crate::report::progress;
use crate::{IN_FLIGHT, connections, signals, told};
use fill::Plan;
use seinhuis_proto::v1::{AckState, PublishRequest};
use seinhuis_tests::{Chain, Raw};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Publishes and acknowledgements of the traffic, each.
const TRAFFIC: usize = 4_000;
/// Kills, each with a start after it.
const KILLS: usize = 3;
/// The aims of docs/benchmarks.md: resident memory in kB, and the start.
const RESIDENT: u64 = 400_000;
const START: Duration = Duration::from_secs(3);

/// Fills a hub by `plan` and measures it.
pub(crate) async fn measure(plan: Plan) -> Result<String, String> {
    let mut chain = Box::pin(Chain::start_with(signals::raise_budgets))
        .await
        .map_err(|e| e.to_string())?;
    let mut requests = signals::prepare(&chain, TRAFFIC + KILLS + 3).await?;
    let first = requests.pop().ok_or("nothing was prepared")?;
    let second = requests.pop().ok_or("nothing was prepared")?;
    let port = chain.sandbox.hub_port();
    for request in [&second, &first] {
        let channel = Raw::connect(&chain.sandbox, "politie", port).await?;
        signals::publish(channel, request.clone()).await?;
    }
    let ids = signals::receive_all(&chain, 1).await?;
    acknowledge(&chain, &ids).await?;
    let begun = Instant::now();
    fill::fill(&mut chain, &second, plan).await?;
    let data = chain.sandbox.root().join("hub/data");
    let mut out = String::new();
    line(
        &mut out,
        &format!(
            "filled: {} live deliveries, {} entries, {}; {:.0} s; store {} MB, log {} MB",
            plan.deliveries,
            plan.entries,
            if plan.singly {
                "one a batch"
            } else {
                "256 a batch"
            },
            begun.elapsed().as_secs_f64(),
            crate::large::bytes_in(&data.join("store"))? / 1_000_000,
            crate::large::bytes_in(&data.join("log"))? / 1_000_000,
        ),
    );
    progress("the first start");
    // All of it was written since the store was opened last: the longest a start can be.
    start(
        &mut out,
        &mut chain,
        &mut requests,
        "all written since the last start",
    )
    .await?;
    memory(&mut out, &chain, "after the start")?;
    progress("traffic");
    traffic(&chain, requests.split_off(KILLS)).await?;
    memory(&mut out, &chain, "after publishes and acknowledgements")?;
    for _ in 0..KILLS {
        progress("kill and start");
        let mut hub = chain.hub.take().ok_or("no hub")?;
        hub.kill().map_err(told("kill"))?;
        start(&mut out, &mut chain, &mut requests, "killed").await?;
    }
    memory(&mut out, &chain, "after the last start")?;
    Ok(out)
}

fn line(out: &mut String, text: &str) {
    progress(text);
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

/// Starts the hub; tells when its port was open and when it had answered a publish.
async fn start(
    out: &mut String,
    chain: &mut Chain,
    requests: &mut Vec<PublishRequest>,
    what: &str,
) -> Result<(), String> {
    let request = requests.pop().ok_or("nothing was prepared")?;
    let begun = Instant::now();
    chain.hub = Some(chain.sandbox.start_hub().map_err(|e| e.to_string())?);
    let open = begun.elapsed();
    let channel = Raw::connect(&chain.sandbox, "politie", chain.sandbox.hub_port()).await?;
    signals::publish(channel, request).await?;
    let answered = begun.elapsed();
    line(
        out,
        &format!(
            "start, {what}: port open after {:.2} s, a publish answered after {:.2} s; {:.2} of the aim of {} s",
            open.as_secs_f64(),
            answered.as_secs_f64(),
            answered.as_secs_f64() / START.as_secs_f64(),
            START.as_secs(),
        ),
    );
    Ok(())
}

async fn traffic(chain: &Chain, requests: Vec<PublishRequest>) -> Result<(), String> {
    let port = chain.sandbox.hub_port();
    let load = Load::new(connections(chain, "politie", port).await?, IN_FLIGHT);
    load.closed(requests, signals::publish).await?;
    let ids = signals::receive_all(chain, TRAFFIC).await?;
    acknowledge(chain, &ids).await
}

async fn acknowledge(chain: &Chain, ids: &[[u8; 16]]) -> Result<(), String> {
    let port = chain.sandbox.hub_port();
    let load = Load::new(connections(chain, "veilig-thuis", port).await?, IN_FLIGHT);
    let made = ids
        .iter()
        .map(|id| signals::acknowledgement(id, AckState::Delivered));
    load.closed(made.collect(), signals::acknowledge).await?;
    Ok(())
}

/// Resident memory of the hub, now and at most.
fn memory(out: &mut String, chain: &Chain, when: &str) -> Result<(), String> {
    let hub = chain.hub.as_ref().ok_or("no hub")?.id();
    let path = Path::new("/proc").join(hub.to_string()).join("status");
    let status = std::fs::read_to_string(path).map_err(told("status"))?;
    let of = |name: &str| -> Result<u64, String> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| format!("no {name}"))
    };
    let (now, most) = (of("VmRSS:")?, of("VmHWM:")?);
    line(
        out,
        &format!(
            "resident {when}: {} MB, at most {} MB; {} % of the aim of {} MB",
            now / 1_000,
            most / 1_000,
            most * 100 / RESIDENT,
            RESIDENT / 1_000,
        ),
    );
    Ok(())
}
