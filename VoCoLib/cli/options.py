"""Options that several commands of `voco` have."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[
    bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
]

ModelName = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="A model's id (see: voco models list) or its .safetensors file."
    ),
]

Device = Annotated[
    str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
]

Precision = Annotated[
    str, typer.Option(help="auto (the fastest that is native), float32, bfloat16 or float16 (GPU).")
]
