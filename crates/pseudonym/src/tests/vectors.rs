//! `tests/vectors/conversion.json` holds: fixed secrets and draws give these bytes.

use super::refused::Drawn;
use super::*;
use seinhuis_types::hex;
use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/conversion.json")).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("`{name}` is text"))
}

fn bytes<const N: usize>(value: &Value, name: &str) -> [u8; N] {
    let text = text(value, name);
    assert_eq!(text.len(), 2 * N, "{name}");
    std::array::from_fn(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
}

fn context(value: &Value, name: &str) -> KeyContext {
    let text = text(value, name);
    let parts: Vec<_> = text.split('/').collect();
    let epoch = parts[2].strip_prefix('e').unwrap().parse().unwrap();
    let context = KeyContext {
        oin: parts[0].parse().unwrap(),
        desk: parts[1].parse().unwrap(),
        epoch,
    };
    assert_eq!(context.to_string(), text);
    context
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("`{name}` is a list"))
        .clone()
}

fn point(value: &Value, name: &str) -> Point {
    let input = text(value, name);
    let (kind, digits) = input.split_once('/').unwrap();
    match kind {
        "bsn" => CitizenNumber::parse(digits).unwrap().point(),
        "skn" => ChainNumber::parse(digits).unwrap().point(),
        _ => panic!("`{kind}` is no kind of number"),
    }
}

#[test]
fn published_points_hold() {
    let points = list(&file(), "points");
    assert!(points.len() >= 3);
    for case in points {
        let made = point(&case, "input").to_bytes().unwrap();
        assert_eq!(hex(&made), text(&case, "point"), "{}", text(&case, "input"));
    }
}

#[test]
fn published_conversions_hold() {
    let file = file();
    let setups = list(&file, "transcryptors");
    let transcryptors: Vec<_> = setups
        .iter()
        .map(|setup| {
            let lines: Vec<_> = list(setup, "secrets")
                .iter()
                .map(|l| l.as_str().unwrap().to_owned())
                .collect();
            let file = lines.join("\n") + "\n";
            let secrets = TranscryptorSecrets::from_bytes(file.as_bytes()).unwrap();
            let transcryptor = Transcryptor::new(secrets);
            assert_eq!(
                hex(&transcryptor.blinded_part()),
                text(setup, "blinded_part")
            );
            assert_eq!(
                hex(&transcryptor.global_part().unwrap()),
                text(setup, "global_part")
            );
            transcryptor
        })
        .collect();
    let parts: Vec<_> = transcryptors
        .iter()
        .map(Transcryptor::blinded_part)
        .collect();
    let global = transcryptors[0]
        .global_public(&transcryptors[1].global_part().unwrap())
        .unwrap();
    assert_eq!(hex(&global), text(&file, "global_public"));

    let session = |context: &KeyContext| {
        let shares: Vec<_> = transcryptors.iter().map(|t| t.key_share(context)).collect();
        (SessionKey::combine(&parts, &shares).unwrap(), shares)
    };
    for case in list(&file, "session_keys") {
        let (key, shares) = session(&context(&case, "context"));
        let shares: Vec<_> = shares.iter().map(|share| Value::from(hex(share))).collect();
        assert_eq!(shares, list(&case, "shares"));
        assert_eq!(hex(&key.public()), text(&case, "public"));
    }
    let conversions = list(&file, "conversions");
    assert!(conversions.len() >= 3);
    for case in conversions {
        convert(&case, &transcryptors, &session);
    }
}

fn convert(
    case: &Value,
    transcryptors: &[Transcryptor],
    session: &impl Fn(&KeyContext) -> (SessionKey, Vec<[u8; 32]>),
) {
    let (source, target) = (context(case, "from_key"), context(case, "to_key"));
    let ((from_key, _), (to_key, _)) = (session(&source), session(&target));
    let (from, input) = match text(case, "from") {
        "number" => (Domain::Number, point(case, "input")),
        "skn" => (Domain::Skn, point(case, "input")),
        name => {
            assert_eq!(name, source.domain().to_string());
            let own = Pseudonym::from_bytes(&bytes(case, "input")).unwrap();
            (source.domain(), Point::from(&own))
        }
    };
    assert_eq!(text(case, "to"), target.domain().to_string());
    let conversion = Conversion::new(from, source, target.domain(), target).unwrap();

    let draws = [bytes(case, "encrypt_r")];
    let sent = encrypt(&input, &from_key.public(), &mut Drawn(draws.iter())).unwrap();
    assert_eq!(hex(&sent), text(case, "ciphertext"));

    let mut before = Converted {
        ciphertexts: vec![sent],
        output_key: from_key.public(),
    };
    let steps = list(case, "steps");
    assert_eq!(steps.len(), transcryptors.len());
    for (step, transcryptor) in steps.iter().zip(transcryptors) {
        let draws = [bytes(step, "r")];
        let rng = &mut Drawn(draws.iter());
        let (key, ciphertexts) = (&before.output_key, &before.ciphertexts);
        before = transcryptor
            .convert(&conversion, key, ciphertexts, rng)
            .unwrap();
        assert_eq!(hex(&before.ciphertexts[0]), text(step, "ciphertext"));
        assert_eq!(hex(&before.output_key), text(step, "output_key"));
    }
    before.require_key(&to_key.public()).unwrap();
    let opened = decrypt(&to_key, &before.ciphertexts[0]).unwrap();
    assert_eq!(hex(&opened.to_bytes()), text(case, "pseudonym"));
}
