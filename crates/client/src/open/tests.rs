//! A delivery as a hub makes it, and as a hub or a sender must not be able to make it.

use super::*;
use crate::SignalBuilder;
use crate::testing::{CARE, NOW, POLICE, World, catalogue, context, log_keys, oin, signer, trust};
use seinhuis_pseudonym::{CitizenNumber, decrypt};

fn sent(world: &World, signal: SignalBuilder) -> v1::Envelope {
    world.envelope(&signal.finish().unwrap(), &catalogue(|text| text))
}

fn read<'d>(world: &World, delivery: &'d v1::Delivery) -> Result<Checked<'d>, Incident> {
    read_at(world, delivery, "intake", NOW)
}

fn read_at<'d>(
    world: &World,
    delivery: &'d v1::Delivery,
    desk: &str,
    now: Millis,
) -> Result<Checked<'d>, Incident> {
    let (desk, log) = (desk.parse().unwrap(), log_keys());
    check(
        delivery,
        &Reading {
            own: oin(CARE),
            desk: &desk,
            now,
            trust: &world.trust,
            log: &log,
        },
    )
}

#[test]
fn what_was_sealed_opens_and_what_was_withheld_is_told() {
    let world = World::new();
    let envelope = sent(&world, World::signal().field("injury", "none"));
    let delivery = world.deliver(&envelope, &["injury"]);
    let checked = read(&world, &delivery).unwrap();
    let catalogue = catalogue(|text| text);
    let clause = checked.agreed(&world.content, &catalogue).unwrap();
    let obligations: Vec<String> = checked.obligations(clause).into_iter().collect();
    assert_eq!(obligations, ["give-feedback", "inform-subject"]);
    let values = checked.open(&world.seal, &catalogue).unwrap();
    let text = |path: &str| values.fields.get(path).map(|value| value.as_slice());
    assert_eq!(text("form"), Some(b"partner".as_slice()));
    assert_eq!(text("injury"), None);
    assert_eq!(values.case, [[8; 16]]);
    let number = Identity::Number(CitizenNumber::parse("123456782").unwrap());
    assert_eq!(values.identities.get(&0), Some(&number));
    assert!(!values.identities.contains_key(&1));
    let people: Vec<_> = checked
        .converted
        .iter()
        .map(|ct| decrypt(&world.session, ct).unwrap())
        .collect();
    assert_ne!(people[0], people[1]);
    let again = world.deliver(&sent(&world, World::signal()), &[]);
    let again = read(&world, &again).unwrap().converted[0];
    assert_eq!(
        decrypt(&world.session, &again).unwrap(),
        people[0],
        "one person, one pseudonym"
    );
}

type Tamper = fn(&mut v1::Delivery);

#[test]
fn whatever_a_hub_changes_is_an_incident() {
    let world = World::new();
    let envelope = sent(&world, World::signal().field("injury", "none"));
    let cases: &[(&str, &str, Tamper)] = &[
        ("a hidden field under another name", "leaves", |d| {
            d.hidden[1].label = "f/place_type".into()
        }),
        ("a hidden field left out", "manifest", |d| {
            drop(d.hidden.pop())
        }),
        ("a sealed value altered", "signature-invalid", |d| {
            d.record.as_mut().unwrap().fields[1].bytes[0] ^= 1
        }),
        ("a salt altered", "signature-invalid", |d| d.salts[0] ^= 1),
        ("a salt beside a hash", "manifest", |d| d.salts[32] = 1),
        ("another ciphertext", "signature-invalid", |d| {
            d.subjects[0].original[5] ^= 1
        }),
        ("another kind", "leaves", |d| {
            d.subjects[0].kind = v1::IdKind::Skn.into()
        }),
        ("a subject left out", "leaves", |d| drop(d.subjects.pop())),
        ("no signature", "signature-invalid", |d| {
            d.manifest_signature.clear()
        }),
        ("no certificate", "signature-invalid", |d| {
            d.signing_chain.clear()
        }),
        ("another key id", "leaves", |d| {
            d.record.as_mut().unwrap().kid = "seal-e2".into()
        }),
        ("a field not told as withheld", "decision", |d| {
            d.withheld.clear()
        }),
        ("another decision", "proof", |d| d.decision.push(0)),
        ("no proof", "reply", |d| d.proof = None),
        ("another delivery id", "proof", |d| {
            d.delivery_id = vec![4; 16]
        }),
        ("a short pseudonym", "reply", |d| {
            d.subjects[0].converted.truncate(63)
        }),
    ];
    for (what, expected, tamper) in cases {
        let mut delivery = world.deliver(&envelope, &["injury"]);
        tamper(&mut delivery);
        let incident = read(&world, &delivery).unwrap_err();
        assert_eq!(incident.as_str(), *expected, "{what}: {incident}");
    }
    let mut swapped = world.deliver(&envelope, &["injury"]);
    let other = sent(&world, World::signal().urgency("U1"));
    swapped.header_leaf = other.header_leaf;
    assert!(
        read(&world, &swapped).is_err(),
        "a header of another signal"
    );
}

