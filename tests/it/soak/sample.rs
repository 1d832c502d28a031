//! What is seen of the hub from outside: how long calls take, how large it is.

use crate::call::{Call, What};
use seinhuis_tests::Chain;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Times since the last row.
#[derive(Default)]
pub(super) struct Sample {
    publishes: Vec<Duration>,
    acknowledgements: Vec<Duration>,
}

impl Sample {
    pub(super) fn took(&mut self, call: &Call, time: Duration) {
        match call.what {
            What::Publish { .. } => self.publishes.push(time),
            What::Acknowledge(_) => self.acknowledgements.push(time),
        }
    }

    /// A row of the page: minute, calls, their times, resident memory and bytes on disk.
    pub(super) fn row(&mut self, chain: &Chain, hub: u32, elapsed: Duration) -> String {
        let data = chain.sandbox.root().join("hub/data");
        let row = format!(
            "| {} | {} | {} | {} | {} | {} MB | {} MB | {} MB |",
            elapsed.as_secs() / 60,
            self.publishes.len(),
            times(&mut self.publishes),
            self.acknowledgements.len(),
            times(&mut self.acknowledgements),
            resident(hub) / 1_000,
            size(&data.join("store")) / 1_000_000,
            size(&data.join("log")) / 1_000_000,
        );
        *self = Self::default();
        row
    }
}

/// Median and 99th percentile, in milliseconds.
fn times(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |percent: usize| {
        let found = times.get(times.len().saturating_sub(1) * percent / 100);
        found.copied().unwrap_or_default().as_millis()
    };
    format!("{} / {} ms", at(50), at(99))
}

/// Resident memory in kB.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            if path.is_dir() {
                size(&path)
            } else {
                // A partial tile may go while it is looked at.
                path.metadata().map_or(0, |meta| meta.len())
            }
        })
        .sum()
}
