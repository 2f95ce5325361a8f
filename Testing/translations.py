"""Collects every sentence that a user reads in Slicer into the files for translators.

python Testing/translations.py renews Translations/*.ts and the list of VoCoLib's sentences by which
the panel knows them again; with --check it only says what is out of date, and fails if anything is.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("VoCoSegmentation", "VoCoPretrain")
LIBRARY = "VoCoLib"
SENTENCES = ROOT / "VoCoSegmentation/Resources/LibrarySentences.json"
CATALOGUE = ROOT / "VoCoLib/Resources/models.json"
FOLDER = ROOT / "Translations"
# Rooms of VoCoLib of which a panel shows nothing: the command line's words, and pictures.
NOT_SHOWN = ("cli", "figures")
# Files of VoCoLib that give reasons in words which stand in sentences of others.
REASONS = {
    *("dicom/series.py", "dicom/spacing.py", "files.py", "positions/cells.py"),
    *("images/itk.py", "images/nifti.py", "images/label_names.py"),
    *("models/catalogue.py", "networks/checkpoints.py"),
    *("networks/loading.py", "networks/weight_files.py"),
}
# Raised for mistakes of programmers, not of users.
PROGRAMMERS = {"TypeError", "ValueError", "RuntimeError", "KeyError", "AssertionError"}
COMMAND = re.compile(r"`?\bvoco [a-z{]|(?<![\w-])--[a-z]|\bVOCO_[A-Z]")  # as in panelWords.py
BETWEEN = re.compile(r"(?<=[.!?])(?:\{\w+\})?\s+(?=[A-Z{])")
FIELD = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})")
# A field at either end that holds other sentences.
ASIDE = re.compile(r"^(\{\w+\}\s*)+ (?=[A-Z][a-z])|(?<=[.!?])\s*\{\w+\}$")

Message = tuple[str, str]  # context, source


def collect() -> list[Message]:
    """All that is to be translated, in the order of contexts and files, each once."""
    found = [*_of_modules(), *_of_forms(), *((LIBRARY, text) for text in library_sentences())]
    return list(dict.fromkeys(found))


def context_of(path: Path) -> str:
    """The context that slicer.i18n.tr computes for a file of Python."""
    package = path.parent.name + "." if (path.parent / "__init__.py").is_file() else ""
    return package + path.stem


def _of_modules() -> Iterator[Message]:
    for path in sorted(path for name in MODULES for path in (ROOT / name).rglob("*.py")):
        for call in _in_order(ast.parse(path.read_text(encoding="utf-8")), ast.Call):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            texts = [item.value for item in call.args if isinstance(item, ast.Constant)]
            if name == "_" and texts:
                yield context_of(path), texts[0]
            elif name == "translate" and len(texts) == 2:
                yield texts[0], texts[1]


def _of_forms() -> Iterator[Message]:
    for path in sorted(path for name in MODULES for path in (ROOT / name).rglob("*.ui")):
        form = ElementTree.parse(path).getroot()
        name = form.findtext("class", "")
        not_translated = {
            string
            for parent in form.iter("stringlist")
            if parent.get("notr") == "true"
            for string in parent
        }
        for string in form.iter("string"):
            text = string.text or ""
            if text.strip() and string.get("notr") != "true" and string not in not_translated:
                yield name, text


def library_sentences() -> list[str]:
    """What VoCoLib says to users, sentence by sentence, its fields as {0}, {1}, ...

    These are the texts of its errors, and every other literal that is a sentence: warnings and
    hints are put together far from where they are said; of some files also phrases, which give
    reasons in the fields of others; and what the catalogue says of its models. Sentences about
    commands are left out: the panel has words of its own for these.
    """
    found: dict[str, None] = {}
    for model in json.loads(CATALOGUE.read_text(encoding="utf-8"))["models"]:
        for key in ("description", "licence_note", "unsupported_reason"):
            found.update(dict.fromkeys(_sentences(model.get(key) or "")))
    for path in sorted((ROOT / LIBRARY).rglob("*.py")):
        file = path.relative_to(ROOT / LIBRARY)
        if file.parts[0] not in NOT_SHOWN:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for text in _said_in(tree, file.as_posix() in REASONS):
                found.update(dict.fromkeys(_sentences(text)))
    return list(found)


def _said_in(tree: ast.Module, phrases: bool) -> Iterator[str]:
    silent: set[ast.AST] = set()
    of_errors: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)  # a docstring
        elif isinstance(node, ast.JoinedStr):
            silent.update(node.values)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in PROGRAMMERS:
                silent.update(ast.walk(node))
            elif node.func.id.endswith("Error"):
                of_errors.update(item for item in node.args[:2])
    for node in _in_order(tree, (ast.Constant, ast.JoinedStr)):
        text = "" if node in silent else _template(node)
        said = _is_sentence(text) or node in of_errors or (phrases and _is_phrase(text))
        if said and _has_words(text):
            yield text


def _in_order(tree: ast.AST, kinds: type | tuple[type, ...]) -> list:
    """Nodes as they come in the file."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


