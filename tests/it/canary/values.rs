//! The canaries: values of people and cases that no other run has, made when the test runs, so that
//! none of them is in any program's own text.
//!
//! | what | why it can only be a value |
//! |---|---|
//! | citizen numbers, chain number | drawn by seed, pass the 11-test |
//! | family name, postcode, birth date | drawn by seed; initials and house number are too short to be looked for on their own |
//! | lists of codes, as sealed: `a,b,c` | the catalogue has the codes one by one; only a value joins them |
//! | dates and hours of fields | drawn from a century that is nowhere in configuration |
//! | case references, the CORV reference | 16 drawn bytes |
//!
//! Single codes (`strangulation`) are different: the hub has the catalogue in memory, so they are
//! there before any signal was. They are looked for where the catalogue is not, in data and logs; in
//! memory they are counted before and after ([`CODES`]). Numbers of one or two digits, `yes` and `no`
//! occur everywhere and are not looked for. An hour has seven digits, and a log that tells all has a
//! hundred thousand offsets as long: at the services its plain digits would be found by chance in one
//! run of fifty, so there it is looked for in its encoded forms only.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use rand::RngExt;
use rand::rngs::StdRng;
use seinhuis_types::hex;

/// Single codes that the story sends sealed, and that are no word of anything else.
pub(super) const CODES: [&str; 6] = [
    "child-divorce",
    "strangulation",
    "around-home",
    "access-custody",
    "behaviour-measure",
    "no-acute",
];

const HOUR: &str = "hour of release";

/// Something to look for, in each form in which it could lie somewhere.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    /// What a failure calls it.
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Not looked for as it is: too short not to be found by chance.
    encoded_only: bool,
}

impl Canary {
    pub(super) fn new(name: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        Self {
            name,
            bytes: bytes.as_ref().to_vec(),
            encoded_only: false,
        }
    }

    fn encoded_only(self) -> Self {
        Self {
            encoded_only: true,
            ..self
        }
    }

    /// As it is, in hexadecimal of either case, and within base64 of either alphabet wherever it
    /// begins in a group of three bytes.
    pub(super) fn forms(&self) -> Vec<Vec<u8>> {
        let lower = hex(&self.bytes);
        let mut forms = vec![lower.to_uppercase().into_bytes(), lower.into_bytes()];
        if !self.encoded_only {
            forms.push(self.bytes.clone());
        }
        for before in 0..3 {
            let shifted = [&[0; 2][..before], &self.bytes].concat();
            // Of the first and last characters only those that no neighbour has a part in.
            let (first, last) = ([0, 2, 3][before], shifted.len() * 8 / 6);
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                forms.push(engine.encode(&shifted).as_bytes()[first..last].to_vec());
            }
        }
        forms.sort();
        forms.dedup();
        forms
    }
}

/// The values of one story.
pub(super) struct Values {
    pub(super) adult: String,
    pub(super) suspect: String,
    pub(super) child: String,
    pub(super) skn: String,
    pub(super) name: String,
    pub(super) born: String,
    pub(super) postcode: String,
    pub(super) nature: String,
    pub(super) conditions: String,
    pub(super) breached: String,
    pub(super) registered: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) release_day: String,
    pub(super) release_hour: String,
    pub(super) corv: [u8; 16],
    pub(super) case: [u8; 16],
    pub(super) other_case: [u8; 16],
}

