//! `serve --role hub`: reads what is configured, opens what is stored, serves until asked to end.

use crate::certificates::Files;
use crate::config::{self, HubConfig};
use crate::exit::{Exit, Failure};
use crate::log::{self, Gatherer, Opened};
use crate::reload::Reloader;
use crate::{keys, load, shutdown, stored};
use seinhuis_audit::AuditError;
use seinhuis_gateway::{
    Bounds, PartnerLimits, RemotePseudonymiser, ServeError, ServeSettings, serve_hub, serve_log,
};
use seinhuis_hub::{Directory, Hub, Parts, Rules};
use seinhuis_store::{Embedded, Limits};
use seinhuis_telemetry::{Counter, Counters, Gauge, LogForm};
use seinhuis_types::{Clock, SystemClock};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::error::Elapsed;

/// How many rows one sweep looks at, and how often.
pub(crate) const SWEEP_ROWS: usize = 4_096;
/// How far the log may be behind before the operator is told, in milliseconds.
const LAG_ALARM_MS: u64 = 5_000;
/// How far its witnesses may be behind before the operator is told.
const WITNESS_LAG_ALARM_MS: u64 = 60_000;
/// How long an end waits for the last checkpoint to be witnessed.
const LAST_WITNESSED: std::time::Duration = std::time::Duration::from_secs(3);
/// After how many sweeps it is looked what comes to an end: days before, an hour is soon enough.
const WARN_EVERY: u64 = 60;
pub(crate) const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// Serves until asked to end.
pub(crate) fn serve(path: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<HubConfig>(path)?;
    let form = if config.telemetry.json {
        LogForm::Json
    } else {
        LogForm::Text
    };
    seinhuis_telemetry::init(&config.telemetry.filter, form).map_err(Failure::config)?;
    harden();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Unavailable, e))?;
    let result = runtime.block_on(run(&config, &base));
    runtime.shutdown_timeout(shutdown::DRAIN);
    result
}

/// Secrets of a service do not go into a core dump unless the operator asks for one.
pub(crate) fn harden() {
    if let Err(error) =
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "the process stays dumpable");
    }
}

async fn run(config: &HubConfig, base: &Path) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (fatal, failed) = oneshot::channel();
    let store = Arc::new(open_store(config, base, fatal)?);
    let counters = Counters::default();
    let reloader = Reloader::start(files(config, base, clock), counters.clone())?;
    let (hub, opened) = build(
        config,
        base,
        Arc::clone(&store),
        &reloader,
        counters.clone(),
    )?;
    let (stop, stopped) = watch::channel(false);
    let Opened {
        log,
        publisher,
        mut gatherer,
    } = opened;
    if let Some(gatherer) = &mut gatherer {
        // Whoever was set back serves nobody. Too few answers: it asks on, and nothing is signed.
        gatherer.look().await.map_err(|error| log::failed(&error))?;
    }
    // It goes on until the last checkpoint of an orderly end is witnessed, and ends with the process.
    let mut gathering = tokio::spawn(gather(gatherer, std::future::pending()));
    let mut publishing = tokio::spawn(publisher.run(told(stopped.clone())));
    hub.start()
        .await
        .map_err(|e| Failure::new(Exit::Unavailable, format!("start: {e}")))?;
    let asked = shutdown::asked()?;
    let listener = listen(config.listen).await?;
    tracing::info!(address = %config.listen, "the hub serves");
    if let Some(https) = &config.log.https {
        let listener = listen(https.listen).await?;
        tracing::info!(address = %https.listen, "anyone may read the log");
        let (log, tls) = (Arc::clone(&log), reloader.public());
        tokio::spawn(serve_log(log, listener, tls, told(stopped.clone())));
    }
    let watched = Arc::clone(&hub);
    let settings = ServeSettings {
        tls: reloader.server(),
        limits: PartnerLimits {
            in_flight: config.limits.calls_in_flight,
            streams: config.limits.streams,
        },
        bounds: Bounds::default(),
        counters: counters.clone(),
    };
    let mut serving = tokio::spawn(serve_hub(hub, listener, settings, told(stopped.clone())));
    let sweeping = tokio::spawn(sweep(
        store,
        Arc::clone(&watched),
        counters.clone(),
        told(stopped.clone()),
    ));
    tokio::spawn(reloader.run(told(stopped.clone())));
    tokio::spawn(ticks(Arc::clone(&watched), told(stopped.clone())));
    tokio::spawn(watch_lag(watched, counters, told(stopped)));
    let outcome = tokio::select! {
        () = asked => Ok(()),
        reason = failed => Err(Failure::new(Exit::Write, reason.unwrap_or_default())),
        // Neither ends before it is asked to, unless it failed: without its log or its listener
        // the hub is of no use, and a restart reconciles.
        ended = &mut publishing => Err(published(ended)),
        ended = &mut serving => Err(served(ended)),
        ended = &mut gathering => Err(gathered(ended)),
    };
    let _ = stop.send(true);
    outcome?;
    let ended = tokio::time::timeout(shutdown::DRAIN, async {
        let served = serving.await;
        sweeping.await.ok();
        let published = publishing.await;
        if tokio::time::timeout(LAST_WITNESSED, log.wait_witnessed())
            .await
            .is_err()
        {
            tracing::warn!("the last checkpoint is not witnessed");
        }
        (served, published)
    });
    drained(ended.await)?;
    alarmed(gathering).await
}

