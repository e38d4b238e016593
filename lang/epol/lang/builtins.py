"""What the language itself names: flows, roles, treatments, places, caps, target parts."""

from __future__ import annotations

from enum import IntEnum

from epol.lang.literals import MILLION, Kind
from epol.lang.types import BOOL, MAX_INT, PLAIN_TYPES, STRING, EnumType, NumericType, Type

EDITIONS = (1,)
"""The language editions this version knows."""

MAX_TARGETS = 64
MAX_LABELS = 2048
MAX_IMPORT_DEPTH = 50

FLOWS = ("request", "response", "tool_call")
ROLES = ("system", "user", "assistant", "tool")
PLACES = ("local", "premises", "cloud")
EFFORTS = ("none", "low", "medium", "high")


class Treatment(IntEnum):
    """What happens to a label's spans, weakest first (language.md §5)."""

    KEEP = 0
    MASK = 1
    GENERALIZE = 2
    TOKENIZE = 3
    HASH = 4
    REDACT = 5
    DROP = 6

    def __str__(self) -> str:
        return self.name.lower()


TREATMENTS = {str(treatment): treatment for treatment in Treatment}

GENERALIZATIONS = ("year", "month", "decade", "zip3", "network", "round")
"""Methods of `generalize by`; `round` alone takes a number."""

TARGET_FIELDS: dict[str, Type] = {
    "at": EnumType(PLACES),
    "zone": STRING,
    "model": STRING,
    "context": PLAIN_TYPES["int"],
}
"""Fields that every target has without a `field` declaration."""

TARGET_SIGNALS: dict[str, tuple[Type, bool | int]] = {
    "up": (BOOL, True),
    "queue": (PLAIN_TYPES["int"], 0),
    "rtt": (PLAIN_TYPES["duration"], 0),
    "latency": (PLAIN_TYPES["duration"], 0),
    "errors": (PLAIN_TYPES["ratio"], 0),
    "rate_left": (PLAIN_TYPES["int"], MAX_INT),
}
"""Live signals that every target has, with their types and defaults."""

TARGET_NAME = "name"
TARGET_COST = "cost"
COST_INPUTS = ("request.tokens", "request.max_output_tokens")
"""What `target.cost` multiplies the prices in and out with."""

TARGET_PARTS_UNREAD = frozenset({"price", "url", "key"})
"""What a target has that no expression reads."""

TARGET_PARTS_TAKEN = frozenset(
    {*TARGET_FIELDS, *TARGET_SIGNALS, TARGET_NAME, TARGET_COST, *TARGET_PARTS_UNREAD}
)
"""Names that a `field` declaration cannot take."""

CAPS: dict[str, Type] = {
    "max_output_tokens": PLAIN_TYPES["int"],
    "temperature": NumericType(Kind.NUMBER, 0, 10 * MILLION),
    "top_p": PLAIN_TYPES["ratio"],
    "reasoning_effort": EnumType(EFFORTS),
}

