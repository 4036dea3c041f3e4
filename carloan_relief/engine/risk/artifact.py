"""Models as bytes: signed, checked before they are opened, and proved after.

Opening a pickle runs what is in it, so a signature with a key of the server is checked
first, over header and payload together. The header says in plain JSON what the payload
is and on what it was made; another version of scikit-learn or numpy's major is refused,
for it may open and then answer differently. Last, a few known rows are scored again.

A scorecard needs no pickle: its payload is plain JSON. The same signature protects it.
"""

import hashlib
import hmac
import io
import json
from dataclasses import fields

import numpy as np

from .scorecard import Bin, Card

MAGIC = b"CARLOAN-MODEL-1\n"
#: How far a known answer may be off: the last digits differ between processors.
TOLERANCE = 1e-6
KNOWN_ROWS = 5


class ArtifactError(ValueError):
    """Bytes that are no model of ours; ``reason`` is a key, ``detail`` a value.

    Reasons: format, signature, version, answer.
    """

    def __init__(self, reason, detail=""):
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


def versions():
    """Return what a pickle depends on."""
    import sklearn

    return {"sklearn": sklearn.__version__, "numpy": np.__version__.split(".")[0]}


def pack(predictor, key, sample_features, **about):
    """Return the signed bytes of a predictor.

    :param bytes key: secret of the server
    :param dict sample_features: some rows, of which the first few are the known answers
    :param about: what the header says besides; JSON values
    """
    rows = {
        name: np.asarray(sample_features[name], np.float64)[:KNOWN_ROWS]
        for name in predictor.features
    }
    form, payload = _dump(predictor)
    header = {
        **about,
        "kind": predictor.kind,
        "form": form,
        "features": list(predictor.features),
        "versions": versions() if form == "joblib" else {},
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "known": {name: _plain(values) for name, values in rows.items()},
        "expected": predictor.predict(rows, top=0).pd.tolist(),
    }
    text = json.dumps(header, sort_keys=True).encode()
    body = len(text).to_bytes(8, "big") + text + payload
    return MAGIC + _sign(body, key) + body


def header_of(data):
    """Return the header of bytes, unchecked: only to show what somebody brought."""
    return _split(data)[1]


def unpack(data, key):
    """Return (predictor, header) of signed bytes.

    :raises ArtifactError: when they are altered, of another key, of another version,
        or answer differently; nothing is unpickled before the signature fits
    """
    signature, header, body, payload = _split(data)
    if not hmac.compare_digest(signature, _sign(body, key)):
        raise ArtifactError("signature")
    if header["form"] == "joblib" and header["versions"] != versions():
        made, ours = header["versions"], versions()
        raise ArtifactError("version", f"{_show(made)} / {_show(ours)}")
    predictor = _load(header["form"], payload)
    _prove(predictor, header)
    return predictor, header


def _split(data):
    """Return (signature, header, body, payload) of bytes."""
    start = len(MAGIC)
    if not data or not data.startswith(MAGIC) or len(data) < start + 40:
        raise ArtifactError("format")
    signature, body = data[start : start + 32], data[start + 32 :]
    size = int.from_bytes(body[:8], "big")
    if not 0 < size <= len(body) - 8:
        raise ArtifactError("format")
    try:
        header = json.loads(body[8 : 8 + size])
    except ValueError as error:
        raise ArtifactError("format") from error
    if not isinstance(header, dict) or "form" not in header:
        raise ArtifactError("format")
    return signature, header, body, body[8 + size :]


def _sign(body, key):
    return hmac.new(key, body, hashlib.sha256).digest()


def _show(found):
    return ", ".join(f"{name} {value}" for name, value in sorted(found.items()))


def _plain(values):
    return [None if np.isnan(value) else float(value) for value in values]


def _dump(predictor):
    if isinstance(predictor, Card):
        return "json", json.dumps(card_as_dict(predictor), sort_keys=True).encode()
    import joblib

    buffer = io.BytesIO()
    joblib.dump(predictor, buffer, compress=3)
    return "joblib", buffer.getvalue()


def _load(form, payload):
    if form == "json":
        return card_of_dict(json.loads(payload))
    import joblib

    return joblib.load(io.BytesIO(payload))


def _prove(predictor, header):
    """Score the known rows again."""
    rows = {
        name: np.array([np.nan if v is None else v for v in values])
        for name, values in header["known"].items()
    }
    got = predictor.predict(rows, top=0).pd
    gap = np.abs(got - np.array(header["expected"])).max(initial=0)
    if not gap <= TOLERANCE:
        raise ArtifactError("answer", f"{gap:.6f}")


def card_as_dict(card):
    """Return a scorecard as plain data; open ends and nan as texts."""
    found = {f.name: getattr(card, f.name) for f in fields(card)}
    found["bins"] = [
        [b.feature, str(b.lower), str(b.upper), b.points, b.reason] for b in card.bins
    ]
    return found


def card_of_dict(found):
    """Return the scorecard of :func:`card_as_dict`, checked."""
    rows = [
        (feature, float(low), float(up), points, reason)
        for feature, low, up, points, reason in found["bins"]
    ]
    scale = {name: value for name, value in found.items() if name != "bins"}
    return Card.of([Bin(*row) for row in rows], **scale)
