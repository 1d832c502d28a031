//! The directory as the hub keeps it: partners, one's own systems, the ruleset in force.
//!
//! It says who can be addressed and proves nothing: keys are verified by their owners' statements.

use crate::{ClientError, Incident, Partner, status};
use seinhuis_domain::entry::ruleset_root;
use seinhuis_proto::v1;
use seinhuis_types::{Desk, Digest, Oin, ParseError};

/// A partner of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerEntry {
    /// Its OIN.
    pub oin: Oin,
    /// Its name.
    pub name: String,
    /// Its role of the catalogue.
    pub role: String,
    /// Its region of the catalogue.
    pub region: String,
    /// Its desks.
    pub desks: Vec<Desk>,
}

/// One of the caller's own systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemEntry {
    /// SHA-256 of its certificate, 64 hex digits.
    pub thumbprint: String,
    /// Its name.
    pub name: String,
    /// Of `signal`, `audit`, `agreement`, `keys`.
    pub capabilities: Vec<String>,
    /// The desks it serves.
    pub desks: Vec<Desk>,
}

/// The ruleset in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruleset {
    /// Hash of the catalogue.
    pub catalogue: Digest,
    /// Hash of the policy set.
    pub policy: Digest,
    /// The root that leaves carry.
    pub root: Digest,
}

fn form(_: ParseError) -> Incident {
    Incident::Reply("an entry of the directory has another form")
}

fn desks(found: &[String]) -> Result<Vec<Desk>, Incident> {
    found
        .iter()
        .map(|desk| desk.parse().map_err(form))
        .collect()
}

impl Partner {
    /// Every partner of the hub.
    ///
    /// # Errors
    /// As every call.
    pub async fn partners(&self) -> Result<Vec<PartnerEntry>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.directory();
            async move { client.list_partners(v1::ListPartnersRequest {}).await }
        });
        let partners = reply.await?.partners.into_iter().map(|partner| {
            Ok::<_, Incident>(PartnerEntry {
                oin: partner.oin.parse().map_err(form)?,
                desks: desks(&partner.desks)?,
                name: partner.name,
                role: partner.role,
                region: partner.region,
            })
        });
        Ok(partners.collect::<Result<_, _>>()?)
    }

    /// The partner's own systems.
    ///
    /// # Errors
    /// As every call.
    pub async fn systems(&self) -> Result<Vec<SystemEntry>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.directory();
            async move { client.list_systems(v1::ListSystemsRequest {}).await }
        });
        let systems = reply.await?.systems.into_iter().map(|system| {
            Ok::<_, Incident>(SystemEntry {
                desks: desks(&system.desks)?,
                thumbprint: system.thumbprint,
                name: system.name,
                capabilities: system.capabilities,
            })
        });
        Ok(systems.collect::<Result<_, _>>()?)
    }

    /// The ruleset in force; its root is computed here and compared.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when the root does not follow from the hashes; as every call.
    pub async fn ruleset(&self) -> Result<Ruleset, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.directory();
            async move { client.get_ruleset(v1::GetRulesetRequest {}).await }
        });
        let reply = reply.await?;
        let digest = |bytes: &[u8]| Digest::from_slice(bytes).map_err(form);
        let (catalogue, policy) = (digest(&reply.catalogue_hash)?, digest(&reply.policy_hash)?);
        let root = ruleset_root(&catalogue, &policy);
        if digest(&reply.ruleset_root)? != root {
            return Err(Incident::Reply("the ruleset root does not follow from its hashes").into());
        }
        Ok(Ruleset {
            catalogue,
            policy,
            root,
        })
    }
}
