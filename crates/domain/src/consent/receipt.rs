//! What the subject gets: a receipt in plain words, in the language of the notice.
//!
//! Owns: its sentences. It names no person, not even in what quality somebody acted for the subject, no
//! address of a person and no case: it may lie on a table at home.
//! Must not know: how it reaches the subject; nothing is sent from here.

use super::export::uuid;
use super::{Act, ConsentFault, ConsentParty, ConsentRecord, ConsentState, Language};
use crate::term::calendar::day_of;
use ring::digest::{Context, SHA256};
use seinhuis_types::Millis;

/// Between two of a list: the words of a purpose have commas of their own.
const BETWEEN: &str = "; ";

impl Language {
    const fn of<'a>(self, nl: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Nl => nl,
            Self::En => en,
        }
    }
}

impl Act {
    /// Whether somebody else acted, and not the subject too.
    fn is_for_the_subject(&self) -> bool {
        self.by.iter().all(|actor| actor.role.represents())
    }
}

impl ConsentRecord {
    /// The receipt. `parties` has who shares and who receives, `words` gives a purpose or type its words in
    /// the language of the notice.
    ///
    /// # Errors
    /// [`ConsentFault::Party`] when one of them is not in the list, [`ConsentFault::Words`] for a purpose or
    /// type without words: a number or a code tells a subject nothing.
    pub fn receipt(
        &self,
        parties: &[ConsentParty],
        words: impl Fn(&str) -> Option<String>,
    ) -> Result<String, ConsentFault> {
        let language = self.notice.language;
        let sharer = ConsentParty::of(parties, self.controller)?;
        let recipients = self.recipients.iter();
        let recipients = recipients.map(|oin| ConsentParty::of(parties, *oin));
        let recipients: Vec<&str> = recipients
            .map(|party| party.map(|party| party.name.as_str()))
            .collect::<Result<_, _>>()?;
        let told = |code: &str| words(code).ok_or_else(|| ConsentFault::Words(code.to_owned()));
        let purposes = self.purposes.iter().map(|code| told(code.as_str()));
        let purposes: Vec<String> = purposes.collect::<Result<_, _>>()?;
        let types = self.types.iter().map(|code| told(code.as_str()));
        let types: Vec<String> = types.collect::<Result<_, _>>()?;
        let when = self.acts.last().map_or(Millis(0), |act| act.at);
        let of = |nl: &'static str, en: &'static str| language.of(nl, en);
        let [consent, own] = self.references(language);
        let lines = [
            of(
                "Bewijs van toestemming voor het delen van gegevens",
                "Receipt of consent to the sharing of data",
            )
            .to_owned(),
            String::new(),
            format!("{} ({}).", self.standing(language), day(when)),
            format!("{}: {}", of("Wie deelt", "Who shares"), sharer.name.as_str()),
            format!("{}: {}", of("Met wie", "With whom"), recipients.join(BETWEEN)),
            format!("{}: {}", of("Waarvoor", "What for"), purposes.join(BETWEEN)),
            format!("{}: {}", of("Wat", "What"), types.join(BETWEEN)),
            format!(
                "{} {} {} {}",
                of("Geldig van", "Valid from"),
                day(self.from),
                of("tot", "until"),
                day(self.ends())
            ),
            format!(
                "{}: {}, {} {}",
                of("Uitleg die is gegeven", "Explanation that was given"),
                self.notice.reference.as_str(),
                of("versie", "version"),
                self.notice.version
            ),
            String::new(),
            self.taking_back(language, sharer),
            of(
                "Niet eens met hoe met uw gegevens wordt omgegaan? U kunt een klacht indienen bij de \
                 Autoriteit Persoonsgegevens.",
                "Do you disagree with how your data are handled? You can complain to the Autoriteit \
                 Persoonsgegevens.",
            )
            .to_owned(),
            consent,
            own,
        ];
        Ok(lines.join("\n") + "\n")
    }

