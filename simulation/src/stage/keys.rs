//! The keys of each desk, their statements, and the two transcryptors. Must not know: signals.

use super::agreement::{BEGIN, desk, oin};
use crate::SimulationError;
use crate::fault::During;
use crate::store::HeldUp;
use seinhuis_hub::command::{Convert, StatementBytes};
use seinhuis_hub::{Converted, FirstHalf, HubError};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_identity::signing::Signer;
use seinhuis_pseudonym::{
    Conversion, Domain, KeyContext, SessionKey, Transcryptor, TranscryptorSecrets,
};
use seinhuis_seal::record::SealKeyPair;
use seinhuis_types::{Desk, ErrorCode, KeyId, Millis};
use std::pin::Pin;

/// The keys of one desk, and those it will have after it rotated them.
pub(crate) struct Keys {
    pub(crate) seal: SealKeyPair,
    pub(crate) next_seal: SealKeyPair,
    pub(crate) session: SessionKey,
    pub(crate) seal_kid: KeyId,
    pub(crate) next_seal_kid: KeyId,
    pub(crate) pseudonym_kid: KeyId,
}

fn context(party: usize) -> Result<KeyContext, SimulationError> {
    Ok(KeyContext {
        oin: oin(party)?,
        desk: desk(party)?,
        epoch: 1,
    })
}

/// A transcryptor of its own.
pub(crate) fn transcryptor() -> Result<Transcryptor, SimulationError> {
    let secrets = TranscryptorSecrets::generate(&mut rand::rng()).during("transcryptor")?;
    Ok(Transcryptor::new(secrets))
}

impl Keys {
    pub(crate) fn of(
        party: usize,
        transcryptors: [&Transcryptor; 2],
    ) -> Result<Self, SimulationError> {
        let context = context(party)?;
        let shares = transcryptors.map(|one| one.key_share(&context));
        let parts = transcryptors.map(Transcryptor::blinded_part);
        Ok(Self {
            seal: SealKeyPair::generate(&mut rand::rng()).during("sealing key")?,
            next_seal: SealKeyPair::generate(&mut rand::rng()).during("sealing key")?,
            session: SessionKey::combine(&parts, &shares).during("session key")?,
            seal_kid: KeyId::parse("seal-e1").during("key id")?,
            next_seal_kid: KeyId::parse("seal-e1-next").during("key id")?,
            pseudonym_kid: KeyId::parse("pseudonym-e1").during("key id")?,
        })
    }

    /// What the desk says of its keys: of the first ones, and of a sealing key that comes after.
    pub(crate) fn statements(
        &self,
        party: usize,
        signer: &Signer,
    ) -> Result<[StatementBytes; 3], SimulationError> {
        let seal = self.seal.public().to_bytes();
        let session = self.session.public().to_vec();
        let from = BEGIN.minus(Millis::HOUR);
        let said = [
            (KeyUse::Seal, self.seal_kid.clone(), seal, from),
            (KeyUse::Pseudonym, self.pseudonym_kid.clone(), session, from),
            (
                KeyUse::Seal,
                self.next_seal_kid.clone(),
                self.next_seal.public().to_bytes(),
                from.plus(Millis::SECOND),
            ),
        ];
        let mut statements = Vec::with_capacity(said.len());
        for (key_use, kid, key, not_before) in said {
            let statement = KeyStatement {
                oin: oin(party)?,
                desk: desk(party)?,
                key_use,
                kid,
                suite: 1,
                key,
                epoch: 1,
                not_before,
                not_after: BEGIN.plus(90 * Millis::DAY),
            };
            statements.push(StatementBytes {
                jws: statement.sign(signer).during("key statement")?,
                chain: signer.chain().to_vec(),
            });
        }
        let count = |_| SimulationError::new("key statements", "three are expected");
        statements.try_into().map_err(count)
    }
}

/// The other organisation's half of a conversion, in this process; others go on while it is asked for.
pub(crate) struct OtherHalf {
    pub(crate) transcryptor: Transcryptor,
    /// The session key of each desk.
    pub(crate) sessions: [[u8; 32]; 3],
}

impl OtherHalf {
    fn half(&self, request: &Convert) -> Result<Converted, SimulationError> {
        let route = &request.route.value;
        let context = |oin, desk: &Desk| KeyContext {
            oin,
            desk: desk.clone(),
            epoch: route.epoch.into(),
        };
        let from = context(route.source, &route.source_desk);
        let to = context(route.recipient, &route.desk);
        let conversion = Conversion::new(Domain::Number, from, to.domain(), to);
        let conversion = conversion.during("conversion")?;
        let mut sessions = (0..).zip(&self.sessions);
        let own = sessions.find(|(party, _)| oin(*party).ok() == Some(route.source));
        let (_, key) = own.ok_or_else(|| SimulationError::new("conversion", "of a stranger"))?;
        let sent: Vec<[u8; 64]> = request.subjects.iter().map(|(_, sent)| *sent).collect();
        let converted = self
            .transcryptor
            .convert(&conversion, key, &sent, &mut rand::rng());
        converted.during("conversion")
    }
}

impl FirstHalf for OtherHalf {
    fn convert<'a>(
        &'a self,
        request: &'a Convert,
    ) -> Pin<Box<dyn Future<Output = Result<Converted, HubError>> + Send + 'a>> {
        Box::pin(async move {
            HeldUp(true).await;
            let refused = |error: SimulationError| {
                HubError::told(ErrorCode::ConversionRefused, error.to_string())
            };
            self.half(request).map_err(refused)
        })
    }
}
