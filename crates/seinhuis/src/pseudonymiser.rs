//! `serve --role pseudonymiser`: the other half of every conversion, in a process of its own.

use crate::certificates::Files;
use crate::config::{self, PseudonymiserConfig};
use crate::exit::{Exit, Failure};
use crate::hub::{SWEEP_EVERY, SWEEP_ROWS, harden, listen};
use crate::reload::Reloader;
use crate::{keys, shutdown, stored};
use seinhuis_gateway::{Bounds, PartnerLimits, ServeSettings, serve_pseudonymiser};
use seinhuis_hub::{Pseudonymiser, Statements};
use seinhuis_store::{ConversionLedger, Limits};
use seinhuis_telemetry::{Counters, LogForm};
use seinhuis_types::{Clock, SystemClock};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Serves until asked to end.
pub(crate) fn serve(path: &Path) -> Result<(), Failure> {
    let (config, base) = config::read::<PseudonymiserConfig>(path)?;
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

async fn run(config: &PseudonymiserConfig, base: &Path) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (fatal, failed) = oneshot::channel();
    let ledger = open_ledger(config, base, fatal)?;
    config::keys_apart(base, &config.data, &[&config.keys])?;
    let counters = Counters::default();
    let files = Files {
        base: base.to_owned(),
        tls: config.tls.clone(),
        trust: config.trust.clone(),
        data: config.data.clone(),
        profile: config.tls_profile.into(),
        test_oins: config.test_oins,
        peer: None,
        clock: Arc::clone(&clock),
    };
    let reloader = Reloader::start(files, counters.clone())?;
    let service = Pseudonymiser {
        transcryptor: keys::transcryptor(&base.join(&config.keys))?,
        trust: reloader.signing(),
        statements: Statements::default(),
        ledger,
        budget: config.conversions_per_day,
        epoch: config.key_epoch,
        hub: config.hub_oin,
        clock,
    };
    let asked = shutdown::asked()?;
    let listener = listen(config.listen).await?;
    tracing::info!(address = %config.listen, "the pseudonymiser serves");
    let settings = ServeSettings {
        tls: reloader.server(),
        limits: PartnerLimits::default(),
        bounds: Bounds::default(),
        counters,
    };
    let service = Arc::new(service);
    let sweeping = tokio::spawn(sweep(Arc::clone(&service)));
    let reloading = tokio::spawn(reloader.run(std::future::pending()));
    let (stop, stopped) = oneshot::channel();
    let end = async move {
        // An error means that the sender is gone, which is an end too.
        let _ = stopped.await;
    };
    let serving = tokio::spawn(serve_pseudonymiser(service, listener, settings, end));
    tokio::select! {
        () = asked => {}
        reason = failed => return Err(Failure::new(Exit::Write, reason.unwrap_or_default())),
    }
    let _: Result<(), ()> = stop.send(());
    sweeping.abort();
    reloading.abort();
    match tokio::time::timeout(shutdown::DRAIN, serving).await {
        Ok(Ok(Err(error))) => Err(Failure::new(Exit::Unavailable, error)),
        _ => Ok(()),
    }
}

/// Forgets requests and budgets past their term, until the service ends.
async fn sweep(service: Arc<Pseudonymiser>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match service.ledger.sweep(SWEEP_ROWS).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "rows past their term are gone"),
            Err(error) => tracing::warn!(%error, "sweeping failed"),
        }
    }
}

fn open_ledger(
    config: &PseudonymiserConfig,
    base: &Path,
    fatal: oneshot::Sender<String>,
) -> Result<ConversionLedger, Failure> {
    let folder = base.join(&config.data.folder);
    let engine = stored::engine(&folder, &config.data)?;
    ConversionLedger::open(engine, SystemClock, Limits::default(), stored::tells(fatal))
        .map_err(|error| stored::failed(&folder, &error))
}
