"""The Slicer side of VoCo; in a source checkout it makes VoCoLib importable.

An installed extension has VoCoLib beside the modules. jobs, scene, presenters, sections and
installation are its rooms.
"""

import sys
from pathlib import Path

_root = Path(__file__).resolve().parents[2]
if (_root / "VoCoLib").is_dir() and str(_root) not in sys.path:
    sys.path.append(str(_root))
