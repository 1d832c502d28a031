//! Two transcryptors and three partners, end to end, and what must be refused on the way.

mod refused;
mod vectors;

use crate::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

const POLICE: &str = "00000099000000010000";
const CARE: &str = "00000099000000020000";
const COURT: &str = "00000099000000030000";

fn key(oin: &str) -> KeyContext {
    KeyContext {
        oin: oin.parse().unwrap(),
        desk: "intake".parse().unwrap(),
        epoch: 1,
    }
}

struct Chain {
    rng: StdRng,
    transcryptors: [Transcryptor; 2],
}

impl Chain {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let transcryptors =
            [(); 2].map(|()| Transcryptor::new(TranscryptorSecrets::generate(&mut rng).unwrap()));
        Self { rng, transcryptors }
    }

    fn session(&self, oin: &str) -> SessionKey {
        let [a, b] = &self.transcryptors;
        let context = key(oin);
        let shares = [a.key_share(&context), b.key_share(&context)];
        SessionKey::combine(&[a.blinded_part(), b.blinded_part()], &shares).unwrap()
    }

    fn send(&mut self, from: Domain, point: &Point, source: &str, target: &str) -> Converted {
        self.send_by([0, 1], from, point, source, target)
    }

    fn send_by(
        &mut self,
        order: [usize; 2],
        from: Domain,
        point: &Point,
        source: &str,
        target: &str,
    ) -> Converted {
        let conversion = Conversion::new(from, key(source), key(target).domain(), key(target));
        let conversion = conversion.unwrap();
        let output_key = self.session(source).public();
        let sent = encrypt(point, &output_key, &mut self.rng).unwrap();
        order.iter().fold(
            Converted {
                ciphertexts: vec![sent],
                output_key,
            },
            |before, at| {
                let (key, ciphertexts) = (&before.output_key, &before.ciphertexts);
                self.transcryptors[*at]
                    .convert(&conversion, key, ciphertexts, &mut self.rng)
                    .unwrap()
            },
        )
    }

    fn open(&self, oin: &str, converted: &Converted) -> Pseudonym {
        decrypt(&self.session(oin), &converted.ciphertexts[0]).unwrap()
    }
}

fn person() -> Point {
    CitizenNumber::parse("123456782").unwrap().point()
}

#[test]
fn one_person_has_one_pseudonym_at_each_partner_and_another_at_the_next() {
    let mut chain = Chain::new(1);
    let mut seen = |source, target, point: &Point| {
        let converted = chain.send(Domain::Number, point, source, target);
        chain.open(target, &converted)
    };
    let at_care = seen(POLICE, CARE, &person());
    assert_eq!(at_care, seen(POLICE, CARE, &person()), "the same again");
    assert_eq!(
        at_care,
        seen(COURT, CARE, &person()),
        "the same from another source"
    );
    assert_eq!(
        at_care,
        seen(CARE, CARE, &person()),
        "the same for a client of one's own"
    );
    assert_ne!(
        at_care,
        seen(POLICE, COURT, &person()),
        "another at another partner"
    );
    let other = CitizenNumber::parse("111222333").unwrap().point();
    assert_ne!(
        at_care,
        seen(POLICE, CARE, &other),
        "another for another person"
    );
}

#[test]
fn an_own_pseudonym_leads_to_the_same_pseudonym_as_the_number() {
    let mut chain = Chain::new(2);
    for (domain, point) in [
        (Domain::Number, person()),
        (Domain::Skn, ChainNumber::parse("87654321").unwrap().point()),
    ] {
        let direct = chain.send(domain, &point, POLICE, CARE);
        let own = chain.send(domain, &point, POLICE, POLICE);
        let own = chain.open(POLICE, &own);
        let stored = Pseudonym::from_bytes(&own.to_bytes()).unwrap();
        let onward = chain.send(key(POLICE).domain(), &Point::from(&stored), POLICE, CARE);
        assert_eq!(chain.open(CARE, &direct), chain.open(CARE, &onward));
    }
}

#[test]
fn the_order_of_the_transcryptors_does_not_matter() {
    let mut chain = Chain::new(3);
    let one = chain.send_by([0, 1], Domain::Number, &person(), POLICE, CARE);
    let two = chain.send_by([1, 0], Domain::Number, &person(), POLICE, CARE);
    assert_eq!(one.output_key, two.output_key);
    assert_ne!(
        one.ciphertexts, two.ciphertexts,
        "each conversion is rerandomised"
    );
    assert_eq!(chain.open(CARE, &one), chain.open(CARE, &two));
}

