"""Runs Slicer modules without Slicer: PySide6 for PythonQt, slicer-core for MRML."""

import ctypes
import os
import sys

if "PySide6" in sys.modules:
    raise ImportError("the host must be imported before PySide6, whose enums it sets to ints")
os.environ["PYSIDE6_OPTION_PYTHON_ENUM"] = "2"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.version_info < (3, 12):
    # PySide6 6.12 takes a reference from None in every call that returns nothing. Later Pythons do
    # not count them; here the process would end after some minutes. The count comes first in None.
    ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
