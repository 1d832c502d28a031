"""The catalogue as a partner has it: whether an opened value is one of its field.

docs/formats/sealed-record.md, Values. Must not know: who sent the value.
"""

import datetime
import re
import tomllib

from ground import check

OIN = re.compile(r"[0-9]{20}")
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")


class Catalogue:
    """Fields and code lists of a catalogue folder."""

    def __init__(self, folder):
        def rows(file, table):
            return tomllib.loads((folder / file).read_text())[table]

        self._fields = {row["name"]: row for row in rows("fields.toml", "field")}
        self._lists = {row["name"]: {code["code"] for code in row["code"]}
                       for row in rows("codes.toml", "list")}

    def knows_obligation(self, code):
        """Whether an obligation is one this partner knows how to keep."""
        return code in self._lists["obligation"]

    def check_value(self, path, value):
        """Raises unless `value` (bytes) has the one form of the field's kind."""
        if path == "case":
            check(len(value) in (16, 32, 48), "a case is one to three references")
            return
        field = self._fields[path]
        check(self._fits(field, value), f"{path} has a value outside the catalogue")

    def _fits(self, field, value):
        kind = field["kind"]
        if kind == "opaque":
            return len(value) == 16
        text = value.decode()
        if kind == "enum":
            return text in self._lists[field["list"]]
        if kind == "enum-set":
            codes = text.split(",")
            return (codes == sorted(set(codes)) and len(codes) <= field["max"]
                    and set(codes) <= self._lists[field["list"]])
        if kind == "oin":
            return bool(OIN.fullmatch(text))
        if kind == "bool":
            return text in ("yes", "no")
        if kind == "date":
            return datetime.date.fromisoformat(text).isoformat() == text
        if kind in ("int", "hour"):
            low, high = field.get("min", 0), field.get("max", 2**32)
            return bool(WHOLE.fullmatch(text)) and text != "-0" and low <= int(text) <= high
        return False
