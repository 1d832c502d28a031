"""The parties, keys and codes that the vectors share."""

import formats as f
from formats import seeded

POLICE = "00000099000000010000"
SAFE_HOME = "00000099000000020000"
SIGNER = f.Signer("ES256", POLICE, "Test Politie")
SIGNER_384 = f.Signer("ES384", POLICE, "Test Politie")
STRANGER = f.Signer("ES256", SAFE_HOME, "Test Veilig Thuis")
HOUR = 492_336
KID = "intake-seal-e1"
SEAL_SEED = seeded("seal key/intake", 32)
RULESET = f.ruleset_root(seeded("catalogue hash", 32), seeded("policy hash", 32))
# A point of ristretto255: its generator.
PSEUDONYM = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"


def text(data):
    return data.decode("utf-8")
