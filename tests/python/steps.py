"""The steps of the run, in order: each yields a line for what held.

Owns: what two partners do with each other. Must not know: bytes and how the services are started.
"""

import types

import agreement
import later
import refusals
import register as registers
from contract import v1
from desks import fetch_keys, make_session, publish_keys
from ground import check, f, random, refuses, same
from partner import call, expect_error, key
from persons import get_entry
from proofs import check_leaf, check_proof, open_parts
from pseudonyms import made_up_numbers
from recipient import open_delivery
from refusals import publish_request
from sender import Subject, conversion, envelope
from slips import NUMBER, OWN
from transparency import (Checkpoint, WIDTH, read_tlog_proof, rebuild, verify_consistency,
                          verify_inclusion)

DESKS = {"politie": "huiselijk-geweld", "veilig-thuis": "intake"}
VALUES = {
    "arrested": b"yes", "barring_considered": b"yes", "children_count": b"1",
    "children_present": b"witness", "complaint": b"no", "fact_status": b"observed",
    "form": b"partner", "injury": b"light", "nature": b"physical,psychological",
    "place_type": b"home", "severity": b"S3", "weapon": b"none",
    # Not in the clause: withheld.
    "substance": b"alcohol",
}
PUBLIC = {v1.PART_SHARED}


class Chain:
    """Two partners, and what the steps leave for each other."""

    def __init__(self, police, safe_home):
        self.police, self.safe_home = police, safe_home
        self.root = self.content = self.agreement = self.keys = self.subjects = self.case = None
        self.request = self.outcome = self.refused = self.opened = self.checkpoint = None
        self.entries = {"politie": set(), "veilig-thuis": set()}

    def envelope(self):
        """A fresh, good envelope from Politie to Veilig Thuis."""
        return envelope(self.police, self.keys, self.agreement, agreement.CLAUSE, self.subjects,
                        VALUES | {"case": self.case})


def keys(chain):
    """Session keys from both halves, sealing keys, statements; each reads the other's."""
    ruleset = call(chain.police.directory.GetRuleset, v1.GetRulesetRequest())
    same(f.ruleset_root(ruleset.catalogue_hash, ruleset.policy_hash), ruleset.ruleset_root,
         "ruleset root")
    chain.root = ruleset.ruleset_root
    for partner in (chain.police, chain.safe_home):
        make_session(partner, DESKS[partner.name])
        for proof in publish_keys(partner):
            parts = check_proof(partner, proof, chain.root, PUBLIC, v1.ACT_KEY)
            check(partner.oin in parts[v1.PART_SHARED].public_note, "the entry names the owner")
    chain.keys = fetch_keys(chain.police, chain.safe_home.oin, chain.safe_home.desk)
    same(chain.keys.seal_key, f.xwing_public(chain.safe_home.seal_seed), "sealing key as read")
    same(f.unb64url(chain.keys.pseudonym["key"]), chain.safe_home.session.public,
         "session key as read")
    refusals.untrusted_signers(chain.police, chain.safe_home)
    other = v1.GetKeyShareRequest(desk="another-desk", epoch=chain.police.epoch)
    expect_error(chain.police.hub_pseudonyms.GetKeyShare, other, "DESK_UNKNOWN", "NOT_FOUND")
    yield "session keys from two shares, X-Wing keys, four key statements read under pinned roots"


def agree(chain):
    """Politie proposes, both accept."""
    police, safe_home = chain.police, chain.safe_home
    ruleset = call(police.directory.GetRuleset, v1.GetRulesetRequest())
    chain.content = agreement.content(police, safe_home, ruleset)
    chain.agreement = f.agreement_hash(chain.content)
    canonical = f.rfc8785.dumps(chain.content)
    reply = call(police.agreements.Propose,
                 v1.ProposeRequest(idempotency_key=key(), content=canonical))
    same(reply.agreement_hash, chain.agreement, "hash of the agreement")
    check_proof(police, reply.proof, chain.root, PUBLIC, v1.ACT_AGREEMENT)
    states = []
    for partner in (police, safe_home):
        found = call(partner.agreements.Get, v1.GetRequest(agreement_hash=chain.agreement))
        same(found.agreement.content, canonical, "content as proposed")
        step = agreement.step(partner, chain.agreement, "accept")
        request = v1.AcceptRequest(idempotency_key=key(), agreement_hash=chain.agreement, step=step)
        reply = call(partner.agreements.Accept, request)
        check_proof(partner, reply.proof, chain.root, PUBLIC, v1.ACT_AGREEMENT)
        states.append(reply.state)
    same(states, [v1.AGREEMENT_STATE_PROPOSED, v1.AGREEMENT_STATE_VALID], "states")
    yield f"agreement {chain.agreement[:16]}… proposed, accepted twice, valid"


