"""Who may connect in the clear: nobody but programs on this computer."""

from __future__ import annotations

import ssl

from VoCoLib.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def context_for(host: str, certificate: str, key: str) -> ssl.SSLContext | None:
    """How connections to a server are kept secret; None for those within this computer.

    Args:
        host: address that it listens at.
        certificate, key: PEM files; empty for none.

    Raises:
        InputError: the network could read along, or a file cannot be used.
    """
    if not certificate and host not in LOOPBACK:
        raise InputError(
            f"{host} can be reached from other computers, which could read along.",
            "Give --certificate and --key, or leave --host out and use an SSH tunnel.",
        )
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"{certificate} cannot be used for TLS: {error}.",
            "Give a certificate and its key in PEM format.",
        ) from error
    return context
