//! What the subject gets: a receipt in plain words, in the language of the notice.
//!
//! Owns: its sentences. It names no other person, no address and no case: it may lie on a table at home.
//! Must not know: how it reaches the subject; nothing is sent from here.

use super::export::uuid;
use super::{ConsentRecord, ConsentState, Language};
use crate::term::calendar::day_of;
use ring::digest::{Context, SHA256};
use seinhuis_types::Millis;

impl ConsentRecord {
    /// The receipt. `name` gives an organisation, purpose or type its words in the language; what it
    /// does not know stands as its code.
    pub fn receipt(&self, name: impl Fn(&str) -> Option<String>) -> String {
        let language = self.notice.language;
        let words = |code: &str| name(code).unwrap_or_else(|| code.to_owned());
        let of = |nl: &'static str, en: &'static str| match language {
            Language::Nl => nl,
            Language::En => en,
        };
        let list = |codes: Vec<&str>| {
            let named: Vec<String> = codes.into_iter().map(words).collect();
            named.join(", ")
        };
        let state = self.standing(language);
        let when = self.acts.last().map_or(Millis(0), |act| act.at);
        let mut lines = vec![
            of(
                "Bewijs van toestemming voor het delen van gegevens",
                "Receipt of consent to the sharing of data",
            )
            .to_owned(),
            String::new(),
            format!("{state} ({}).", day(when)),
            format!(
                "{}: {}",
                of("Wie deelt", "Who shares"),
                words(self.controller.as_str())
            ),
            format!(
                "{}: {}",
                of("Met wie", "With whom"),
                list(self.recipients.iter().map(|oin| oin.as_str()).collect())
            ),
            format!(
                "{}: {}",
                of("Waarvoor", "What for"),
                list(self.purposes.iter().map(|code| code.as_str()).collect())
            ),
            format!(
                "{}: {}",
                of("Wat", "What"),
                list(self.types.iter().map(|code| code.as_str()).collect())
            ),
            format!(
                "{} {} {} {}",
                of("Geldig van", "Valid from"),
                day(self.from),
                of("tot", "until"),
                day(self.ends())
            ),
            format!(
                "{}: {}, {} {}",
                of("Uitleg die u kreeg", "Explanation you got"),
                self.notice.reference.as_str(),
                of("versie", "version"),
                self.notice.version
            ),
            String::new(),
        ];
        lines.push(
            of(
                "U kunt uw toestemming altijd intrekken, net zo makkelijk als u haar gaf. Wat al gedeeld \
                 is blijft rechtmatig. Intrekken verandert niets aan wat de wet ook zonder toestemming \
                 laat delen.",
                "You can take your consent back at any time, as easily as you gave it. What was shared \
                 before stays lawful. It changes nothing about what the law lets be shared without \
                 consent.",
            )
            .to_owned(),
        );
        lines.push(
            of(
                "Niet eens met hoe met uw gegevens wordt omgegaan? U kunt een klacht indienen bij de \
                 Autoriteit Persoonsgegevens.",
                "Do you disagree with how your data are handled? You can complain to the Autoriteit \
                 Persoonsgegevens.",
            )
            .to_owned(),
        );
        lines.extend(self.references(language));
        lines.join("\n") + "\n"
    }

    fn references(&self, language: Language) -> [String; 2] {
        let (consent, own) = match language {
            Language::Nl => ("Kenmerk van de toestemming", "Kenmerk van dit bewijs"),
            Language::En => ("Reference of the consent", "Reference of this receipt"),
        };
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

    /// What the last act did, to the subject.
    fn standing(&self, language: Language) -> &'static str {
        let (nl, en) = match self.acts.last().map(|act| act.state) {
            Some(ConsentState::Given) => ("U hebt toestemming gegeven", "You gave consent"),
            Some(ConsentState::Refused) => (
                "U hebt geen toestemming gegeven",
                "You did not give consent",
            ),
            Some(ConsentState::Withdrawn) => (
                "U hebt uw toestemming ingetrokken",
                "You took your consent back",
            ),
            None => ("Er is niets vastgelegd", "Nothing is recorded"),
        };
        match language {
            Language::Nl => nl,
            Language::En => en,
        }
    }
}

/// The day in the Netherlands.
fn day(at: Millis) -> String {
    day_of(at).map_or_else(|| "-".to_owned(), |day| day.to_string())
}