def register(chain):
    """Each reads its own register of processing; neither the other's."""
    clause = agreement.clause_of(chain.content, agreement.CLAUSE)
    police, safe_home = chain.police, chain.safe_home
    sides = ((police, safe_home, "source"), (safe_home, police, "recipient"))
    found = [registers.read(partner, other, side, chain.agreement, clause, chain.content)
             for partner, other, side in sides]
    registers.refuse(police, found[1])
    registers.refuse(safe_home, found[0])
    yield "register: identifiers, version, law and words follow from the agreement and fit the schema"


def publish(chain):
    """Three people: two adults and a child, their identities sealed."""
    police = chain.police
    suspect, victim, child = made_up_numbers(3)
    chain.subjects = [
        Subject("suspect", "18-plus", suspect, f"n:{suspect}".encode()),
        Subject("victim", "18-plus", victim,
                "i:Voorbeeld-Ĳssel\x1fA.B.\x1f1991-02-28\x1f1234AB\x1f12a".encode()),
        Subject("child", "0-11", child, f"n:{child}".encode()),
    ]
    chain.case = random(16)
    chain.request = publish_request(chain.envelope(), wait=v1.WAIT_PUBLISHED)
    reply = call(police.signals.Publish, chain.request)
    same(len(reply.outcomes), 1, "outcomes")
    chain.outcome = outcome = reply.outcomes[0]
    decision = v1.Decision.FromString(outcome.decision)
    check(decision.permitted, f"permitted; reasons: {[r.code for r in decision.reasons]}")
    same((decision.act, decision.source_oin, decision.recipient_oin, decision.clause_id),
         (v1.ACT_PUBLISH, police.oin, chain.safe_home.oin, agreement.CLAUSE), "decision")
    same((decision.agreement_hash, decision.ruleset_root), (chain.agreement, chain.root),
         "what the decision stands on")
    same((list(decision.basis_provide), list(decision.basis_receive), list(decision.basis_special)),
         (["POL-VT"], ["WMO-4-1-1-2"], ["WMO-5-1-6-2"]), "bases")
    same(list(decision.granted), agreement.GRANTED, "fields that leave")
    same([(w.path, w.reason) for w in decision.withheld], [("substance", "FIELD_NOT_COVERED")],
         "fields that stay")
    sent = chain.request.envelopes[0]
    parts = check_proof(police, outcome.proof, chain.root, {v1.PART_SHARED, v1.PART_PROVIDER},
                        v1.ACT_PUBLISH, sent.decision_slip, outcome.decision)
    provider = parts[v1.PART_PROVIDER]
    same((provider.decision, provider.source_leaf, provider.signal_id),
         (outcome.decision, sent.source_leaf, chain.request.signal_id), "provider's part")
    chain.checkpoint = read_tlog_proof(police.log_key, outcome.proof.tlog_proof,
                                       outcome.proof.index, outcome.proof.leaf)
    chain.entries["politie"].add(outcome.proof.index)
    again = call(police.signals.Publish, chain.request)
    same(again.outcomes[0].decision, outcome.decision, "decision of the same call again")
    same(again.outcomes[0].proof.receipt, outcome.proof.receipt, "receipt of the same call again")
    yield "INC_HOME of three people published: decision, receipt, leaf, parts, openings verified"
    unknown = envelope(police, chain.keys, chain.agreement, "no-such-clause", chain.subjects,
                       VALUES)
    refused = call(police.signals.Publish, publish_request(unknown)).outcomes[0]
    decision = v1.Decision.FromString(refused.decision)
    check(not decision.permitted and decision.reasons, "an unknown clause is refused, with why")
    check(all(r.law and r.text_nl and r.remedy_en for r in decision.reasons), "law and remedy")
    check_proof(police, refused.proof, chain.root, {v1.PART_PROVIDER}, v1.ACT_PUBLISH,
                unknown.decision_slip, refused.decision)
    chain.refused = refused.proof.index
    chain.entries["politie"].add(chain.refused)
    yield f"an unknown clause is refused by name: {decision.reasons[0].code}"


