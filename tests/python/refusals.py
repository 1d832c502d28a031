"""What must not go through: each altered call gets its documented code and changes nothing.

Owns: the alterations. Must not know: how a good call is made.
"""

from contract import v1
from ground import ERRORS, Failed, check, random, refuses, same
from partner import call, expect_error, key
from persons import asserted, get_entry
from recipient import verify
from trust import Trust, look_alike_root


def publish_request(*envelopes, wait=v1.WAIT_COMMITTED):
    """A new PublishRequest."""
    return v1.PublishRequest(idempotency_key=key(), signal_id=random(16), envelopes=envelopes,
                             wait=wait)


def _expect(method, request, code, status):
    check((ERRORS / f"{code}.md").exists(), f"{code} is a documented error")
    expect_error(method, request, code, status)


def altered_header(sender, make):
    """The urgency is changed after signing: still a good header, but not the one signed."""
    envelope = make()
    header = v1.HeaderLeaf.FromString(envelope.header_leaf)
    header.urgency = "U2"
    envelope.header_leaf = header.SerializeToString()
    _expect(sender.signals.Publish, publish_request(envelope), "MANIFEST_INVALID",
            "INVALID_ARGUMENT")


def swapped_ciphertexts(sender, make):
    """Two people change places."""
    envelope = make()
    first, second = envelope.subjects[0].ciphertext, envelope.subjects[1].ciphertext
    envelope.subjects[0].ciphertext, envelope.subjects[1].ciphertext = second, first
    _expect(sender.signals.Publish, publish_request(envelope), "MANIFEST_INVALID",
            "INVALID_ARGUMENT")


def other_signer(sender, other, make):
    """Signed by another organisation, whose chain holds."""
    envelope = make()
    del envelope.signing_chain[:]
    envelope.signing_chain.extend(other.signing_chain())
    _expect(sender.signals.Publish, publish_request(envelope), "MANIFEST_INVALID",
            "INVALID_ARGUMENT")


def reused_key(sender, request, make):
    """A key that was used before, with other bytes; then with the same bytes, which is no error."""
    other = publish_request(make())
    other.idempotency_key = request.idempotency_key
    _expect(sender.signals.Publish, other, "IDEMPOTENCY_KEY_REUSED", "ALREADY_EXISTS")


def reused_slip(sender, request, make):
    """A slip that stands in the log already."""
    envelope = make()
    envelope.decision_slip.CopyFrom(request.envelopes[0].decision_slip)
    _expect(sender.signals.Publish, publish_request(envelope), "SLIP_REUSED", "ALREADY_EXISTS")


def foreign_acknowledgement(stranger, delivery_id):
    """Someone else's delivery; the answer is that of one that does not exist."""
    for id_ in (delivery_id, random(16)):
        request = v1.AcknowledgeRequest(idempotency_key=key(), delivery_id=id_,
                                        state=v1.ACK_STATE_DELIVERED, slip=stranger.tags.slip())
        _expect(stranger.signals.Acknowledge, request, "DELIVERY_NOT_FOUND", "NOT_FOUND")


def opened_before_delivered(recipient, delivery_id):
    """OPENED comes only after DELIVERED."""
    request = v1.AcknowledgeRequest(
        idempotency_key=key(), delivery_id=delivery_id, state=v1.ACK_STATE_OPENED,
        slip=recipient.tags.slip(), acting_person=b"worker-5", acting_role="vt-worker",
    )
    _expect(recipient.signals.Acknowledge, request, "MESSAGE_INVALID", "INVALID_ARGUMENT")


def altered_cursor(recipient, cursor):
    """A cursor with one bit changed."""
    request = v1.ReceiveRequest(desk=recipient.desk,
                                cursor=cursor[:-1] + bytes([cursor[-1] ^ 1]))
    _expect(lambda r, timeout: next(recipient.signals.Receive(r, timeout=timeout)), request,
            "CURSOR_INVALID", "INVALID_ARGUMENT")


def stranger_reads(stranger, index):
    """Another partner gets no part of an entry that is not its own."""
    reply = call(stranger.audit.GetEntry, get_entry(stranger, index, "fg-1"))
    same(len(reply.parts), 0, "parts of another's entry")


def person_assertions(reader, index):
    """An entry of one's own is read for a person, once, over that request."""
    read, bare = reader.audit.GetEntry, v1.GetEntryRequest(index=index)
    other = v1.GetEntryRequest(index=index + 1)
    call_name = "AuditService/GetEntry"
    good = get_entry(reader, index, "fg-1")
    call(read, good)
    for request, code, status in (
        (bare, "PERSON_ASSERTION_INVALID", "INVALID_ARGUMENT"),
        (asserted(reader, call_name, bare, "fg-1", about=other), "PERSON_ASSERTION_INVALID",
         "INVALID_ARGUMENT"),
        (asserted(reader, call_name, bare, "fg-1", reason="workload"), "PERSON_ASSERTION_INVALID",
         "INVALID_ARGUMENT"),
        (asserted(reader, "DecisionService/Explain", bare, "fg-1"), "PERSON_ASSERTION_INVALID",
         "INVALID_ARGUMENT"),
        (good, "PERSON_ASSERTION_USED", "ALREADY_EXISTS"),
        (get_entry(reader, index, "fg-1", "FG-1"), "SECOND_PERSON_NEEDED", "PERMISSION_DENIED"),
    ):
        _expect(read, request, code, status)


def untrusted_signers(reader, other):
    """Chains that the reader's own roots do not carry, or not for this."""
    refuses(lambda: reader.trust.signer(other.tls_chain, other.oin), "a TLS certificate as signer")
    refuses(lambda: reader.trust.signer(other.signer.chain, reader.oin), "another's certificate")
    refuses(lambda: reader.trust.signer(other.signer.chain[:1], other.oin), "half a chain")
    pinned = other.signer.chain[-1]
    false_root = Trust([look_alike_root(pinned)], reader.crls)
    refuses(lambda: false_root.signer(other.signer.chain, other.oin), "a chain under another root")


def altered_deliveries(recipient, delivery, ruleset_root):
    """What the recipient's own verifier must refuse, whatever the hub would do."""

    def altered(what, change):
        copy = v1.Delivery()
        copy.CopyFrom(delivery)
        change(copy)
        if copy == delivery:
            raise Failed(f"{what}: nothing was altered")
        refuses(lambda: verify(recipient, copy, ruleset_root), what)

    def swap(copy):
        first, second = copy.subjects[0].original, copy.subjects[1].original
        copy.subjects[0].original, copy.subjects[1].original = second, first

    def header(copy):
        leaf = v1.HeaderLeaf.FromString(copy.header_leaf)
        leaf.subject_informed = "yes"
        copy.header_leaf = leaf.SerializeToString()

    def relabel(copy):
        # The list of what was withheld goes along: only the signed header tells.
        copy.hidden[-1].label, copy.withheld[0].path = "f/unknown", "unknown"

    def drop_field(copy):
        del copy.record.fields[0]

    def opening(copy):
        copy.proof.parts[0].opening = random(32)

    def decision(copy):
        copy.decision += b"\x08\x02"

    altered("a delivery with swapped ciphertexts", swap)
    altered("a delivery with another header", header)
    altered("a delivery with a hidden leaf under another name", relabel)
    altered("a delivery without a field, unsaid", drop_field)
    altered("a part with another opening", opening)
    altered("a decision with a byte more", decision)
