//! Certificate, key, roots and revocation lists of a service: read as one set, or refused as one.
//!
//! Owns: which files they are and what is asked of them, at start as at every reload. Must not know:
//! when they are read again, who uses them.

use crate::config::{self, DataConfig, TlsFiles, TrustFiles};
use crate::exit::Failure;
use ring::digest::{SHA256, digest};
use seinhuis_identity::tls::{ClientConfig, Profile, ServerConfig, TlsCredentials, TlsSettings};
use seinhuis_identity::{TrustAnchors, secret_file};
use seinhuis_types::{Clock, Oin};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The SHA-256 of each file.
pub(crate) type Contents = BTreeMap<PathBuf, [u8; 32]>;
/// What the system says of each file; changes with any write, rename or change of mode.
pub(crate) type Stamps = Vec<Option<(u64, u64, u64, (i64, i64), (i64, i64))>>;

/// Where the files lie and how they are to be read.
pub(crate) struct Files {
    /// What paths are relative to.
    pub(crate) base: PathBuf,
    pub(crate) tls: TlsFiles,
    pub(crate) trust: TrustFiles,
    pub(crate) data: DataConfig,
    pub(crate) profile: Profile,
    pub(crate) test_oins: bool,
    /// The one organisation that is called; whoever calls nobody has none.
    pub(crate) peer: Option<Oin>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// One set that was found good.
pub(crate) struct Set {
    /// For those who call.
    pub(crate) server: Arc<TlsSettings<ServerConfig>>,
    /// For the one that is called.
    pub(crate) client: Arc<TlsSettings<ClientConfig>>,
    /// For whoever reads the published log.
    pub(crate) public: Arc<TlsSettings<ServerConfig>>,
    /// For the log's witnesses, of any organisation.
    pub(crate) witnesses: Arc<TlsSettings<ClientConfig>>,
    /// For signatures.
    pub(crate) signing: Arc<TrustAnchors>,
    /// What it was read from.
    pub(crate) contents: Contents,
    /// Files with a revocation list that is past its term.
    pub(crate) overdue: Vec<PathBuf>,
}

impl Files {
    /// Reads the set. Contents come first: what is written meanwhile shows as a change later.
    ///
    /// # Errors
    /// With file and fix. Nothing of a set counts when any of it is refused.
    pub(crate) fn load(&self) -> Result<Set, Failure> {
        let (base, at) = (&self.base, self.clock.now());
        config::keys_apart(base, &self.data, &[&self.tls.key])?;
        let contents = self.contents()?;
        let (chain, key) = (base.join(&self.tls.chain), base.join(&self.tls.key));
        let own = |e| {
            let (chain, key) = (chain.display(), key.display());
            let fix = "put a certificate within its term and its own key there";
            Failure::config(format!("tls: `{chain}` with `{key}`: {e}; {fix}"))
        };
        let credentials = TlsCredentials::load(&chain, &key).map_err(own)?;
        credentials.check(at).map_err(own)?;
        let anchors = self.trust.connections(base, self.test_oins)?;
        let signing = self.trust.signatures(base, self.test_oins)?;
        let clock = || Arc::clone(&self.clock);
        let (profile, trusted) = (self.profile, || Arc::clone(&anchors));
        let server = TlsSettings::server(profile, credentials.clone(), trusted(), clock());
        let own_chain = || credentials.clone();
        let client = TlsSettings::client(profile, own_chain(), trusted(), clock(), self.peer);
        let public = TlsSettings::public(profile, own_chain(), trusted(), clock());
        let witnesses = TlsSettings::http(profile, own_chain(), trusted(), clock());
        let mut overdue: Vec<PathBuf> = [&anchors, &signing]
            .into_iter()
            .flat_map(|anchors| anchors.overdue(at).map(Path::to_owned))
            .collect();
        overdue.sort();
        overdue.dedup();
        Ok(Set {
            server: server.map_err(own)?,
            client: client.map_err(own)?,
            public: public.map_err(own)?,
            witnesses: witnesses.map_err(own)?,
            signing,
            contents,
            overdue,
        })
    }

    fn paths(&self) -> impl Iterator<Item = PathBuf> {
        let trust = &self.trust;
        let signing = [&trust.signing_roots, &trust.signing_crls];
        [&self.tls.chain, &self.tls.key]
            .into_iter()
            .chain(&trust.roots)
            .chain(&trust.crls)
            .chain(signing.into_iter().flatten().flatten())
            .map(|path| self.base.join(path))
    }

    /// What the system says of the files now; nothing of one that cannot be reached.
    pub(crate) fn stamps(&self) -> Stamps {
        let stamp = |found: Metadata| {
            let written = (found.mtime(), found.mtime_nsec());
            let changed = (found.ctime(), found.ctime_nsec());
            (found.dev(), found.ino(), found.len(), written, changed)
        };
        let found = self.paths().map(std::fs::metadata);
        found.map(|found| found.ok().map(stamp)).collect()
    }

    fn contents(&self) -> Result<Contents, Failure> {
        let key = self.base.join(&self.tls.key);
        let hash = |bytes: &[u8]| {
            let mut hash = [0; 32];
            hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
            hash
        };
        self.paths()
            .map(|path| {
                let found = if path == key {
                    let secret = secret_file::read(&path);
                    hash(&secret.map_err(|e| Failure::config(format!("tls: {e}")))?)
                } else {
                    let read = std::fs::read(&path);
                    hash(&read.map_err(|e| crate::load::unreadable(&path, &e))?)
                };
                Ok((path, found))
            })
            .collect()
    }
}