def receive(chain):
    """Veilig Thuis takes the delivery, verifies, opens, compares, acknowledges."""
    safe_home = chain.safe_home
    stream = safe_home.signals.Receive(v1.ReceiveRequest(desk=safe_home.desk), timeout=15)
    item = next(stream)
    stream.cancel()
    same(item.WhichOneof("item"), "delivery", "first item of the stream")
    delivery = item.delivery
    refusals.altered_deliveries(safe_home, delivery, chain.root)
    chain.opened = opened = open_delivery(
        safe_home, delivery, chain.root, agreement.clause_of(chain.content, agreement.CLAUSE))
    chain.entries["politie"].add(delivery.proof.index)
    same(opened.values, {p: VALUES[p] for p in agreement.GRANTED} | {"case": chain.case}, "values")
    same(opened.identities, {n: s.identity for n, s in enumerate(chain.subjects)}, "identities")
    same(opened.obligations, {"give-feedback", "inform-subject"}, "obligations")
    check(delivery.handling.secrecy_law and delivery.handling.reminder_nl, "secrecy is told")
    sent = chain.request.envelopes[0]
    check_leaf(delivery.proof.leaf, safe_home.epoch, chain.root, sent.release_slip)
    yield "delivery verified with hidden leaves, opened, values as sent and in the catalogue"
    same(len(set(opened.pseudonyms)), 3, "three people, three pseudonyms")
    numbers = {n: identity[2:].decode() for n, identity in opened.identities.items()
               if identity.startswith(b"n:")}
    own = fetch_keys(safe_home, safe_home.oin, safe_home.desk)
    request = conversion(safe_home, own, numbers.values())
    reply = call(safe_home.hub_pseudonyms.Convert, request)
    same(reply.output_key, safe_home.session.public, "key the conversion stands under")
    converted = [safe_home.session.decrypt(ciphertext) for ciphertext in reply.ciphertexts]
    same(converted, [opened.pseudonyms[n] for n in numbers], "pseudonyms of the sealed numbers")
    yield "sealed numbers, converted anew, give the pseudonyms that came"
    refusals.foreign_acknowledgement(chain.police, delivery.delivery_id)
    refusals.opened_before_delivered(safe_home, delivery.delivery_id)
    refusals.altered_cursor(safe_home, item.cursor)
    tags = [(NUMBER, numbers[n].encode()) if n in numbers else (OWN, opened.pseudonyms[n])
            for n in range(3)]
    for state in (v1.ACK_STATE_DELIVERED, v1.ACK_STATE_OPENED):
        slip = safe_home.tags.slip(tags)
        request = v1.AcknowledgeRequest(
            idempotency_key=key(), delivery_id=delivery.delivery_id, state=state, slip=slip,
            acting_person=b"worker-5", acting_role="vt-worker", wait=v1.WAIT_PUBLISHED)
        proof = call(safe_home.signals.Acknowledge, request).proof
        parts = check_proof(safe_home, proof, chain.root, {v1.PART_SHARED, v1.PART_RECIPIENT},
                            v1.ACT_ACKNOWLEDGE, slip)
        same((parts[v1.PART_SHARED].ack_state, parts[v1.PART_RECIPIENT].acting_person),
             (state, b"worker-5"), "acknowledgement")
        read_tlog_proof(safe_home.log_key, proof.tlog_proof, proof.index, proof.leaf)
        chain.entries["veilig-thuis"].add(proof.index)
    yield "acknowledged DELIVERED and OPENED, each proven under a published checkpoint"


