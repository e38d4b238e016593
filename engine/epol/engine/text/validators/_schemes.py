"""The table of schemes: international identifiers, and those of every country."""

from __future__ import annotations

from epol.engine.text.validators._scheme import Scheme
from epol.engine.text.validators._schemes_europe import EUROPE
from epol.engine.text.validators._schemes_world import WORLD

__all__ = ["ALIASES", "SCHEMES", "Scheme"]

INTERNATIONAL = {
    "cusip": Scheme("cusip", "CUSIP Global Services; ANSI X9.6", r"[0-9A-Z*@#]{8}\d"),
    "damm": Scheme("damm", "H. M. Damm, dissertation, Marburg 2004", r"\d{2,}"),
    "ean": Scheme("ean", "GS1 General Specifications: GTIN-8, -12, -13, -14"),
    # With 14 or 16 digits (IMEISV) there is no check digit, so any number would do.
    "imei": Scheme("imei", "3GPP TS 23.003, 6.2.1", r"\d{15}"),
    "imsi": Scheme("imsi", "ITU-T E.212, with its list of network codes"),
    "isin": Scheme("isin", "ISO 6166", r"[A-Z]{2}[0-9A-Z]{9}\d"),
    "lei": Scheme("lei", "ISO 17442-1; GLEIF", r"[0-9A-Z]{18}\d\d"),
    # The sum of any run of zeros is right, and of many runs of one digit.
    "luhn": Scheme("luhn", "ISO/IEC 7812-1, Annex B", r"(?!(\d)\1*\Z)\d{2,}"),
    # Of the checks called modulo 11 the one that is a standard by itself; `nhs`, `cpf` and
    # others have weights of their own.
    "mod11": Scheme("iso7064.mod_11_2", "ISO/IEC 7064, MOD 11-2", r"\d+[\dX]"),
    "mod97": Scheme("iso7064.mod_97_10", "ISO/IEC 7064, MOD 97-10", r"[0-9A-Z]+\d\d"),
    # An ISNI; only these blocks are set apart for ORCID.
    "orcid": Scheme("isni", "ISO 27729; ORCID", r"000[09]\d{11}[\dX]"),
    "verhoeff": Scheme("verhoeff", "J. Verhoeff, Error Detecting Decimal Codes, 1969", r"\d{2,}"),
}

NAMED_BY_THE_LANGUAGE = {
    # The first two digits are of a Federal Reserve district, a thrift, an electronic
    # identifier, the government or a traveller's cheque.
    "aba": Scheme(
        "us.rtn",
        "American Bankers Association: routing number",
        r"(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}",
    ),
    "cnpj": Scheme("br.cnpj", "Receita Federal do Brasil; IN RFB 2.229/2024 (with letters)"),
    "cpf": Scheme("br.cpf", "Receita Federal do Brasil"),
    "nhs": Scheme("gb.nhs", "NHS Data Dictionary: NHS NUMBER"),
    # Besides areas 000, 666 and 9xx, group 00 and serial 0000, the numbers that the Social
    # Security Administration names as misused in advertising are refused.
    "ssn": Scheme("us.ssn", "Social Security Administration; 20 CFR 422.103", r"\d{9}"),
}

SCHEMES = {**INTERNATIONAL, **NAMED_BY_THE_LANGUAGE, **EUROPE, **WORLD}
"""Each scheme by the name of its validator."""

ALIASES = {
    "br_cnpj": "cnpj",
    "br_cpf": "cpf",
    "credit_card": "card",
    "gb_nhs": "nhs",
    "sg_nric": "nric",
    "us_aba": "aba",
    "us_dea": "dea",
    "us_npi": "npi",
    "us_ssn": "ssn",
}
"""Second names, most of them so that each identifier of a country is under its code too."""
