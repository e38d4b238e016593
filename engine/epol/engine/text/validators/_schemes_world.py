"""Identifiers of the countries outside Europe, by ISO 3166 code."""

from __future__ import annotations

from epol.engine.text.validators._scheme import Scheme

WORLD = {
    "ar_cbu": Scheme("ar.cbu", "Banco Central de la República Argentina: CBU"),
    "ar_cuit": Scheme("ar.cuit", "ARCA: CUIT, CUIL"),
    "au_abn": Scheme("au.abn", "Australian Business Register: ABN"),
    "au_acn": Scheme("au.acn", "ASIC: Australian Company Number"),
    "au_tfn": Scheme("au.tfn", "Australian Taxation Office: Tax File Number"),
    "az_voen": Scheme("az.voen", "State Tax Service: VÖEN"),
    "ca_bc_phn": Scheme("ca.bc_phn", "British Columbia: Personal Health Number"),
    "ca_bn": Scheme("ca.bn", "Canada Revenue Agency: Business Number"),
    "ca_sin": Scheme("ca.sin", "Employment and Social Development Canada: SIN"),
    "cl_rut": Scheme("cl.rut", "Servicio de Registro Civil: RUN; SII: RUT"),
    "cn_ric": Scheme("cn.ric", "GB 11643-1999: resident identity number"),
    "cn_uscc": Scheme("cn.uscc", "GB 32100-2015: unified social credit code"),
    "co_nit": Scheme("co.nit", "DIAN: NIT"),
    "cr_cpj": Scheme("cr.cpj", "Registro Nacional: cédula jurídica; class and type only"),
    "cu_ni": Scheme("cu.ni", "MININT: número de identidad; date only"),
    "do_cedula": Scheme("do.cedula", "Junta Central Electoral: cédula"),
    "do_ncf": Scheme("do.ncf", "DGII, Norma General 06-2018: NCF; shape only"),
    "do_rnc": Scheme("do.rnc", "DGII: RNC"),
    "ec_ci": Scheme("ec.ci", "Registro Civil: cédula de identidad"),
    "ec_ruc": Scheme("ec.ruc", "Servicio de Rentas Internas: RUC"),
    "gh_tin": Scheme("gh.tin", "Ghana Revenue Authority: TIN"),
    "gn_nifp": Scheme("gn.nifp", "Direction générale des Impôts: NIFp"),
    # The rule takes two characters already.
    "gt_nit": Scheme("gt.nit", "SAT: NIT", r"\d{3,11}[\dK]"),
    "id_nik": Scheme("id.nik", "Dukcapil: NIK; place and date only"),
    "id_npwp": Scheme("id.npwp", "Direktorat Jenderal Pajak: NPWP"),
    "il_hp": Scheme("il.hp", "Registrar of Companies: H.P."),
    # The rule fills up with zeros; a number is written with eight or nine digits.
    "il_idnr": Scheme("il.idnr", "Population and Immigration Authority", r"\d{8,9}"),
    "in_epic": Scheme("in_.epic", "Election Commission of India: EPIC"),
    "in_gstin": Scheme("in_.gstin", "GSTN: GSTIN"),
    "in_pan": Scheme("in_.pan", "Income Tax Department: PAN; Rule 114; shape only"),
    "in_vid": Scheme("in_.vid", "UIDAI: Virtual ID"),
    "jp_cn": Scheme("jp.cn", "National Tax Agency: corporate number"),
    "jp_my_number": Scheme("jp.in_", "MIC ordinance 85 of 2014: individual number"),
    # The rule allows "|" for the first letter, a slip in its pattern.
    "ke_pin": Scheme("ke.pin", "Kenya Revenue Authority: PIN; shape only", r"[AP]\d{9}[A-Z]"),
    "ma_ice": Scheme("ma.ice", "Direction générale des Impôts: ICE"),
    "mu_nid": Scheme("mu.nid", "Civil Status Division: national identity number"),
    "mx_curp": Scheme("mx.curp", "RENAPO: CURP"),
    "mx_rfc": Scheme("mx.rfc", "SAT: RFC; shape and date only"),
    "my_nric": Scheme("my.nric", "Jabatan Pendaftaran Negara: MyKad; date and place only"),
    "mz_nuit": Scheme("mz.nuit", "Autoridade Tributária: NUIT"),
    "nz_bankaccount": Scheme("nz.bankaccount", "Payments NZ: bank account", punctuated=True),
    "nz_ird": Scheme("nz.ird", "Inland Revenue: IRD number"),
    # Without its check character the number is any eight digits.
    "pe_cui": Scheme("pe.cui", "RENIEC: DNI with check character", r"\d{8}[0-9A-K]"),
    "pe_ruc": Scheme("pe.ruc", "SUNAT: RUC"),
    "pk_cnic": Scheme("pk.cnic", "NADRA: CNIC; province and sex only"),
    # The rule has no shortest length.
    "py_ruc": Scheme("py.ruc", "DNIT: RUC", r"\d{5,9}"),
    "sg_uen": Scheme("sg.uen", "ACRA: Unique Entity Number"),
    "sn_ninea": Scheme("sn.ninea", "ANSD: NINEA"),
    "sv_nit": Scheme("sv.nit", "Ministerio de Hacienda: NIT"),
    "th_moa": Scheme("th.moa", "Department of Business Development"),
    "th_pin": Scheme("th.pin", "Department of Provincial Administration"),
    # The rule fills up with zeros; the issuer writes all seven digits.
    "tn_mf": Scheme(
        "tn.mf",
        "Direction générale des Impôts: matricule fiscal; shape only",
        r"\d{7}[A-HJ-NP-TV-Z](?:[ABDNP][CEMNP]\d{3})?",
    ),
    "tr_tckimlik": Scheme("tr.tckimlik", "Ministry of Interior; Law 5490: T.C. kimlik no."),
    "tr_vkn": Scheme("tr.vkn", "Revenue Administration: VKN"),
    "tw_ubn": Scheme("tw.ubn", "Ministry of Finance: Unified Business Number"),
    "us_ein": Scheme("us.ein", "Internal Revenue Service: EIN; prefix only", r"\d{9}"),
    "us_ptin": Scheme("us.ptin", "Internal Revenue Service: PTIN; shape only"),
    "uy_rut": Scheme("uy.rut", "Dirección General Impositiva: RUT"),
    "ve_rif": Scheme("ve.rif", "SENIAT: RIF"),
    "vn_mst": Scheme("vn.mst", "General Department of Taxation: mã số thuế"),
    "za_idnr": Scheme("za.idnr", "Department of Home Affairs: identity number"),
    "za_tin": Scheme("za.tin", "SARS: tax reference number"),
}
"""Each scheme by the name of its validator."""
