//! Processor time of each process and thread, from `/proc`.
//!
//! Must not know: what the processes do.

use crate::told;
use seinhuis_tests::Chain;
use std::collections::BTreeMap;
use std::time::Instant;

/// Ticks a second in `/proc/<pid>/stat`; the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Processor seconds, by process and thread name.
type Times = BTreeMap<(&'static str, String), f64>;

/// A span being measured.
pub(crate) struct Processor {
    processes: Vec<(&'static str, u32)>,
    before: Times,
    begun: Instant,
}

/// Processor seconds per second of the span, by process and thread name.
pub(crate) struct Shares(pub(crate) Times);

impl Processor {
    /// Begins with hub, pseudonymiser and this process.
    pub(crate) fn start(chain: &Chain) -> Result<Self, String> {
        let mut processes = vec![("load generator", std::process::id())];
        processes.extend(chain.hub.as_ref().map(|hub| ("hub", hub.id())));
        processes.extend(
            chain
                .pseudonymiser
                .as_ref()
                .map(|other| ("pseudonymiser", other.id())),
        );
        let before = times(&processes)?;
        Ok(Self {
            processes,
            before,
            begun: Instant::now(),
        })
    }

    /// Ends.
    pub(crate) fn end(&self) -> Result<Shares, String> {
        let elapsed = self.begun.elapsed().as_secs_f64();
        let mut shares = times(&self.processes)?;
        for (key, time) in &mut shares {
            *time = (*time - self.before.get(key).copied().unwrap_or_default()) / elapsed;
        }
        Ok(Shares(shares))
    }
}

fn times(processes: &[(&'static str, u32)]) -> Result<Times, String> {
    let mut times = Times::new();
    for (name, id) in processes {
        let folder = format!("/proc/{id}/task");
        for entry in std::fs::read_dir(&folder).map_err(told(&folder))? {
            let path = entry.map_err(told(&folder))?.path().join("stat");
            // A thread may have ended since it was listed.
            let Ok(stat) = std::fs::read_to_string(&path) else {
                continue;
            };
            let Some((thread, ticks)) = read(&stat) else {
                continue;
            };
            *times.entry((name, thread)).or_default() += ticks / TICKS;
        }
    }
    Ok(times)
}

/// Name and ticks (user and system) of a thread.
fn read(stat: &str) -> Option<(String, f64)> {
    let (head, tail) = stat.rsplit_once(") ")?;
    let (_, thread) = head.split_once(" (")?;
    let mut fields = tail.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((thread.to_owned(), user + system))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_thread_with_spaces_in_its_name_is_read() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20";
        assert_eq!(super::read(stat), Some(("a b) c".to_owned(), 150.0)));
    }
}
