//! The load: a number of connections with a number of calls under way on each, or calls at a pace.
//!
//! Owns: when a call is made, and how long it took. Must not know: what is called.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// Connections, and how many calls go on each at a time.
pub(crate) struct Load {
    channels: Vec<Channel>,
    in_flight: usize,
}

/// What came of a load. Every call succeeded.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// From the first call to the last reply.
    pub(crate) elapsed: Duration,
    /// Of each call, sorted.
    latencies: Vec<Duration>,
}

impl Sample {
    fn new(elapsed: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self { elapsed, latencies }
    }

    /// How many calls.
    pub(crate) fn calls(&self) -> usize {
        self.latencies.len()
    }

    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.calls(), self.elapsed)
    }

    /// The latency that `percent` of the calls did not pass.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        percentile(&self.latencies, percent)
    }
}

/// `count` in `elapsed`, a second.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run are far below 2^52"
)]
pub(crate) fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

/// Of sorted values, the one that `percent` of them do not pass.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

impl Load {
    pub(crate) fn new(channels: Vec<Channel>, in_flight: usize) -> Self {
        Self {
            channels,
            in_flight,
        }
    }

    /// One of the connections.
    pub(crate) fn channel(&self) -> Result<Channel, String> {
        self.channels
            .first()
            .cloned()
            .ok_or_else(|| "no connection".to_owned())
    }

    /// Makes every call of `requests`, each worker its next one as soon as its last one was
    /// answered.
    pub(crate) async fn closed<R, F>(
        &self,
        requests: Vec<R>,
        call: fn(Channel, R) -> F,
    ) -> Result<Sample, String>
    where
        R: Send + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let requests = Arc::new(Mutex::new(requests.into_iter()));
        let mut workers = JoinSet::new();
        let start = Instant::now();
        for channel in &self.channels {
            for _ in 0..self.in_flight {
                let (channel, requests) = (channel.clone(), Arc::clone(&requests));
                workers.spawn(async move {
                    let mut latencies = Vec::new();
                    loop {
                        let next = requests
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .next();
                        let Some(request) = next else {
                            return Ok::<_, String>(latencies);
                        };
                        let begun = Instant::now();
                        call(channel.clone(), request).await?;
                        latencies.push(begun.elapsed());
                    }
                });
            }
        }
        let mut latencies = Vec::new();
        while let Some(done) = workers.join_next().await {
            latencies.extend(done.map_err(|e| e.to_string())??);
        }
        Ok(Sample::new(start.elapsed(), latencies))
    }

    /// Makes the calls of `requests` at `rate` a second, whether or not earlier ones were answered.
    /// Latencies count from when a call was made: the timer wakes to the millisecond only.
    pub(crate) async fn paced<R, F>(
        &self,
        requests: Vec<R>,
        rate: f64,
        call: fn(Channel, R) -> F,
    ) -> Result<Sample, String>
    where
        R: Send + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let gap = Duration::from_secs_f64(1.0 / rate.max(1.0));
        let mut calls = JoinSet::new();
        let start = Instant::now();
        let mut due = start;
        for (request, channel) in requests.into_iter().zip(self.channels.iter().cycle()) {
            tokio::time::sleep_until(due.into()).await;
            due += gap;
            let channel = channel.clone();
            calls.spawn(async move {
                let begun = Instant::now();
                call(channel, request).await.map(|()| begun.elapsed())
            });
        }
        let mut latencies = Vec::new();
        while let Some(done) = calls.join_next().await {
            latencies.push(done.map_err(|e| e.to_string())??);
        }
        Ok(Sample::new(start.elapsed(), latencies))
    }
}
