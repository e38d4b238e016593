"""Each validator accepts its samples and refuses its near misses."""

import pytest

from epol.engine.text.validators import names, validator
from epol.engine.text.validators._schemes import ALIASES, SCHEMES
from epol.engine.text.validators._text import MAX_LONG
from tests.engine.validators.samples import samples

OWN = sorted(samples())

# Their separators mean something, or they take no white space at their ends.
AS_WRITTEN = {
    *(name for name, scheme in SCHEMES.items() if scheme.punctuated),
    *("date", "email", "entropy", "ip", "ipv4", "ipv6", "jwt", "mac", "phone", "uuid"),
    *("base64", "dea", "hk_hkid", "bitcoin"),
}

SURE = """
    aba ar_cbu at_vnr au_abn au_tfn be_eid be_ogm_vcs be_vat bg_pnf ca_bc_phn ca_sin card ch_ahv
    ch_esr ch_uid cl_rut cn_ric cnpj cy_vat damm de_kvnr de_leitweg de_personalausweis de_vat
    dk_cvr ean ec_ci ee_kmkr es_cups es_dni es_nie fi_alv fi_hetu fi_ytunnus fr_siren gn_nifp
    gr_amka hk_hkid hr_oib hu_anum hu_taj iban il_hp il_idnr imei in_aadhaar in_epic in_vid isin
    it_iva kr_brn lei lu_matricule lu_tva luhn ma_ice md_idno mod11 mod97 mt_vat nhs nl_bsn
    no_fodselsnummer no_orgnr npi nric orcid pl_dowod pl_nip pl_pesel rs_pib ru_ogrn se_orgnr
    se_personnummer tr_tckimlik uy_rut verhoeff za_idnr za_tin
""".split()
"""Whose scheme finds every wrong digit: Luhn, Verhoeff, Damm, a prime modulus that is not
folded to ten values, or weights without a divisor in common with the modulus."""


@pytest.mark.parametrize("name", OWN)
def test_samples_are_accepted(name: str) -> None:
    good = samples()[name].good
    assert len(good) >= 3
    assert [text for text in good if not validator(name)(text)] == []


@pytest.mark.parametrize("name", OWN)
def test_near_misses_are_refused(name: str) -> None:
    bad = samples()[name].bad
    assert len(bad) >= 2
    assert [text for text in bad if validator(name)(text)] == []


@pytest.mark.parametrize("name", SURE)
def test_every_wrong_digit_is_found(name: str) -> None:
    check = validator(name)
    for text in samples()[name].good:
        for at, char in enumerate(text):
            others = set("0123456789") - {char} if char in "0123456789" else ()
            assert not [d for d in others if check(text[:at] + d + text[at + 1 :])], text


@pytest.mark.parametrize("name", sorted(set(OWN) - AS_WRITTEN))
def test_separators_and_case_make_no_difference(name: str) -> None:
    """Short of capitals where the standard asks for them, and one space at most in a word."""
    check = validator(name)
    for text in samples()[name].good:
        assert check(f" {text}\n")
        assert check(text.replace(" ", "\u00a0").replace("-", "\u2013"))
        assert check(text.replace(" ", "").replace("-", "").replace(".", ""))


@pytest.mark.parametrize("name", names())
def test_nothing_is_refused_without_a_look_but_long_texts(name: str) -> None:
    check = validator(name)
    assert not check("")
    assert not check(" ")
    filler = "0123456789abcdef" * (MAX_LONG // 16) + "0"
    assert not check(filler)
    if ALIASES.get(name, name) not in {"base64", "entropy", "jwt"}:
        assert not check(samples()[ALIASES.get(name, name)].good[0] + "0" * 300)
