"""The command `voco serve`."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Device
from VoCoLib.errors import InputError, VoCoError


def serve(
    host: Annotated[
        str,
        typer.Option(help="Address to listen at; other computers need TLS, see --certificate."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8422,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate for TLS, a PEM file.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, a PEM file.")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the token that clients must know, 16 characters or more.",
            show_default="a new one, which is printed",
        ),
    ] = None,
    max_mb: Annotated[int, typer.Option(min=1, help="MB of a CT, unpacked.")] = 2000,
    max_requests: Annotated[
        int, typer.Option(min=1, help="Requests at a time; one runs, the others wait.")
    ] = 8,
    max_minutes: Annotated[
        float, typer.Option(min=0.01, help="Of one request, waiting included.")
    ] = 60.0,
    device: Device = "auto",
) -> None:
    """Segment for other computers, with the models and the graphics card of this one.

    In 3D Slicer the server is a device of VoCo Segmentation. Nobody is answered without the token.
    Images are kept in memory where the system has a folder for that (/dev/shm), else in a private
    temporary folder, and removed after each request.

    Example: voco serve --host 0.0.0.0 --certificate cert.pem --key key.pem --token-file token
    """
    if find_spec("aiohttp") is None:
        raise VoCoError("Not installed: aiohttp.", "Run: pip install 'slicer-voco[serve]'")
    from VoCoLib.server.listening import Place, listen
    from VoCoLib.server.service import Limits

    token = _token(token_file) if token_file is not None else secrets.token_urlsafe(24)
    place = Place(host, port, str(certificate or ""), str(key or ""))
    told = f"Token: {token}" if token_file is None else f"Token: that of {token_file}"
    listen(place, token, Limits(max_mb, max_requests, max_minutes), device, told)


def _token(path: Path) -> str:
    """The token in a file."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The token cannot be read: {error}.", "Choose another file.") from error
    if len(token) < 16 or not token.isascii() or not token.isprintable():
        raise InputError(
            f"{path} holds no token: 16 or more printable ASCII characters.",
            'Make one: python -c "import secrets; print(secrets.token_urlsafe(24))" > token',
        )
    return token
