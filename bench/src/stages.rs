//! Where the time of a call goes under light load: the services' own spans, read from their logs.
//!
//! Owns: the load, and the table of stages. Must not know: what a stage does.

use crate::load::{Load, Sample, percentile};
use crate::report::progress;
use crate::{IN_FLIGHT, connections, disk, signals, told};
use seinhuis_proto::v1::AckState;
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_tests::Chain;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// Calls before those that count.
const WARM: usize = 500;
/// How the services are asked to tell the times of their stages.
const FILTER: &str = "\n[telemetry]\nfilter = \"info,seinhuis::stage=trace\"\n";
/// What ends the line of a stage.
const CLOSED: &str = ": seinhuis::stage: close ";

/// Publishes `count` signals at `rate` a second, and acknowledges them at three times that.
pub(crate) async fn measure(count: usize, rate: f64) -> Result<String, String> {
    let chain = Box::pin(Chain::start_with(|sandbox| {
        signals::raise_budgets(sandbox)?;
        tell_stages(sandbox)
    }))
    .await
    .map_err(|e| e.to_string())?;
    let write = disk::synced_write(chain.sandbox.root())?;
    let mut requests = signals::prepare(&chain, WARM + count).await?;
    let port = chain.sandbox.hub_port();
    let load = Load::new(connections(&chain, "politie", port).await?, IN_FLIGHT);
    load.closed(requests.split_off(count), signals::publish)
        .await?;
    let logs =
        ["hub", "pseudonymiser"].map(|role| chain.sandbox.root().join(role).join("service.log"));
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "synced write of 4 KiB, p50: {} us", write.as_micros());
    progress("publish");
    let from = lengths(&logs)?;
    let sample = load.paced(requests, rate, signals::publish).await?;
    tell(&mut out, "publish", rate, &sample, &stages(&logs, &from)?);
    let ids = signals::receive_all(&chain, WARM + count).await?;
    let load = Load::new(connections(&chain, "veilig-thuis", port).await?, IN_FLIGHT);
    let mut requests: Vec<_> = ids
        .iter()
        .map(|id| signals::acknowledgement(id, AckState::Delivered))
        .collect();
    load.closed(requests.split_off(count), signals::acknowledge)
        .await?;
    progress("acknowledge");
    let from = lengths(&logs)?;
    let rate = 3.0 * rate;
    let sample = load.paced(requests, rate, signals::acknowledge).await?;
    tell(
        &mut out,
        "acknowledge",
        rate,
        &sample,
        &stages(&logs, &from)?,
    );
    Ok(out)
}

/// Has both services tell how long their stages take.
fn tell_stages(sandbox: &Sandbox) -> std::io::Result<()> {
    let pseudonymiser = sandbox.root().join("pseudonymiser/pseudonymiser.toml");
    for path in [sandbox.hub_config(), pseudonymiser] {
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("{text}{FILTER}"))?;
    }
    Ok(())
}

fn lengths(logs: &[PathBuf; 2]) -> Result<[usize; 2], String> {
    let mut lengths = [0; 2];
    for (length, log) in lengths.iter_mut().zip(logs) {
        *length = std::fs::read(log).map_err(told("log"))?.len();
    }
    Ok(lengths)
}

/// Times of each stage, in all and of those waited, since the logs had these lengths.
type Stages = BTreeMap<String, (Vec<Duration>, Vec<Duration>)>;

fn stages(logs: &[PathBuf; 2], from: &[usize; 2]) -> Result<Stages, String> {
    let mut stages = Stages::new();
    for (log, from) in logs.iter().zip(from) {
        let bytes = std::fs::read(log).map_err(told("log"))?;
        let text = String::from_utf8_lossy(bytes.get(*from..).unwrap_or_default());
        for (stage, busy, idle) in text.lines().filter_map(closed) {
            let (all, waited) = stages.entry(stage.to_owned()).or_default();
            all.push(busy + idle);
            waited.push(idle);
        }
    }
    Ok(stages)
}

/// Name, time at work and time waited of a stage, from a line of a log.
fn closed(line: &str) -> Option<(&str, Duration, Duration)> {
    let (scope, times) = line.split_once(CLOSED)?;
    let (_, scope) = scope.split_once("TRACE ")?;
    let stage = scope.rsplit(':').next()?.trim();
    let mut times = times.split(' ');
    let busy = span(times.next()?.strip_prefix("time.busy=")?)?;
    let idle = span(times.next()?.strip_prefix("time.idle=")?)?;
    Some((stage, busy, idle))
}

/// A span of time as `tracing` writes it.
fn span(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit {
        "ns" => 1e-9,
        "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    number
        .parse::<f64>()
        .ok()
        .map(|number| Duration::from_secs_f64(number * unit))
}

fn tell(out: &mut String, what: &str, rate: f64, sample: &Sample, stages: &Stages) {
    let at = |percent| sample.percentile(percent).as_micros();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "\n{what}, {rate:.0} a second: p50 {} us, p90 {} us, p99 {} us ({} calls)\n\n\
         | stage | times | p50 | p90 | p99 | of p50 waited |\n|---|---|---|---|---|---|",
        at(50),
        at(90),
        at(99),
        sample.calls(),
    );
    for (stage, (all, waited)) in stages {
        let (mut all, mut waited) = (all.clone(), waited.clone());
        all.sort_unstable();
        waited.sort_unstable();
        let of = |times: &[Duration], percent| percentile(times, percent).as_micros();
        let _ = writeln!(
            out,
            "| {stage} | {} | {} us | {} us | {} us | {} us |",
            all.len(),
            of(&all, 50),
            of(&all, 90),
            of(&all, 99),
            of(&waited, 50),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_stage_is_read_and_others_are_not() {
        let line = "2026-11-22T13:00:00.000001Z TRACE publish:publish commit: seinhuis::stage: close \
                    time.busy=12.5µs time.idle=1.20ms";
        assert_eq!(
            closed(line),
            Some((
                "publish commit",
                Duration::from_nanos(12_500),
                Duration::from_micros(1_200)
            ))
        );
        assert_eq!(
            closed("2026-11-22T13:00:00Z  INFO seinhuis: the hub serves"),
            None
        );
    }
}
