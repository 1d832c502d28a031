"""One partner: its configuration, its connections, its pinned trust and keys.

Owns: reading `partner.toml`, mTLS channels, the calls with their documented errors. Must not know:
what a signal says.
"""

import tomllib

import grpc
from google.rpc import error_details_pb2, status_pb2

from catalogue import Catalogue
from contract import v1
from ground import Failed, check, random, same
from slips import TagKey
from transparency import NoteKey
from trust import Signer, Trust, read_chain

CALL_SECONDS = 15


class Partner:
    """A partner of the chain, from its configuration file."""

    def __init__(self, name, config):
        folder, self.name = config.parent, name
        settings = tomllib.loads(config.read_text())
        self.oin = settings["oin"]
        tls, signing = settings["tls"], settings["signing"]

        def read(names):
            return [(folder / name).read_bytes() for name in names]

        [catalogue] = settings["catalogues"]
        self.catalogue = Catalogue(folder / catalogue)
        self.crls = read(settings["signing_crls"])
        self.trust = Trust(read(settings["signing_roots"]), self.crls)
        self.signer = Signer(*read([signing["chain"], signing["key"]]))
        [certificate, tls_key] = read([tls["cert"], tls["key"]])
        self.tls_chain = read_chain(certificate)
        same(self.signer.oin, self.oin, "OIN of the own signing certificate")
        self.log_key = NoteKey(settings["log"]["vkey"])
        self.receipt_key = NoteKey(settings["log"]["receipt_vkey"])
        same(self.log_key.name, settings["log"]["origin"], "name of the log")
        same(self.receipt_key.name, f"{self.log_key.name}/receipt", "name of the receipt key")
        [tag_key] = settings["tag_keys"]
        self.tag_epoch = tag_key["epoch"]
        self.tags = TagKey(bytes.fromhex((folder / tag_key["file"]).read_text().strip()))
        credentials = grpc.ssl_channel_credentials(
            root_certificates=b"\n".join(read(tls["roots"])),
            private_key=tls_key, certificate_chain=certificate,
        )
        self._channels = {}
        for service in ("hub", "pseudonymiser"):
            address = f"{settings[service]['host']}:{settings[service]['port']}"
            # A proxy from the environment must never stand between a partner and the hub.
            options = [("grpc.enable_http_proxy", 0)]
            self._channels[service] = grpc.secure_channel(address, credentials, options)
        hub = self._channels["hub"]
        self.signals = v1.SignalServiceStub(hub)
        self.agreements = v1.AgreementServiceStub(hub)
        self.audit = v1.AuditServiceStub(hub)
        self.directory = v1.DirectoryServiceStub(hub)
        self.decisions = v1.DecisionServiceStub(hub)
        self.questions = v1.QuestionServiceStub(hub)
        self.consents = v1.ConsentServiceStub(hub)
        self.register = v1.RegisterServiceStub(hub)
        self.transcryptors = [v1.PseudonymServiceStub(self._channels["pseudonymiser"]),
                              v1.PseudonymServiceStub(hub)]
        # What the steps of the run leave with it.
        self.session = self.seal_seed = self.desk = self.epoch = None

    @property
    def hub_pseudonyms(self):
        """The hub's half of the pseudonym service."""
        return self.transcryptors[1]

    def signing_chain(self):
        """The chain that goes with each signature, leaf first, DER."""
        return self.signer.chain

    def tile(self, path):
        """The bytes of a tile or bundle."""
        return call(self.audit.GetTile, v1.GetTileRequest(path=path)).bytes

    def close(self):
        """Closes both connections."""
        for channel in self._channels.values():
            channel.close()


def key():
    """A fresh idempotency key."""
    return random(32)


def call(method, request):
    """One call; an error is told with its documented code."""
    try:
        return method(request, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        code = error_code(error)
        raise Failed(f"{code or error.code().name}: {error.details()}") from error


def error_code(error):
    """`google.rpc.ErrorInfo.reason` from the trailer `grpc-status-details-bin`, if there is one."""
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            same(status.code, error.code().value[0], "status in the details")
            for detail in status.details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    same(info.domain, "seinhuis.v1", "domain of the error")
                    return info.reason
    return None


def expect_error(method, request, code, status):
    """The call must end with this documented code under this gRPC status."""
    try:
        method(request, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        same((error_code(error), error.code().name), (code, status), "error")
        check(error.details(), "an error says what would mend it")
        return
    raise Failed(f"the call went through, {code} was expected")
