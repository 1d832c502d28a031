//! What was measured, as a table.
//!
//! Owns: aims (docs/benchmarks.md), ratios, the output. Must not know: how anything was measured.

use crate::crypto::Rates as Crypto;
use crate::decide::Decided;
use crate::load::Sample;
use crate::postgres::{Rates as Postgres, Rows};
use crate::processor::Shares;
use crate::told;
use std::fmt::Write as _;
use std::time::Duration;

/// Everything measured in one run.
#[derive(Default)]
pub(crate) struct Report {
    text: String,
    echo: Vec<f64>,
    synced_write: Duration,
    publish: f64,
    publish_p99: Duration,
    acknowledge: f64,
    acknowledge_p99: Duration,
    crypto: f64,
    /// The cryptography of one publish on one core.
    one_publish: Duration,
    postgres: f64,
}

/// Tells what is being done.
#[expect(
    clippy::print_stderr,
    reason = "whoever waits for a measurement wants to see it move"
)]
pub(crate) fn progress(what: &str) {
    eprintln!("measuring: {what}");
}

/// Tells what was measured.
#[expect(clippy::print_stdout, reason = "the result is read by a person")]
pub(crate) fn say(what: &str) {
    println!("{what}");
}

/// Tells why it failed.
#[expect(clippy::print_stderr, reason = "the reason of a failure")]
pub(crate) fn error(message: &str) {
    eprintln!("seinhuis-bench: {message}");
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

/// The one-minute load average.
fn load_average() -> Result<String, String> {
    let text = std::fs::read_to_string("/proc/loadavg").map_err(told("load average"))?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

impl Report {
    pub(crate) fn new() -> Result<Self, String> {
        let mut report = Self::default();
        report.line(&format!("load average before: {}", load_average()?));
        Ok(report)
    }

    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{line}");
    }

    pub(crate) fn echo(&mut self, rate: f64) {
        self.echo.push(rate);
        self.line(&format!("echo: {rate:.0} calls/s"));
    }

    pub(crate) fn synced_write(&mut self, span: Duration) {
        self.synced_write = span;
        self.line(&format!(
            "synced write of 4 KiB, p50: {:.0} us",
            micros(span)
        ));
    }

    pub(crate) fn decision(&mut self, decided: &Decided) {
        let (permit, refusal) = (micros(decided.permit), micros(decided.refusal));
        self.line(&format!(
            "decision, p50: permit {permit:.1} us, refusal {refusal:.1} us"
        ));
    }

    pub(crate) fn publish(&mut self, sample: &Sample, shares: &Shares) {
        self.publish = sample.rate();
        self.loaded("publish", sample, shares);
    }

    pub(crate) fn acknowledge(&mut self, sample: &Sample, shares: &Shares) {
        self.acknowledge = sample.rate();
        self.loaded("acknowledge", sample, shares);
    }

    fn loaded(&mut self, what: &str, sample: &Sample, Shares(shares): &Shares) {
        let rate = sample.rate();
        let (calls, seconds) = (sample.calls(), sample.elapsed.as_secs_f64());
        self.line(&format!(
            "{what}: {rate:.0} calls/s ({calls} calls in {seconds:.2} s)"
        ));
        let [p50, p99] = [50, 99].map(|percent| micros(sample.percentile(percent)) / 1e3);
        self.line(&format!("  latency: p50 {p50:.1} ms, p99 {p99:.1} ms"));
        for ((process, thread), share) in shares {
            if *share >= 0.01 {
                self.line(&format!("  {process} / {thread}: {share:.2} cores"));
            }
        }
    }

    pub(crate) fn publish_light(&mut self, sample: &Sample, rate: f64) {
        self.publish_p99 = sample.percentile(99);
        self.light("publish", sample, rate);
    }

    pub(crate) fn acknowledge_light(&mut self, sample: &Sample, rate: f64) {
        self.acknowledge_p99 = sample.percentile(99);
        self.light("acknowledge", sample, rate);
    }

    fn light(&mut self, what: &str, sample: &Sample, rate: f64) {
        let [p50, p99] = [50, 99].map(|percent| micros(sample.percentile(percent)));
        let (calls, actual) = (sample.calls(), sample.rate());
        self.line(&format!(
            "{what} at a tenth ({rate:.0}/s asked, {actual:.0}/s made, {calls} calls): \
             p50 {p50:.0} us, p99 {p99:.0} us"
        ));
    }

    pub(crate) fn crypto(&mut self, rates: &Crypto) {
        self.crypto = rates.publishes;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = u32::try_from(cores).unwrap_or(1);
        self.one_publish = Duration::from_secs_f64(f64::from(cores) / rates.publishes.max(1.0));
        self.line(&format!(
            "mandatory cryptography: {:.0} publishes/s",
            rates.publishes
        ));
        self.line(&format!(
            "  with both key statements verified each time: {:.0} publishes/s",
            rates.with_statements
        ));
        for (what, span) in [
            ("hash manifest and verify ES256", rates.verify),
            ("verify a key statement", rates.statement),
            ("one half of a conversion", rates.convert),
            ("sign a receipt", rates.sign),
            ("seal five parts", rates.seal),
        ] {
            self.line(&format!("  {what}: {:.0} us", micros(span)));
        }
    }

    pub(crate) fn postgres(&mut self, rates: &Postgres, rows: Rows) {
        self.postgres = rates.clients_64;
        self.line(&format!(
            "PostgreSQL, rows of {} and {} bytes: {:.0} tx/s of 64 clients, {:.0} of 320",
            rows.entry, rows.delivery, rates.clients_64, rates.clients_320
        ));
    }

    /// Prints everything, and the ratios.
    #[expect(clippy::print_stdout, reason = "the result is read by a person")]
    pub(crate) fn print(&mut self) -> Result<(), String> {
        self.line(&format!("load average after: {}", load_average()?));
        let echo = self.echo.iter().copied().fold(0.0, f64::max);
        let p99 = |crypto: Duration| 4 * self.synced_write + Duration::from_millis(1) + crypto;
        println!("{}", self.text);
        println!("| what | aim | measured | ratio |");
        println!("|---|---|---|---|");
        let row = |what: &str, aim: &str, measured: String, ratio: f64| {
            println!("| {what} | {aim} | {measured} | {ratio:.2} |");
        };
        let acknowledge = format!("{:.0} of {echo:.0} calls/s", self.acknowledge);
        row(
            "acknowledge / echo",
            "≥ 0.40",
            acknowledge,
            self.acknowledge / echo,
        );
        let acknowledge = format!("{:.0} of {:.0} tx/s", self.acknowledge, self.postgres);
        row(
            "acknowledge / PostgreSQL",
            "≥ 2",
            acknowledge,
            self.acknowledge / self.postgres,
        );
        let publish = format!("{:.0} of {:.0}/s", self.publish, self.crypto);
        row(
            "publish / its cryptography",
            "≥ 0.65",
            publish,
            self.publish / self.crypto,
        );
        for (what, measured, most) in [
            (
                "acknowledge, p99 at a tenth",
                self.acknowledge_p99,
                p99(Duration::ZERO),
            ),
            (
                "publish, p99 at a tenth",
                self.publish_p99,
                p99(self.one_publish),
            ),
        ] {
            let told = format!("{:.0} us", micros(measured));
            let aim = format!("≤ {:.0} us", micros(most));
            row(
                what,
                &aim,
                told,
                measured.as_secs_f64() / most.as_secs_f64(),
            );
        }
        Ok(())
    }
}