#[test]
fn a_field_hidden_without_a_decision_is_an_incident() {
    let world = World::new();
    let envelope = sent(&world, World::signal());
    for hidden in ["identity/0", "case"] {
        let delivery = world.deliver(&envelope, &[hidden]);
        assert_eq!(
            read(&world, &delivery).unwrap_err().as_str(),
            "decision",
            "{hidden}"
        );
    }
}

#[test]
fn a_delivery_for_another_desk_or_from_another_hand_is_an_incident() {
    let mut world = World::new();
    let envelope = sent(&world, World::signal());
    let delivery = world.deliver(&envelope, &[]);
    let desk = read_at(&world, &delivery, "frontdesk", NOW).unwrap_err();
    assert_eq!(desk, Incident::OtherRecipient);
    let invalid = |what: &str| Incident::SignatureInvalid(what.to_owned());
    let early = read_at(&world, &delivery, "intake", NOW.minus(3 * Millis::HOUR)).unwrap_err();
    assert_eq!(early, invalid("it was sent in the future"));
    let leaf = world.police.chain()[0].clone().into();
    // Another certificate of the same organisation than the route names signs all of it.
    let second = signer(&world.pki, POLICE);
    let (signal, real) = (World::signal().finish().unwrap(), catalogue(|text| text));
    let forged = world.deliver(&world.envelope_by(&second, &signal, &real), &[]);
    let incident = read(&world, &forged).unwrap_err();
    assert_eq!(incident, invalid("the route names another certificate"));
    // Another organisation signs as itself what it says the police sent.
    let police = std::mem::replace(&mut world.police, signer(&world.pki, CARE));
    let forged = world.deliver(&world.envelope(&signal, &real), &[]);
    let incident = read(&world, &forged).unwrap_err();
    assert_eq!(
        incident,
        invalid("the certificate is of another organisation than the source")
    );
    world.police = police;
    world.pki.revoke(&leaf, NOW).unwrap();
    world.trust = trust(&world.pki);
    assert_eq!(
        read(&world, &delivery).unwrap_err().as_str(),
        "signature-invalid"
    );
}

#[test]
fn a_value_outside_the_catalogue_is_an_incident() {
    let world = World::new();
    let real = catalogue(|text| text);
    // A sender whose catalogue has a code that the agreement's has not.
    let own = catalogue(|text| text.replace("code = \"S1\"", "code = \"S9\""));
    let signal = World::signal()
        .field("nature", "physical")
        .finish()
        .unwrap();
    let mut odd = signal;
    odd.fields
        .insert("severity".parse().unwrap(), Zeroizing::new(b"S9".to_vec()));
    let delivery = world.deliver(&world.envelope(&odd, &own), &[]);
    let checked = read(&world, &delivery).unwrap();
    let Err(incident) = checked.open(&world.seal, &real) else {
        panic!("it opened")
    };
    assert_eq!(
        incident,
        Incident::ValueOutsideCatalogue("severity".parse().unwrap())
    );
    assert!(checked.open(&world.seal, &own).is_ok());
    let stranger = SealKeyPair::generate(&mut rand::rng()).unwrap();
    let Err(incident) = checked.open(&stranger, &real) else {
        panic!("it opened")
    };
    assert_eq!(incident.as_str(), "not-opened");
}