def _template(node: ast.Constant | ast.JoinedStr) -> str:
    """A literal with numbered fields; empty for what is no text."""
    if isinstance(node, ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        return text.strip().replace("{", "{{").replace("}", "}}")
    parts, count = [], 0
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value).replace("{", "{{").replace("}", "}}"))
        else:
            parts.append(f"{{{count}}}")
            count += 1
    return "".join(parts).strip()


def _is_sentence(text: str) -> bool:
    """Whether a literal ends as sentences do, but for more of them in a last field."""
    return re.search(r"[.!?](\s*\{\w+\})?$", text) is not None and " " in text


def _has_words(text: str) -> bool:
    """Whether there is enough to know it by: two words, or one long one."""
    words = re.findall(r"[A-Za-z]{2,}", FIELD.sub(" ", text))
    return "\n" not in text and sum(map(len, words)) >= 6


def _is_phrase(text: str) -> bool:
    """Whether a literal is a reason such as fields of sentences hold."""
    words = re.findall(r"(?<![\w{.])[a-z]{2,}(?![\w}=])", text)
    return len(words) > 1 and sum(map(len, words)) > 9 and not re.search(r"^[^\w{]|[$|~*/\\]", text)


def _sentences(text: str) -> Iterator[str]:
    """Sentences that the panel says as they are, fields numbered from 0 in each."""
    for part in BETWEEN.split(text):
        sentence = _renumbered(ASIDE.sub("", part))
        if _has_words(sentence) and not COMMAND.search(sentence):
            yield sentence


def _renumbered(sentence: str) -> str:
    names = list(dict.fromkeys(FIELD.findall(sentence)))
    return FIELD.sub(lambda match: f"{{{names.index(match[1])}}}", sentence)


def read(path: Path) -> dict[Message, str]:
    """Finished translations of a .ts file."""
    return {
        (context.findtext("name", ""), message.findtext("source", "")): translation.text
        for context in ElementTree.parse(path).getroot().iter("context")
        for message in context.iter("message")
        if (translation := message.find("translation")) is not None
        and translation.get("type") is None
        and translation.text
    }


def written(language: str, messages: Iterable[Message], known: dict[Message, str]) -> str:
    """A .ts file, in which what is not known is unfinished."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ElementTree.Element] = {}
    for context, source in messages:
        if context not in contexts:
            contexts[context] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(contexts[context], "name").text = context
        message = ElementTree.SubElement(contexts[context], "message")
        ElementTree.SubElement(message, "source").text = source
        translation = ElementTree.SubElement(message, "translation")
        translation.text = known.get((context, source), "")
        if not translation.text:
            translation.set("type", "unfinished")
    ElementTree.indent(root, "  ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n'


def renewed() -> dict[Path, str]:
    """What the files should hold."""
    sentences = json.dumps(library_sentences(), indent=0, ensure_ascii=False) + "\n"
    messages = collect()
    translations = {
        path: written(path.stem.partition("_")[2], messages, read(path))
        for path in sorted(FOLDER.glob("*.ts"))
    }
    return {SENTENCES: sentences, **translations}


def main(arguments: list[str]) -> int:
    """Renews or checks the files; returns the exit code."""
    stale = 0
    for path, text in renewed().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"{path.relative_to(ROOT).as_posix()} {'is out of date' if arguments else 'renewed'}")
        if not arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
    return int(bool(arguments) and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
