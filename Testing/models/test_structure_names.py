"""Sides in the names of structures, in all spellings, and which structures mirror each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from VoCoLib.errors import InputError
from VoCoLib.models.label_tables import make_labels
from VoCoLib.structure_names import SIDES, side_pairs, sides_of, words_of


@pytest.mark.parametrize(
    "names",
    [
        *("kidney_left kidney_right", "Left-Kidney Right-Kidney", "Kidney(L) Kidney(R)"),
        *("LKidney RKidney", "lkidney rkidney", "LKIDNEY RKIDNEY", "KidneyL KidneyR"),
        *("LK RK", "LAG RAG", "lag rag", "PAROTIDL PAROTIDR", "psoasl psoasr"),
        *("leftkidney rightkidney", "LEFTKIDNEY RIGHTKIDNEY", "kidneyLeft kidneyRight"),
        *("kidneyleft kidneyright", "Lt_Kidney Rt_Kidney", "LTKidney RTKidney"),
        *("ltkidney rtkidney", "lkidney RightKidney", "Llobule Rlobule"),
        *("ctx_lh_frontal ctx_rh_frontal", "rib_l1 rib_r1"),
    ],
)
def test_the_sides_are_paired_however_they_are_written(names: str) -> None:
    left, right = names.split()
    table = make_labels(["Liver", left, "rectum", right, "lung_tumour", "bright_spot", "cleft"])
    assert side_pairs(table) == ((4, 2),)
    assert [label.modifier for label in table[:4]] == [None, SIDES["left"], None, SIDES["right"]]


def test_lobes_of_the_lungs_are_told_apart() -> None:
    table = make_labels(["RUL", "RML", "RLL", "LUL", "LLL"])
    with pytest.raises(InputError, match="RML looks like the name of a side"):
        side_pairs(table)
    assert side_pairs(table, ["RML"]) == ((1, 4), (3, 5))


def test_names_with_an_l_or_r_at_an_end_have_no_side_for_that() -> None:
    names = ["liver", "lung", "larynx", "rectum", "femoral", "L1", "vertebrae_L5", "LIVER", "LUNG"]
    assert not any(side for _, side in sides_of(names))


@pytest.mark.parametrize(
    "alone",
    ["LKidney", "lkidney", "LEFTKIDNEY", "Foo_L", "PAROTIDL", "rpsoas", "LK", "RAG", "LPancreas"],
)
def test_a_side_without_the_other_is_refused_unless_it_keeps_its_name(alone: str) -> None:
    table = make_labels(["Liver", alone])
    with pytest.raises(InputError, match="no counterpart") as caught:
        side_pairs(table)
    assert table[1].name in caught.value.message and "--sideless" in caught.value.hint
    assert side_pairs(table, [alone]) == ()
    with pytest.raises(InputError, match="'Spleen', which is not learned"):
        side_pairs(table, [alone, "Spleen"])


def test_all_that_lacks_a_counterpart_is_named_at_once() -> None:
    table = make_labels(["lung_middle_lobe_right", "Liver", "LN", "atrial_appendage_left"])
    with pytest.raises(InputError) as caught:
        side_pairs(table)
    named = '"LN,lung middle lobe right,atrial appendage left"'
    assert named in caught.value.hint
    assert side_pairs(table, named.strip('"').split(",")) == ()


def test_a_pair_may_keep_its_names() -> None:
    """The right ventricle of a mirrored heart is its right ventricle."""
    table = make_labels(["LV", "RV", "LK", "RK"])
    assert side_pairs(table) == ((2, 1), (4, 3))
    assert side_pairs(table, ["LV", "RV"]) == ((4, 3),)
    with pytest.raises(InputError, match="RV has no counterpart"):
        side_pairs(table, ["LV"])


def test_modifiers_decide_where_they_are_there() -> None:
    names = ["Rein gauche", "Rein droit", "Foie"]
    kidney = make_labels(["left kidney"])[0].type
    french = [replace(label, type=kidney) for label in make_labels(names)]
    assert side_pairs(french) == ()
    coded = [replace(french[0], modifier=SIDES["left"]), french[1], french[2]]
    with pytest.raises(InputError, match="Rein gauche has no counterpart"):
        side_pairs(coded)
    coded[1] = replace(french[1], modifier=SIDES["right"])
    assert side_pairs(coded) == ((2, 1),)
    coded[2] = replace(french[2], modifier=SIDES["right"])
    with pytest.raises(InputError, match="Rein droit and Foie seem to be the same"):
        side_pairs(coded)


def test_two_spellings_of_a_name_are_one_structure() -> None:
    assert words_of("LKidney") == words_of("kidney left") == words_of("LEFTKIDNEY")
    with pytest.raises(InputError, match="Two labels mean L Psoas"):
        make_labels(["psoas_left", "LPsoas"])