VALIDATORS = (
    "aba", "ad_nrt", "al_nipt", "ar_cbu", "ar_cuit", "at_abgabenkonto", "at_uid", "at_vnr",
    "au_abn", "au_acn", "au_medicare", "au_tfn", "az_voen", "ba_jmbg", "base64", "be_bis", "be_eid",
    "be_nn", "be_ogm_vcs", "be_ssn", "be_vat", "bg_egn", "bg_pnf", "bg_vat", "bitcoin", "br_cnpj",
    "br_cpf", "br_pis", "by_unp", "ca_bc_phn", "ca_bn", "ca_sin", "card", "ch_ahv", "ch_esr",
    "ch_uid", "ch_vat", "cl_rut", "cn_ric", "cn_uscc", "cnpj", "co_nit", "cpf", "cr_cpj",
    "credit_card", "cu_ni", "cusip", "cy_vat", "cz_bankaccount", "cz_dic", "cz_rc", "damm", "date",
    "de_handelsregister", "de_idnr", "de_kvnr", "de_lanr", "de_leitweg", "de_personalausweis",
    "de_rvnr", "de_vat", "dea", "dk_cpr", "dk_cvr", "do_cedula", "do_ncf", "do_rnc", "ean", "ec_ci",
    "ec_ruc", "ee_ik", "ee_kmkr", "ee_registrikood", "email", "entropy", "es_cae", "es_ccc",
    "es_cif", "es_cups", "es_dni", "es_nie", "es_nif", "es_nuss", "es_referenciacatastral",
    "eu_creditor_id", "fi_alv", "fi_hetu", "fi_ytunnus", "fr_accise", "fr_nif", "fr_nir", "fr_rcs",
    "fr_siren", "fr_siret", "fr_tva", "gb_nhs", "gb_nino", "gb_sedol", "gb_upn", "gb_utr", "gb_vat",
    "gh_tin", "gn_nifp", "gr_amka", "gr_vat", "gt_nit", "hk_hkid", "hr_jmbg", "hr_oib",
    "hu_adoazonosito", "hu_anum", "hu_taj", "iban", "id_nik", "id_npwp", "ie_pps", "ie_vat",
    "il_hp", "il_idnr", "imei", "imsi", "in_aadhaar", "in_epic", "in_gstin", "in_pan", "in_vid",
    "ip", "ipv4", "ipv6", "ir_melli", "is_kennitala", "isin", "it_codice_fiscale", "it_iva",
    "jp_cn", "jp_my_number", "jwt", "ke_pin", "kr_brn", "kr_rrn", "kz_iin", "lei", "lk_nic",
    "lt_asmens", "lt_pvm", "lu_matricule", "lu_tva", "luhn", "lv_personas_kods", "lv_pvn", "ma_ice",
    "mac", "mc_tva", "md_idno", "me_jmbg", "me_pib", "mk_edb", "mk_embg", "mod11", "mod97",
    "mt_vat", "mu_nid", "mx_clabe", "mx_curp", "mx_rfc", "my_nric", "mz_nuit", "nhs", "nl_bsn",
    "nl_btw", "nl_identiteitskaart", "nl_onderwijsnummer", "no_fodselsnummer", "no_kontonr",
    "no_mva", "no_orgnr", "npi", "nric", "nz_bankaccount", "nz_ird", "nz_nhi", "orcid", "pe_cui",
    "pe_ruc", "phone", "pk_cnic", "pl_dowod", "pl_nip", "pl_pesel", "pl_regon", "pt_cc", "pt_nif",
    "py_ruc", "ro_cf", "ro_cnp", "ro_cui", "ro_onrc", "rs_jmbg", "rs_pib", "ru_inn", "ru_ogrn",
    "ru_snils", "se_orgnr", "se_personnummer", "se_samordningsnummer", "se_vat", "secret",
    "sg_nric", "sg_uen", "si_ddv", "si_emso", "si_maticna", "sk_dph", "sk_rc", "sn_ninea", "ssn",
    "sv_nit", "swift", "th_moa", "th_pin", "tn_mf", "tr_tckimlik", "tr_vkn", "tw_id", "tw_ubn",
    "ua_edrpou", "ua_rntrc", "us_aba", "us_atin", "us_dea", "us_ein", "us_itin", "us_mbi", "us_npi",
    "us_ptin", "us_ssn", "uuid", "uy_ci", "uy_rut", "vat", "ve_rif", "verhoeff", "vin", "vn_mst",
    "za_idnr", "za_tin",
)  # fmt: skip
"""Names that `check` may use."""

BOUNDARIES = ("digit", "word", "letter", "space")
TARGET_WORDS_TAKEN = frozenset({"target", "any"})

TEXT_FUNCTIONS: dict[str, Type] = {
    "count": PLAIN_TYPES["int"],
    "match": BOOL,
    "density": PLAIN_TYPES["ratio"],
    "similarity": PLAIN_TYPES["ratio"],
}
"""The type of what each text signal computes."""
