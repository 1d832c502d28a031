//! `signal receive`: the stream of a desk.
//!
//! Owns: the order in which a delivery is dealt with: shown, its identities written, acknowledged,
//! and only then the cursor kept, so that whatever fails in between makes it come again. Must not
//! know: how a delivery is verified.

use super::identities::Identities;
use super::{delivery, event, to_inform};
use crate::exit::{Exit, Failure, tell};
use crate::inform::Tasks;
use crate::question::cover::{self, Taken};
use crate::secret::{self, Source};
use crate::setup::{Online, Setup};
use crate::{files, incidents, show};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use seinhuis_client::{
    Acknowledgement, ClientError, Inbox, Item, Opened, Reported, Unread, VerifiedProof,
};
use seinhuis_types::{Desk, Millis};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// The longest wait before a broken line is tried again.
const LONGEST: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Receive {
    /// One of the partner's own desks.
    desk: Desk,
    /// Where the place in the stream is kept; without it, all that is not acknowledged comes.
    #[arg(long, value_name = "FILE")]
    cursor: Option<PathBuf>,
    /// Take what is there and end, instead of waiting for more.
    #[arg(long)]
    once: bool,
    /// With `--once`: end after so many seconds in which nothing came.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    wait: u64,
    /// Acknowledge each delivery: the system has it.
    #[arg(long)]
    acknowledge: bool,
    /// Acknowledge each delivery as opened by a person, too.
    #[arg(long, requires = "person", requires = "role")]
    open: bool,
    /// Who opens it, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON", requires = "open")]
    person: Option<String>,
    /// That person's function, a code of the list `acting-role`.
    #[arg(long, value_name = "ROLE", requires = "open")]
    role: Option<String>,
    /// Add sealed identities, once compared with their pseudonyms, to this file, mode 0600. They are
    /// never shown. Comparing costs budget of the desk.
    #[arg(long, value_name = "FILE")]
    identities: Option<PathBuf>,
    /// The desk's own clients: pseudonyms as `convert` gives them, one a line. Deliveries about
    /// nobody among them are dropped unread where their clause asks so.
    #[arg(long, value_name = "FILE|-")]
    clients: Option<Source>,
}

/// What is done with each item.
struct Desktop<'a> {
    setup: &'a Setup,
    online: &'a Online,
    inbox: Inbox,
    cursor: Option<PathBuf>,
    delivered: bool,
    opened: Option<Acknowledgement>,
    identities: Option<Identities>,
    incidents: usize,
}

pub(crate) async fn run(args: Receive, setup: &Setup) -> Result<(), Failure> {
    let opened = match (&args.person, &args.role) {
        (Some(person), Some(role)) => Some(acknowledged_by(person, role)?),
        _ => None,
    };
    let identities = args
        .identities
        .as_deref()
        .map(Identities::open)
        .transpose()?;
    let place = place(args.cursor.as_ref())?;
    let clients = clients(args.clients.as_ref())?;
    let online = setup.connect().await?;
    let inbox = online.partner.receive(&args.desk, place);
    let inbox = match clients {
        Some(known) => inbox.knowing(move |pseudonym| known.contains(&pseudonym.to_bytes())),
        None => inbox,
    };
    let mut desktop = Desktop {
        setup,
        online: &online,
        inbox,
        cursor: args.cursor,
        delivered: args.acknowledge || args.open,
        opened,
        identities,
        incidents: 0,
    };
    let quiet = args.once.then(|| Duration::from_secs(args.wait));
    Box::pin(desktop.work(quiet)).await?;
    if desktop.incidents > 0 {
        Err(Failure::Told(Exit::Untrusted))
    } else {
        Ok(())
    }
}

fn acknowledged_by(person: &str, role: &str) -> Result<Acknowledgement, Failure> {
    secret::member("--person", person)?;
    Ok(Acknowledgement::opened(person, role)?)
}

fn place(cursor: Option<&PathBuf>) -> Result<Vec<u8>, Failure> {
    let Some(path) = cursor else {
        return Ok(Vec::new());
    };
    let Some(bytes) = files::read(path)? else {
        return Ok(Vec::new());
    };
    STANDARD.decode(bytes.trim_ascii()).map_err(|_| {
        let message = format!("`{}` is no cursor", path.display());
        Failure::mended(message, "remove it; what is not acknowledged comes again")
    })
}