/// How a task ended.
type Ended<E> = Result<Result<(), E>, JoinError>;

/// What came of the services that were asked to end: the serving and the publishing.
fn drained(ended: Result<(Ended<ServeError>, Ended<AuditError>), Elapsed>) -> Result<(), Failure> {
    match ended {
        Err(_) => tracing::warn!("calls under way were cut off"),
        Ok((Ok(Ok(())), Ok(Ok(())))) => {}
        Ok((Ok(Ok(())), ended)) => return Err(published(ended)),
        Ok((ended, _)) => return Err(served(ended)),
    }
    Ok(())
}

/// An alarm of a witness while the hub was ending is none the less one.
async fn alarmed(gathering: JoinHandle<Result<(), AuditError>>) -> Result<(), Failure> {
    if gathering.is_finished() {
        return Err(gathered(gathering.await));
    }
    Ok(())
}

/// Why publishing ended.
fn published(ended: Ended<AuditError>) -> Failure {
    let why = match ended {
        Ok(Ok(())) => "it ended by itself".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    Failure::new(
        Exit::Write,
        format!("publishing the log stopped: {why}; start again"),
    )
}

/// Has the log's witnesses asked, if it has any.
async fn gather(
    gatherer: Option<Gatherer>,
    end: impl Future<Output = ()>,
) -> Result<(), AuditError> {
    match gatherer {
        Some(gatherer) => gatherer.run(end).await,
        None => {
            end.await;
            Ok(())
        }
    }
}

/// Why asking the witnesses ended.
fn gathered(ended: Result<Result<(), AuditError>, JoinError>) -> Failure {
    match ended {
        Ok(Err(error)) => log::failed(&error),
        _ => Failure::new(
            Exit::Write,
            "asking the witnesses of the log stopped; start again",
        ),
    }
}

/// Why serving ended.
fn served(ended: Ended<ServeError>) -> Failure {
    let why = match ended {
        Ok(Ok(())) => "it ended by itself".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    Failure::new(
        Exit::Unavailable,
        format!("serving stopped: {why}; start again"),
    )
}

/// Resolves when the end is told.
async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Removes what is past its term, ends what is due, and gives held deliveries another try that could not be decided
/// when their suspension ended.
async fn sweep(
    store: Arc<Embedded>,
    hub: Arc<Hub<Embedded>>,
    counters: Counters,
    end: impl Future<Output = ()>,
) {
    use seinhuis_store::Store;
    tokio::pin!(end);
    for minute in 0u64.. {
        tokio::select! {
            () = &mut end => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        match store.sweep(SWEEP_ROWS).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "rows past their term are gone"),
            Err(error) => tracing::warn!(%error, "sweeping failed"),
        }
        if minute.is_multiple_of(WARN_EVERY) {
            warn(&hub, &counters).await;
        }
        let freed = hub.free_held(None).await;
        if freed > 0 {
            tracing::info!(freed, "held deliveries have a place again");
        }
        // One that failed at the start; one under way is not done twice, its steps see each other.
        if let Err(error) = hub.finish_erasures().await {
            tracing::error!(%error, "an erasure that was begun is not done");
        }
        match hub.pass_due(SWEEP_ROWS).await {
            Ok(passed) if passed.total() == 0 => {}
            Ok(passed) => tracing::info!(
                missed = passed.missed,
                ended = passed.ended,
                undelivered = passed.undelivered,
                failed = passed.failed,
                "deliveries were due"
            ),
            Err(error) => tracing::warn!(%error, "what is due stays so for now"),
        }
        match hub.pass_reviews(SWEEP_ROWS).await {
            Ok(0) => {}
            Ok(told) => tracing::warn!(told, "reviews of break-glass are late; officers were told"),
            Err(error) => tracing::warn!(%error, "reviews that are late stay untold for now"),
        }
    }
}

/// Lets leave what was lodged for questions whose tick has come. Ticks are whole minutes; it looks every
/// second, so that none is late by more.
async fn ticks(hub: Arc<Hub<Embedded>>, end: impl Future<Output = ()>) {
    tokio::pin!(end);
    let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            () = &mut end => return,
            _ = second.tick() => {}
        }
        match hub.pass_ticks(SWEEP_ROWS).await {
            Ok(ticked) if ticked.total() == 0 => {}
            Ok(ticked) => tracing::info!(
                left = ticked.left,
                not_collected = ticked.not_collected,
                failed = ticked.failed,
                "the tick of questions has come"
            ),
            Err(error) => tracing::warn!(%error, "questions whose tick has come stay for now"),
        }
    }
}