def log(chain):
    """The log itself, past a full tile: checkpoint, inclusion, consistency, every leaf."""
    police, safe_home = chain.police, chain.safe_home
    index = chain.outcome.proof.index
    # More than fifty, so for two persons.
    requests = [get_entry(police, index, "fg-1", "fg-2") for _ in range(WIDTH)]
    reading = [police.audit.GetEntry.future(request, timeout=15) for request in requests]
    for one in reading:
        reply = one.result()
        same(reply.leaf, chain.outcome.proof.leaf, "leaf as read again")
        parts = open_parts(reply.leaf, reply.parts)
        same(parts[v1.PART_PROVIDER].signal_id, chain.request.signal_id, "part as read again")
        parts = open_parts(reply.proof.leaf, reply.proof.parts)
        staff = [one.person for one in parts[v1.PART_RECIPIENT].staff]
        same(staff, ["fg-1", "fg-2"], "who read")
    request = publish_request(chain.envelope(), wait=v1.WAIT_PUBLISHED)
    proof = call(police.signals.Publish, request).outcomes[0].proof
    chain.entries["politie"].add(proof.index)
    note = call(police.audit.GetCheckpoint, v1.GetCheckpointRequest()).checkpoint
    latest = Checkpoint(police.log_key, note)
    check(latest.size > max(WIDTH, proof.index), "the checkpoint covers a full tile and the entry")
    refuses(lambda: Checkpoint(police.log_key, note.replace(str(latest.size), "1", 1)),
            "a checkpoint of another size")
    for entry in (chain.outcome.proof, proof):
        found = call(police.audit.GetInclusionProof, v1.GetInclusionProofRequest(
            index=entry.index, tree_size=latest.size))
        leaf_hash = f.leaf_hash(entry.leaf)
        verify_inclusion(entry.index, latest.size, leaf_hash, found.hashes, latest.root)
        refuses(lambda: verify_inclusion(entry.index + 1, latest.size, leaf_hash, found.hashes,
                                         latest.root), "an inclusion proof of another entry")
    found = call(safe_home.audit.GetConsistencyProof, v1.GetConsistencyProofRequest(
        from_size=chain.checkpoint.size, to_size=latest.size))
    verify_consistency(chain.checkpoint, latest, found.hashes)
    refuses(lambda: verify_consistency(chain.checkpoint, latest, found.hashes[:-1]),
            "a shorter consistency proof")
    yield f"checkpoint of {latest.size} entries, inclusion, consistency since {chain.checkpoint.size}"
    leaves = rebuild(safe_home.tile, latest)
    same(leaves[index], chain.outcome.proof.leaf, "leaf in its bundle")
    hashes = [f.leaf_hash(leaf) for leaf in leaves]
    for size in (1, 2, 7, 8, WIDTH - 1, WIDTH):
        earlier = types.SimpleNamespace(size=size, root=f.tree_root(hashes[:size]))
        found = call(safe_home.audit.GetConsistencyProof,
                     v1.GetConsistencyProofRequest(from_size=size, to_size=latest.size))
        verify_consistency(earlier, latest, found.hashes)
    yield f"root and all tiles recomputed from {len(leaves)} leaves, consistent at every size tried"
    for subject in chain.subjects:
        found = police.tags.scan(leaves, *subject.tag())
        same(set(found), chain.entries["politie"], "entries about a person, by Politie's tag key")
    same(safe_home.tags.scan(leaves, *chain.subjects[1].tag()), [],
         "entries about a person, by another's tag key")
    victim = safe_home.tags.scan(leaves, OWN, chain.opened.pseudonyms[1])
    same(set(victim), chain.entries["veilig-thuis"], "entries about a person, by pseudonym")
    yield "officers find each of their own entries about a person, and no others"


def refuse(chain):
    """Altered calls get their documented codes."""
    police, safe_home = chain.police, chain.safe_home
    refusals.altered_header(police, chain.envelope)
    yield "an altered header: MANIFEST_INVALID"
    refusals.swapped_ciphertexts(police, chain.envelope)
    yield "swapped ciphertexts: MANIFEST_INVALID"
    refusals.other_signer(police, safe_home, chain.envelope)
    yield "another organisation's signing chain: MANIFEST_INVALID"
    refusals.reused_key(police, chain.request, chain.envelope)
    yield "an idempotency key with other bytes: IDEMPOTENCY_KEY_REUSED"
    refusals.reused_slip(police, chain.request, chain.envelope)
    yield "a slip used before: SLIP_REUSED"
    refusals.foreign_acknowledgement(police, chain.opened.delivery.delivery_id)
    yield "another's delivery: DELIVERY_NOT_FOUND, as one that does not exist"
    refusals.stranger_reads(safe_home, chain.refused)
    yield "no part of an entry of another"
    refusals.person_assertions(police, chain.outcome.proof.index)
    yield "person assertions: absent, for another request, used twice, one person twice"


ALL = (keys, agree, register, publish, receive, log, *later.ALL, refuse)