    /// Whether and where it can be taken back, and what that changes.
    fn taking_back(&self, language: Language, sharer: &ConsentParty) -> String {
        let act = self.acts.last();
        let given = act.is_some_and(|act| act.state == ConsentState::Given);
        let refused = act.is_some_and(|act| act.state == ConsentState::Refused);
        let (at, to) = (sharer.name.as_str(), sharer.contact.as_str());
        let where_to = match (given, act.is_some_and(Act::is_for_the_subject), language) {
            (true, false, Language::Nl) => format!(
                "U kunt uw toestemming altijd intrekken, net zo makkelijk als u haar gaf, bij {at}: {to}."
            ),
            (true, false, Language::En) => format!(
                "You can take your consent back at any time, as easily as you gave it, at {at}: {to}."
            ),
            (true, true, Language::Nl) => format!(
                "Deze toestemming kan altijd worden ingetrokken, net zo makkelijk als zij werd gegeven, bij \
                 {at}: {to}. Of u dat zelf kunt doen, hangt af van uw leeftijd en situatie; vraag het daar."
            ),
            (true, true, Language::En) => format!(
                "This consent can be taken back at any time, as easily as it was given, at {at}: {to}. \
                 Whether you can do that yourself depends on your age and situation; ask there."
            ),
            (false, _, Language::Nl) => format!("Vragen hierover? {at}: {to}."),
            (false, _, Language::En) => format!("Any questions? {at}: {to}."),
        };
        let changes = match refused {
            true => language.of(
                "Het verandert niets aan wat de wet ook zonder toestemming laat delen.",
                "It changes nothing about what the law lets be shared without consent.",
            ),
            false => language.of(
                "Wat al gedeeld is blijft rechtmatig. Intrekken verandert niets aan wat de wet ook zonder \
                 toestemming laat delen.",
                "What was shared before stays lawful. Taking it back changes nothing about what the law \
                 lets be shared without consent.",
            ),
        };
        format!("{where_to} {changes}")
    }

    fn references(&self, language: Language) -> [String; 2] {
        let consent = language.of("Kenmerk van de toestemming", "Reference of the consent");
        let own = language.of("Kenmerk van dit bewijs", "Reference of this receipt");
        let record = uuid(&self.id.0);
        [
            format!("{consent}: {record}"),
            format!("{own}: {}", self.receipt_id()),
        ]
    }

    /// The id of the receipt, a UUID of version 8 (RFC 9562): one for each state of a record, so that who
    /// writes it again writes the same, and a withdrawal has another than what it takes back. From it
    /// nobody comes to the record's id, which is random.
    pub fn receipt_id(&self) -> String {
        let acts = u32::try_from(self.acts.len()).unwrap_or(u32::MAX);
        let last = self.acts.last().map_or(0, |act| act.at.0);
        let mut hash = Context::new(&SHA256);
        hash.update(b"seinhuis/v1/consent-receipt\0");
        hash.update(&self.id.0);
        hash.update(&acts.to_be_bytes());
        hash.update(&last.to_be_bytes());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.finish().as_ref()) {
            *to = *from;
        }
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
        *version = (*version & 0x0f) | 0x80;
        *variant = (*variant & 0x3f) | 0x80;
        uuid(&id)
    }

    /// What the last act did, to the subject. In what quality somebody acted for it is not said: that a
    /// special curator did tells who reads along at home that the parents were passed over.
    fn standing(&self, language: Language) -> &'static str {
        let Some(act) = self.acts.last() else {
            return language.of("Er is niets vastgelegd", "Nothing is recorded");
        };
        match (act.state, act.is_for_the_subject()) {
            (ConsentState::Given, false) => {
                language.of("U hebt toestemming gegeven", "You gave consent")
            }
            (ConsentState::Given, true) => language.of(
                "Voor u is toestemming gegeven door iemand die dat volgens de wet namens u mag",
                "Consent was given for you by somebody who may do so for you under the law",
            ),
            (ConsentState::Refused, false) => language.of(
                "U hebt geen toestemming gegeven",
                "You did not give consent",
            ),
            (ConsentState::Refused, true) => language.of(
                "Voor u is toestemming geweigerd door iemand die dat volgens de wet namens u mag",
                "Consent was refused for you by somebody who may do so for you under the law",
            ),
            (ConsentState::Withdrawn, false) => language.of(
                "U hebt uw toestemming ingetrokken",
                "You took your consent back",
            ),
            (ConsentState::Withdrawn, true) => language.of(
                "De toestemming is ingetrokken door iemand die dat volgens de wet namens u mag",
                "The consent was taken back by somebody who may do so for you under the law",
            ),
        }
    }
}

/// The day in the Netherlands.
fn day(at: Millis) -> String {
    day_of(at).map_or_else(|| "-".to_owned(), |day| day.to_string())
}
