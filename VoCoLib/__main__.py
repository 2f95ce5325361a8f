"""Makes `python -m VoCoLib` the same as `voco`."""

from VoCoLib.cli import main

main()
