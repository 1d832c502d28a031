//! `witness`: a server that cosigns the hub's checkpoints (C2SP tlog-witness), and the making of its
//! key.
//!
//! Owns: the command line, and the end of the server. Must not know: when a checkpoint is cosigned.

mod judge;
mod key;
mod server;
mod state;

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use clap::{Args, Subcommand};
use seinhuis_client::PartnerConfig;
use seinhuis_identity::tls::{Profile, ServerConfig, TlsCredentials, TlsSettings};
use seinhuis_identity::{IdentityError, TestOins, TrustAnchors};
use seinhuis_merkle::NoteVerifier;
use seinhuis_types::SystemClock;
use serde_json::json;
use server::Server;
use state::State;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Witness {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Address to answer at. Without a certificate this is plain HTTP, and of this machine only: put a
    /// TLS proxy before it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7080")]
    listen: SocketAddr,
    /// A server certificate for the address others call, leaf first, PEM: then it speaks TLS 1.3 and
    /// may listen at any address.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_chain: Option<PathBuf>,
    /// Its private key, PKCS#8 PEM, mode 0600.
    #[arg(long, value_name = "FILE", requires = "tls_chain")]
    tls_key: Option<PathBuf>,
    /// What was cosigned. Never put back from a backup.
    #[arg(long, value_name = "FOLDER", required = true)]
    state: Option<PathBuf>,
    /// The witness's key, as `witness keygen` made it.
    #[arg(long, value_name = "FILE", required = true)]
    key: Option<PathBuf>,
    /// The key of one more log to be a witness of, beside the configured one.
    #[arg(long, value_name = "VKEY")]
    log: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make the witness's key and show the public half (vkey), for the hub's policy.
    Keygen(key::Keygen),
}

pub(crate) async fn run(args: Witness, setup: &Setup) -> Result<(), Failure> {
    if let Some(Verb::Keygen(args)) = args.verb {
        return key::generate(&args, setup);
    }
    let (Some(folder), Some(key)) = (args.state, args.key) else {
        return Err(Failure::Usage("--state and --key are needed".to_owned()));
    };
    let tls = args.tls_chain.as_deref().zip(args.tls_key.as_deref());
    if tls.is_none() && !args.listen.ip().is_loopback() {
        return Err(Failure::mended(
            format!(
                "--listen: `{}` is not an address of this machine alone",
                args.listen
            ),
            "give --tls-chain and --tls-key, or listen at 127.0.0.1 or [::1] and put a TLS proxy before \
             it: without a certificate the witness speaks plain HTTP",
        ));
    }
    let config = setup.config()?;
    let tls = tls
        .map(|(chain, key)| server_tls(&config, chain, key))
        .transpose()?;
    let logs = logs(&config.log.vkey, &args.log)?;
    let names: Vec<String> = logs.iter().map(|log| log.name().to_string()).collect();
    let cosigner = key::load(&key)?;
    let vkey = cosigner.verifier().to_string();
    let state = State::open(&folder, cosigner, logs)?;
    let unable = |error| Failure::invalid(format!("cannot listen at `{}`: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(unable)?;
    let address = listener.local_addr().map_err(unable)?.to_string();
    let spoken = if tls.is_some() { "https" } else { "http" };
    let document = json!({
        "listening": address,
        "scheme": spoken,
        "vkey": vkey,
        "logs": names,
    });
    setup.out.show(&document, || {
        out::facts(&[
            ("listening", format!("{spoken}://{address}")),
            ("vkey", vkey.clone()),
            ("logs", names.join(" ")),
        ])
    })?;
    let server = Server::new(state);
    tokio::select! {
        failure = server.serve(listener, tls) => Err(failure),
        ended = interrupted() => ended,
    }
}

/// TLS 1.3 as the profile `goed` has it, with no certificate asked of callers: what is asked for
/// counts by the log's signature.
fn server_tls(
    config: &PartnerConfig,
    chain: &Path,
    key: &Path,
) -> Result<Arc<ServerConfig>, Failure> {
    let told = |error: IdentityError| {
        Failure::invalid(format!("--tls-chain `{}`: {error}", chain.display()))
    };
    let credentials = TlsCredentials::load(chain, key).map_err(told)?;
    credentials.check(Setup::now()).map_err(told)?;
    let test_oins = if config.test_oins {
        TestOins::Allowed
    } else {
        TestOins::Refused
    };
    let anchors = TrustAnchors::load(&config.tls.roots, &config.tls.crls, test_oins);
    let anchors = Arc::new(anchors.map_err(|error| Failure::invalid(error.to_string()))?);
    let clock = Arc::new(SystemClock);
    let settings = TlsSettings::public(Profile::Goed, credentials, anchors, clock);
    Ok(settings.map_err(told)?.config())
}

/// The logs to be a witness of: the configured one and those named beside it, each once.
fn logs(configured: &str, more: &[String]) -> Result<Vec<NoteVerifier>, Failure> {
    let mut logs: Vec<NoteVerifier> = Vec::new();
    for text in std::iter::once(configured).chain(more.iter().map(String::as_str)) {
        let log = NoteVerifier::parse(text)
            .map_err(|error| Failure::invalid(format!("log key: {error}")))?;
        if logs.iter().any(|other| other.name() == log.name()) {
            return Err(Failure::invalid(format!(
                "two keys for log `{}`",
                log.name()
            )));
        }
        logs.push(log);
    }
    Ok(logs)
}

async fn interrupted() -> Result<(), Failure> {
    let unable = |error| Failure::invalid(format!("cannot wait for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