fn clients(source: Option<&Source>) -> Result<Option<BTreeSet<[u8; 32]>>, Failure> {
    let Some(source) = source else {
        return Ok(None);
    };
    let text = secret::text(source, "own pseudonym of a client")?;
    let found = secret::lines(&text, source, secret::pseudonym)?;
    Ok(Some(found.into_iter().collect()))
}

impl Desktop<'_> {
    /// Takes items until asked to end, or until nothing came for `quiet`.
    async fn work(&mut self, quiet: Option<Duration>) -> Result<(), Failure> {
        let unable = |error| Failure::invalid(format!("cannot wait for signals: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
        let mut wait = Duration::from_secs(1);
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(quiet.unwrap_or(Duration::MAX), self.inbox.next()) => next,
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
            };
            let item = match next {
                Err(_) | Ok(Ok(Item::Idle)) if quiet.is_some() => return Ok(()),
                Err(_) => continue,
                Ok(Ok(item)) => item,
                Ok(Err(error @ ClientError::Unreachable { .. })) if quiet.is_none() => {
                    tell(&format!(
                        "seinpaal: {error}; trying again in {} s",
                        wait.as_secs()
                    ));
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = interrupt.recv() => return Ok(()),
                        _ = terminate.recv() => return Ok(()),
                    }
                    wait = wait.saturating_mul(2).min(LONGEST);
                    continue;
                }
                Ok(Err(error)) => return Err(error.into()),
            };
            wait = Duration::from_secs(1);
            Box::pin(self.deal_with(item)).await?;
            self.keep_place()?;
        }
    }

    async fn deal_with(&mut self, item: Item) -> Result<(), Failure> {
        let out = self.setup.out;
        match item {
            Item::Delivery(opened) => Box::pin(self.delivery(&opened)).await,
            Item::Incident(reported) => {
                self.incident(&reported)?;
                if let Some(unopened) = &reported.unread {
                    Box::pin(self.online.partner.drop_unread(unopened)).await?;
                }
                Ok(())
            }
            Item::NotOurs(unread) => Box::pin(self.unread(&unread)).await,
            Item::Tombstone(id) => {
                let document = json!({ "item": "tombstone", "delivery_id": id.to_string() });
                out.show(&document, || {
                    format!("delivery {id}: does not come any more")
                })
            }
            Item::Event(told) => {
                out.show(&event::document(&told), || event::words(&told, out.lang()))
            }
            Item::Idle => Ok(()),
        }
    }

    async fn delivery(&mut self, opened: &Opened) -> Result<(), Failure> {
        if let Some(identities) = &mut self.identities {
            match Box::pin(self.online.partner.verify_identity(opened)).await {
                Ok(()) => identities.add(opened)?,
                Err(ClientError::Untrusted(incident)) => {
                    self.incident(&Reported {
                        delivery: Some(opened.id),
                        source: Some(opened.route.source),
                        incident,
                        unread: None,
                    })?;
                    // Where the recipient may not know the person, its source sees the same of a stranger. A
                    // question is acknowledged by its cover.
                    if opened.may_not_know && opened.answer_by.is_none() {
                        self.acknowledge(opened, &Acknowledgement::Delivered)
                            .await?;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let out = self.setup.out;
        out.show(&delivery::document(opened), || {
            delivery::words(opened, out.lang()) + "\n"
        })?;
        // Before it is acknowledged: what was acknowledged does not come again.
        self.to_inform(opened)?;
        let receipts = self.online.receipts();
        let keys = self.online.partner.log_keys();
        receipts.keep(keys, &opened.proof, Some(&opened.decision))?;
        // A question is kept, and acknowledged by its cover: before anyone looks, whoever it is about.
        let taken = cover::take(opened, self.online, self.setup, self.delivered);
        match Box::pin(taken).await? {
            Taken::NoQuestion => {}
            Taken::Question => return Ok(()),
            Taken::Incident(incident) => {
                return self.incident(&Reported {
                    delivery: Some(opened.id),
                    source: Some(opened.route.source),
                    incident,
                    unread: None,
                });
            }
        }
        // A stranger's is always acknowledged: where the recipient may not know the person, so is a client's.
        if self.delivered || opened.may_not_know {
            let proof = self
                .acknowledge(opened, &Acknowledgement::Delivered)
                .await?;
            receipts.keep(keys, &proof, None)?;
        }
        // Where the recipient may not know the person there is no second acknowledgement.
        if let Some(what) = self.opened.as_ref().filter(|_| !opened.may_not_know) {
            let proof = self.acknowledge(opened, what).await?;
            receipts.keep(keys, &proof, None)?;
        }
        Ok(())
    }

    async fn acknowledge(
        &self,
        opened: &Opened,
        what: &Acknowledgement,
    ) -> Result<VerifiedProof, Failure> {
        let proof = Box::pin(self.online.partner.acknowledge(opened, what)).await?;
        let state = match what {
            Acknowledgement::Delivered => "delivered",
            Acknowledgement::Opened { .. } => "opened",
        };
        let id = opened.id.to_string();
        let entry = show::entry(&proof);
        let document =
            json!({ "item": "acknowledged", "delivery_id": id, "state": state, "entry": entry });
        let words = || {
            format!(
                "acknowledged {id} as {state}, entry {}",
                show::entry_words(&proof)
            )
        };
        self.setup.out.show(&document, words)?;
        Ok(proof)
    }

    /// Begins the term of telling its people, where that is this partner's duty, and ends the tasks that
    /// have no reason any more.
    fn to_inform(&self, opened: &Opened) -> Result<(), Failure> {
        let tasks = Tasks::of(&self.online.config.state);
        let changed = tasks.take(opened, Setup::now())?;
        let about = opened.rectifies.as_ref().map(|about| about.delivery);
        to_inform::show(opened.id, about, &changed, self.setup)
    }

    /// About nobody of ours: only what it rectifies is of concern, and that first.
    async fn unread(&self, unread: &Unread) -> Result<(), Failure> {
        let out = self.setup.out;
        out.show(&delivery::unread_document(unread), || {
            delivery::unread_words(unread, out.lang())
        })?;
        let tasks = Tasks::of(&self.online.config.state);
        let changed = tasks.take_unread(unread, Setup::now())?;
        let about = unread.rectifies.as_ref().map(|about| about.delivery);
        to_inform::show(unread.id, about, &changed, self.setup)?;
        Box::pin(self.online.partner.drop_unread(unread)).await?;
        Ok(())
    }

    /// Nothing of the delivery is shown; the stream goes on.
    fn incident(&mut self, reported: &Reported) -> Result<(), Failure> {
        self.incidents = self.incidents.saturating_add(1);
        let document = json!({
            "item": "incident",
            "delivery_id": reported.delivery.map(|id| id.to_string()),
            "source_oin": reported.source.map(|oin| oin.to_string()),
            "incident": incidents::document(&reported.incident),
        });
        let now: Millis = Setup::now();
        let kept = incidents::keep(&self.online.config.state, now, &document)?;
        if self.setup.out.is_json() {
            return self
                .setup
                .out
                .show(&with_place(document, &kept), String::new);
        }
        let id = reported
            .delivery
            .map_or_else(|| "without an id".to_owned(), |id| id.to_string());
        tell(&format!(
            "seinpaal: incident `{}` in delivery {id}: {}\n  kept in: {}",
            reported.incident.as_str(),
            reported.incident,
            kept.display()
        ));
        Ok(())
    }

    fn keep_place(&self) -> Result<(), Failure> {
        match &self.cursor {
            Some(path) => {
                let text = STANDARD.encode(self.inbox.cursor());
                files::write(path, format!("{text}\n").as_bytes())
            }
            None => Ok(()),
        }
    }
}

fn with_place(mut document: Value, kept: &std::path::Path) -> Value {
    if let Value::Object(members) = &mut document {
        members.insert("kept_in".to_owned(), kept.display().to_string().into());
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_file_that_is_none_is_not_a_fresh_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cursor");
        assert!(place(None).unwrap().is_empty());
        assert!(place(Some(&path)).unwrap().is_empty(), "no file yet");
        std::fs::write(&path, "AAEC\n").unwrap();
        assert_eq!(place(Some(&path)).unwrap(), [0, 1, 2]);
        std::fs::write(&path, "?").unwrap();
        assert!(place(Some(&path)).is_err());
    }

    #[test]
    fn a_citizen_number_is_no_member_of_staff() {
        assert!(acknowledged_by("123456782", "vt-worker").is_err());
        assert!(acknowledged_by("medewerker-17", "vt-worker").is_ok());
    }
}