#[test]
fn the_last_output_key_is_the_recipients_session_key_and_the_first_is_not() {
    let mut chain = Chain::new(4);
    let converted = chain.send(Domain::Number, &person(), POLICE, CARE);
    assert_eq!(converted.require_key(&chain.session(CARE).public()), Ok(()));
    let other = chain.session(COURT).public();
    assert_eq!(converted.require_key(&other), Err(Error::OutputKey));

    let conversion =
        Conversion::new(Domain::Number, key(POLICE), key(CARE).domain(), key(CARE)).unwrap();
    let source = chain.session(POLICE).public();
    let sent = encrypt(&person(), &source, &mut chain.rng).unwrap();
    let half = chain.transcryptors[0].convert(&conversion, &source, &[sent], &mut chain.rng);
    assert_eq!(
        half.unwrap().require_key(&chain.session(CARE).public()),
        Err(Error::OutputKey)
    );
}

#[test]
fn ciphertexts_keep_their_order() {
    let mut chain = Chain::new(5);
    let conversion = Conversion::new(
        Domain::Number,
        key(POLICE),
        key(POLICE).domain(),
        key(POLICE),
    )
    .unwrap();
    let source = chain.session(POLICE);
    let points = ["123456782", "111222333", "123456782"]
        .map(|number| CitizenNumber::parse(number).unwrap().point());
    let sent = points.map(|point| encrypt(&point, &source.public(), &mut chain.rng).unwrap());
    let [a, b] = &chain.transcryptors;
    let half = a
        .convert(&conversion, &source.public(), &sent, &mut chain.rng)
        .unwrap();
    let whole = b
        .convert(
            &conversion,
            &half.output_key,
            &half.ciphertexts,
            &mut chain.rng,
        )
        .unwrap();
    let opened: Vec<_> = whole
        .ciphertexts
        .iter()
        .map(|c| decrypt(&source, c).unwrap())
        .collect();
    assert_eq!(opened[0], opened[2]);
    assert_ne!(opened[0], opened[1]);
    assert_eq!(whole.ciphertexts.len(), 3);
}

#[test]
fn a_wrong_key_decrypts_to_another_point_without_an_error() {
    let mut chain = Chain::new(6);
    let converted = chain.send(Domain::Number, &person(), POLICE, CARE);
    assert_ne!(chain.open(COURT, &converted), chain.open(CARE, &converted));
}

#[test]
fn a_wrong_input_key_spoils_the_ciphertext() {
    let mut chain = Chain::new(7);
    let conversion =
        Conversion::new(Domain::Number, key(POLICE), key(CARE).domain(), key(CARE)).unwrap();
    let good = chain.send(Domain::Number, &person(), POLICE, CARE);
    let sent = encrypt(&person(), &chain.session(POLICE).public(), &mut chain.rng).unwrap();
    let wrong = chain.session(COURT).public();
    let [a, b] = &chain.transcryptors;
    let half = a
        .convert(&conversion, &wrong, &[sent], &mut chain.rng)
        .unwrap();
    let whole = b
        .convert(
            &conversion,
            &half.output_key,
            &half.ciphertexts,
            &mut chain.rng,
        )
        .unwrap();
    assert_eq!(
        whole.require_key(&chain.session(CARE).public()),
        Err(Error::OutputKey)
    );
    assert_ne!(chain.open(CARE, &whole), chain.open(CARE, &good));
}

#[test]
fn both_transcryptors_make_the_same_global_public_key() {
    let [a, b] = Chain::new(8).transcryptors;
    let (from_a, from_b) = (a.global_part().unwrap(), b.global_part().unwrap());
    assert_ne!(from_a, from_b);
    let global = a.global_public(&from_b).unwrap();
    assert_eq!(global, b.global_public(&from_a).unwrap());
    assert_ne!(global, from_a);
    assert_ne!(global, from_b);
}

#[test]
fn shares_differ_for_every_desk_epoch_and_organisation() {
    let [a, _] = &Chain::new(9).transcryptors;
    let mut contexts = [key(POLICE), key(CARE), key(POLICE), key(POLICE)];
    contexts[2].desk = "zorg".parse().unwrap();
    contexts[3].epoch = 2;
    let shares: std::collections::HashSet<_> = contexts.iter().map(|c| a.key_share(c)).collect();
    assert_eq!(shares.len(), contexts.len());
}
