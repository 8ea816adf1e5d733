"""Whether a signature is that of a file."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from ocpp.domain.certificates import firmware_signature
from ocpp.domain.errors import Invalid, NotFound
from ocpp.tests.certifying import ec_key, make_root, rsa_key

CONTENT = bytes(range(256)) * 1000
SHA256 = hashes.SHA256()


def pss(key: Any, salt: int = 32) -> bytes:
    signed: bytes = key.sign(CONTENT, padding.PSS(padding.MGF1(SHA256), salt), SHA256)
    return signed


def v15(key: Any) -> bytes:
    signed: bytes = key.sign(CONTENT, padding.PKCS1v15(), SHA256)
    return signed


def ecdsa(key: Any) -> bytes:
    signed: bytes = key.sign(CONTENT, ec.ECDSA(SHA256))
    return signed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(("make_key", "sign"), [(rsa_key, pss), (rsa_key, v15), (ec_key, ecdsa)])
def test_it_is_the_file_s_or_not(file: Path, make_key: Any, sign: Any) -> None:
    key = make_key()
    certificate = make_root(key=key)
    signature = sign(key)
    firmware_signature.check("signature", signature, certificate, file)
    for wrong in (sign(make_key()), b"x" * len(signature), b"x"):
        with pytest.raises(Invalid, match="signature: is not the signature of this file"):
            firmware_signature.check("signature", wrong, certificate, file)
    file.write_bytes(CONTENT + b"x")
    with pytest.raises(Invalid):
        firmware_signature.check("signature", signature, certificate, file)


def test_a_salt_of_any_length_will_do(file: Path) -> None:
    key = rsa_key()
    for salt in (0, 20, 222):
        firmware_signature.check("s", pss(key, salt), make_root(key=key), file)


def test_without_the_file_nothing_is_checked(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not there any more"):
        firmware_signature.check("s", b"x", make_root(), tmp_path / "gone")


def test_base64_is_read_strictly() -> None:
    assert firmware_signature.read("s", base64.b64encode(b"abc").decode()) == b"abc"
    for text in ("ab c=", "YWJj\n", "ñ", "YWJ", "***"):
        with pytest.raises(Invalid, match="s: is not base64"):
            firmware_signature.read("s", text)
