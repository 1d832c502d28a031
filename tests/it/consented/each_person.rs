//! One record of consent for each person a signal is about, held where records are: the hub sees no difference
//! between two acts of one person and one of each of two.

use super::{adult, chain, child, desk, ground, plan, plan_about, record};
use crate::run;
use seinhuis_client::{ClientError, ConsentGround, Signal};
use seinhuis_domain::consent::{Actor, ActorRole, AgeBand, ConsentId, ConsentRecord};
use seinhuis_types::{Digest, OwnReference};

/// A parent who acts for a child, and is no suspect.
fn parent() -> Actor {
    Actor {
        role: ActorRole::Parent,
        authority: Some(Digest([3; 32])),
        suspect: false,
    }
}

/// A record of a child, in the file of the same family: a parent gave it.
pub(super) fn of_child(age: AgeBand) -> ConsentRecord {
    let mut record = record();
    record.subject = OwnReference::parse("dossier/17:child").unwrap();
    record.acts[0].age = age;
    record.acts[0].age_until = Some(record.until);
    record.acts[0].by = vec![parent()];
    record
}

#[test]
fn consent_of_one_person_carries_nothing_about_another() {
    run(async {
        let mother = record();
        // The same record twice, also with another subject; and two records of one person.
        let same = ConsentRecord {
            id: mother.id,
            ..of_child(AgeBand::Under12)
        };
        let anew = ConsentRecord {
            id: ConsentId([9; 16]),
            ..mother.clone()
        };
        for other in [mother.clone(), same, anew] {
            let told = ConsentGround::of(vec![mother.clone(), other]).unwrap_err();
            let told = told.to_string();
            assert!(told.contains("carries nothing about another"), "{told}");
            assert!(!told.contains("dossier"), "{told}");
        }
        let of_child = of_child(AgeBand::Under12);
        let both = ConsentGround::of(vec![mother.clone(), of_child.clone()]).unwrap();

        let (chain, to) = chain().await;
        let (vt, desk) = (chain.partner("veilig-thuis"), desk());
        let two = plan_about([adult(), child("0-11")]);
        let send = async |signal: &Signal, ground: &ConsentGround| {
            let sending = vt.signal(&desk, signal).to(to.clone()).on_consent(ground);
            let sent: Result<_, ClientError> = sending.send().await;
            sent.map(|sent| sent[0].permitted)
        };
        // Fewer than it is about, and more.
        for (signal, ground) in [(&two, &ground(&mother)), (&plan(), &both)] {
            let told = send(signal, ground).await.unwrap_err().to_string();
            assert!(told.contains("one for each person"), "{told}");
        }
        for record in [&mother, &of_child] {
            let registered = vt.consent_status(record).await.unwrap();
            assert!(registered.is_empty(), "nothing was registered");
        }
        assert!(send(&two, &both).await.unwrap());
        // What names nobody rests on the consent of whoever it tells of.
        let (nobody, ground) = (plan_about([]), ground(&mother));
        let cited = vt.register_consent(&desk, &to, &nobody, &ground).await;
        assert!(cited.unwrap().is_some());
    });
}