/// Gives partners the warnings that are due; the operator's log tells of each when it is given.
async fn warn(hub: &Hub<Embedded>, counters: &Counters) {
    match hub.pass_warnings().await {
        Ok(given) => {
            for kind in given {
                counters.count(Counter::Warning, kind.as_str_name());
            }
        }
        Err(error) => tracing::warn!(%error, "warnings that are due wait for the next pass"),
    }
}

/// Measures how far publishing is behind, and says so when it is too far; once a minute tells the
/// counters, for an operator who has nothing but the log.
async fn watch_lag(hub: Arc<Hub<Embedded>>, counters: Counters, end: impl Future<Output = ()>) {
    tokio::pin!(end);
    let mut tick = tokio::time::interval(std::time::Duration::from_secs(1));
    let mut told = String::new();
    let mut late = false;
    for second in 0u64.. {
        tokio::select! {
            () = &mut end => return,
            _ = tick.tick() => {}
        }
        let lag = hub.log().lag_ms(hub.now());
        counters.set(Gauge::LogLagMs, lag);
        if lag >= LAG_ALARM_MS {
            tracing::warn!(lag, "the log is behind; acts are refused at 60 seconds");
        }
        let behind = hub.log().witness_lag_ms(hub.now());
        counters.set(Gauge::WitnessLagMs, behind);
        if behind >= WITNESS_LAG_ALARM_MS && (!late || second.is_multiple_of(60)) {
            tracing::warn!(
                lag = behind,
                "no quorum of the log's witnesses has cosigned its checkpoints for a minute or more"
            );
        }
        late = behind >= WITNESS_LAG_ALARM_MS;
        if second.is_multiple_of(60) {
            let now = counters.render();
            if now != told {
                tracing::info!(counters = now.replace('\n', " "), "counted");
                told = now;
            }
        }
    }
}

/// Opens the stored data; a write of unknown outcome is told through `fatal`.
fn open_store(
    config: &HubConfig,
    base: &Path,
    fatal: oneshot::Sender<String>,
) -> Result<Embedded, Failure> {
    let folder = base.join(&config.data.folder).join("store");
    let engine = stored::engine(&folder, &config.data)?;
    Embedded::open(engine, SystemClock, Limits::default(), stored::tells(fatal))
        .map_err(|error| stored::failed(&folder, &error))
}

fn files(config: &HubConfig, base: &Path, clock: Arc<dyn Clock>) -> Files {
    Files {
        base: base.to_owned(),
        tls: config.tls.clone(),
        trust: config.trust.clone(),
        data: config.data.clone(),
        profile: config.tls_profile.into(),
        test_oins: config.test_oins,
        peer: Some(config.pseudonymiser.oin),
        clock,
    }
}

fn build(
    config: &HubConfig,
    base: &Path,
    store: Arc<Embedded>,
    reloader: &Reloader,
    counters: Counters,
) -> Result<(Arc<Hub<Embedded>>, Opened), Failure> {
    let rules = Rules {
        catalogue: load::catalogue(&base.join(&config.rules.catalogue))?,
        policy: load::policy(&base.join(&config.rules.policy))?,
    };
    let directory = directory(&base.join(&config.partners), &rules)?;
    config::keys_apart(base, &config.data, &[&config.keys])?;
    let keys = keys::hub(&base.join(&config.keys), &config.log.origin)?;
    let remote = RemotePseudonymiser::new(
        config.pseudonymiser.host.clone(),
        config.pseudonymiser.port,
        reloader.client(),
        Bounds::default().recheck,
    );
    let data = base.join(&config.data.folder);
    let (held, signer) = (Arc::clone(&store), keys.log);
    let opened = log::open(&config.log, base, &data, signer, held, reloader, counters)?;
    let question_shortest_ms = config.limits.question_shortest_ms(config.test_oins)?;
    let hub = Hub::new(Parts {
        store,
        log: Arc::clone(&opened.log),
        rules,
        directory,
        trust: reloader.signing(),
        origin: keys.origin,
        receipts: keys.receipt,
        wrapping: keys.wrapping,
        cursors: keys.cursors,
        transcryptor: keys.transcryptor,
        pseudonymiser: Arc::new(remote),
        epoch: config.key_epoch,
        conversion_budget: config.limits.conversions_per_day,
        question_budget: config.limits.questions_per_day,
        question_shortest_ms,
        test_oins: config.test_oins,
    });
    Ok((Arc::new(hub), opened))
}

/// The directory in a `partners.toml`.
pub(crate) fn directory(path: &Path, rules: &Rules) -> Result<Directory, Failure> {
    let text = load::text(path)?;
    let catalogue = &rules.catalogue;
    Directory::parse(
        &text,
        |role| catalogue.role(role).is_some(),
        |region| catalogue.region(region).is_some(),
    )
    .map_err(|e| Failure::config(format!("{}:{e}", path.display())))
}

/// Takes the port, or says who to ask.
pub(crate) async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        Failure::new(
            Exit::Unavailable,
            format!("listen on {address}: {e}; is another process using the port?"),
        )
    })
}
