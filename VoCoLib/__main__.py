"""Runs `voco` as a program of its own; `python -m VoCoLib` is the same."""

from VoCoLib.processes.own_process import declare_own

declare_own()

from VoCoLib.cli.main import main  # noqa: E402  (after it is known whose process this is)

if __name__ == "__main__":
    main()
