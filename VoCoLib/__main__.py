"""Makes `python -m VoCoLib` the same as `voco`."""

from VoCoLib.cli.main import main

main()