#[test]
fn what_the_clause_does_not_have_is_an_incident_also_when_the_hub_let_it_through() {
    let world = World::new();
    let catalogue = catalogue(|text| text);
    let envelope = sent(&world, World::signal().field("injury", "none"));
    let delivery = world.deliver(&envelope, &[]);
    let checked = read(&world, &delivery).unwrap();
    let incident = checked.agreed(&world.content, &catalogue).unwrap_err();
    assert_eq!(
        incident,
        Incident::OutsideAgreement("the clause does not grant a field that came")
    );

    let mut delivery = world.deliver(&sent(&world, World::signal()), &[]);
    delivery
        .handling
        .as_mut()
        .unwrap()
        .obligations
        .push("burn-after-reading".into());
    let checked = read(&world, &delivery).unwrap();
    let incident = checked.agreed(&world.content, &catalogue).unwrap_err();
    assert_eq!(
        incident,
        Incident::UnknownObligation("burn-after-reading".into())
    );

    let edits: [fn(&mut Clause); 5] = [
        |clause| std::mem::swap(&mut clause.from, &mut clause.to),
        |clause| clause.desks.clear(),
        |clause| clause.purposes.clear(),
        |clause| clause.types.clear(),
        |clause| clause.identity_sealed = false,
    ];
    for (place, edit) in edits.into_iter().enumerate() {
        let mut content = world.content.clone();
        edit(&mut content.clauses[0]);
        let incident = checked.agreed(&content, &catalogue).unwrap_err();
        assert_eq!(incident.as_str(), "outside-agreement", "{place}");
    }
    assert_eq!(context(CARE).desk, checked.route.desk);
}

#[test]
fn a_restricted_theme_that_the_header_does_not_state_is_an_incident() {
    let world = World::new();
    let real = catalogue(|text| text);
    let honour = || {
        let mut signal = World::signal().finish().unwrap();
        let form = Zeroizing::new(b"honour".to_vec());
        signal.fields.insert("form".parse().unwrap(), form);
        signal
    };
    // The SDK states what a code tells; nobody has to think of it.
    let delivery = world.deliver(&world.envelope(&honour(), &real), &[]);
    let checked = read(&world, &delivery).unwrap();
    assert!(checked.header.restricted_theme);
    assert!(checked.open(&world.seal, &real).is_ok());
    // This desk is none for it, and the hub let it through all the same.
    let none = Incident::OutsideAgreement("it is for restricted desks, and this desk is none");
    assert_eq!(checked.agreed(&world.content, &real).unwrap_err(), none);
    let mut marked = world.content.clone();
    for party in &mut marked.parties {
        party.restricted_desks = party.desks.clone();
    }
    assert!(checked.agreed(&marked, &real).is_ok());

    // A sender in whose catalogue the theme is as any other.
    let own = catalogue(|text| {
        let theme = "forms = [\"honour\", \"forced-marriage\"]\nrestricted = true";
        text.replace(theme, &theme.replace("true", "false"))
    });
    let delivery = world.deliver(&world.envelope(&honour(), &own), &[]);
    let checked = read(&world, &delivery).unwrap();
    assert!(!checked.header.restricted_theme);
    assert!(
        checked.agreed(&world.content, &real).is_ok(),
        "the hub saw nothing"
    );
    let incident = checked.open(&world.seal, &real).map(drop).unwrap_err();
    let form = "form".parse().unwrap();
    assert_eq!(incident, Incident::ThemeNotStated(form));
    assert_eq!(incident.as_str(), "theme-not-stated");

    // What no code tells, the sender says itself; of other signals nothing is said.
    let said = World::signal().restricted_theme().finish().unwrap();
    for (signal, stated) in [(said, true), (World::signal().finish().unwrap(), false)] {
        let delivery = world.deliver(&world.envelope(&signal, &real), &[]);
        let checked = read(&world, &delivery).unwrap();
        assert_eq!(checked.header.restricted_theme, stated);
        assert_eq!(checked.agreed(&world.content, &real).is_ok(), !stated);
    }
}
