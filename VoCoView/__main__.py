"""Serves the page as `voco view` asks for it, in JSON on the command line."""

from __future__ import annotations

import json
import sys

from VoCoView.door import Wishes, serve


def main() -> None:
    """Serves until Ctrl-C; raises VoCoError."""
    serve(Wishes(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