impl Values {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        Self {
            adult: number(rng),
            suspect: number(rng),
            child: number(rng),
            skn: digits(rng, 11),
            name: format!("{}-Fictief", letters(rng, b'a', 11)),
            born: date(rng, 1900),
            postcode: format!("{}{}", digits(rng, 4), letters(rng, b'A', 2)),
            nature: list(&["aff-neglect", "genital-mut", "phys-neglect", "physical"]),
            conditions: list(&["alcohol-ban", "area-order", "supported-living"]),
            breached: list(&["area-order", "drugs-ban", "supported-living"]),
            registered: date(rng, 2100),
            start: date(rng, 2100),
            end: date(rng, 2100),
            release_day: date(rng, 2100),
            release_hour: digits(rng, 7),
            corv: opaque(rng),
            case: opaque(rng),
            other_case: opaque(rng),
        }
    }

    /// What a partner receives, codes too: its own memory holds it.
    pub(super) fn at(&self, partner: &str) -> Vec<Canary> {
        let names: &[&str] = match partner {
            "veilig-thuis" => &[
                "number of the adult",
                "number of the suspect",
                "number of the child",
                "family name",
                "birth date",
                "postcode",
                "nature",
                "conditions",
                "start",
                "end",
                "day of release",
                HOUR,
                "case",
                "other case",
                "child-divorce",
                "strangulation",
                "around-home",
                "access-custody",
            ],
            "politie" => &["registered", "conditions breached", "case"],
            "om" => &["start", "conditions breached", "behaviour-measure"],
            "rvdk" => &[
                "number of the adult",
                "number of the child",
                "CORV reference",
                "no-acute",
            ],
            "reclassering" => &[
                "conditions",
                "start",
                "end",
                "day of release",
                HOUR,
                "other case",
            ],
            other => panic!("{other} is not in the story"),
        };
        self.sent()
            .into_iter()
            .filter(|canary| names.contains(&canary.name))
            .collect()
    }

    /// All of it and the single codes: what its senders hold. The chain number reaches nobody else.
    pub(super) fn sent(&self) -> Vec<Canary> {
        let codes = CODES.map(|code| Canary::new(code, code));
        let hour = Canary::new(HOUR, &self.release_hour);
        let all = self.all().into_iter().filter(|other| other.name != HOUR);
        all.chain([hour]).chain(codes).collect()
    }

    /// All that only a story has, in the forms in which nothing else is found by chance.
    pub(super) fn all(&self) -> Vec<Canary> {
        vec![
            Canary::new("number of the adult", &self.adult),
            Canary::new("number of the suspect", &self.suspect),
            Canary::new("number of the child", &self.child),
            Canary::new("chain number", &self.skn),
            Canary::new("family name", &self.name),
            Canary::new("birth date", &self.born),
            Canary::new("postcode", &self.postcode),
            Canary::new("nature", &self.nature),
            Canary::new("conditions", &self.conditions),
            Canary::new("conditions breached", &self.breached),
            Canary::new("registered", &self.registered),
            Canary::new("start", &self.start),
            Canary::new("end", &self.end),
            Canary::new("day of release", &self.release_day),
            Canary::new(HOUR, &self.release_hour).encoded_only(),
            Canary::new("CORV reference", self.corv),
            Canary::new("case", self.case),
            Canary::new("other case", self.other_case),
        ]
    }
}

/// A value of a field that is a set of codes: sorted, joined by commas.
fn list(codes: &[&str]) -> String {
    assert!(codes.is_sorted());
    codes.join(",")
}

fn digits(rng: &mut StdRng, count: usize) -> String {
    // Never a zero in front: an hour has none.
    (0..count)
        .map(|_| char::from(rng.random_range(b'1'..=b'9')))
        .collect()
}

fn letters(rng: &mut StdRng, first: u8, count: usize) -> String {
    (0..count)
        .map(|_| char::from(first + rng.random_range(0..26)))
        .collect()
}

/// A day of the century.
fn date(rng: &mut StdRng, century: u16) -> String {
    let (year, month) = (century + rng.random_range(1..99), rng.random_range(1..=12));
    format!("{year}-{month:02}-{:02}", rng.random_range(1..=28))
}

/// Opaque as a reference must be: a bit in each byte keeps digits and letters out.
fn opaque(rng: &mut StdRng) -> [u8; 16] {
    rng.random::<[u8; 16]>().map(|byte| byte | 0x80)
}

/// Nine digits that pass the 11-test (Besluit BSN).
fn number(rng: &mut StdRng) -> String {
    loop {
        let text = digits(rng, 9);
        let weighed: i32 = (text.bytes().zip([9, 8, 7, 6, 5, 4, 3, 2, -1]))
            .map(|(digit, weight)| i32::from(digit - b'0') * weight)
            .sum();
        if weighed % 11 == 0 {
            return text;
        }
    }
}
