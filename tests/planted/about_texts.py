"""Faults of detectors and labels, and of waivers."""

from tests.planted.families import FLAG, FOUND, PARTS, Family

OVERLAP, LABEL = "detectors-overlap", "label-without-detector"
DETECTOR, EXPIRED, UNNEEDED = "detector-without-rule", "waiver-expired", "waiver-unneeded"
D12, L1, D1 = ("@d1", "@d2"), ("@l1",), ("@d1",)
LABELS = "label @l1\nlabel @l2\n"

FAMILIES = (
    # --- detectors that meet ----------------------------------------------------------
    Family(
        OVERLAP,
        LABELS
        + "detector @d1 -> @l1 { match /E[0-9]{2}/ }\ndetector @d2 -> @l2 { match /E[0-9]+/ }\n"
        "rule @r1 { @weak @l1 }\nrule @r2 { <<@strong||@weak>> @l2 }",
        D12,
        texts=True,
    ),
    Family(
        OVERLAP,
        LABELS + FLAG + "detector @d1 -> @l1 { match /E[a-z]/ }\n"
        'detector @d2 -> @l2 { words "<<Ea||Z1>>" }\n'
        "rule @r1 { @strong @l1 }\nrule @r2 { when @f1 mask @l2 }",
        D12,
        texts=True,
    ),
    Family(
        OVERLAP,
        LABELS + "detector @d1 -> @l1 { match /E1[0-9]/ }\n"
        "detector @d2 -> @l2 { match /<<E||Z>>[0-9]{2}/ }\n"
        "rule @r1 { when target.at == cloud @strong @l1 }\nrule @r2 { @weak @l2 }",
        D12,
        texts=True,
    ),
    Family(
        OVERLAP,
        LABELS + "detector @d1 -> @l1 { match /[0-9]{2}/ <<||left not letter>> }\n"
        "detector @d2 -> @l2 { match /E[0-9]{2}/ }\nrule @r1 { mask @l1 }\nrule @r2 { redact @l2 }",
        D12,
        texts=True,
    ),
    Family(
        OVERLAP,
        LABELS + "detector @d1 -> @l1 { match /E1{2}/ }\n"
        'detector @d2 -> @l2 { match /E[0-9]{2}/ <<||stopwords "E11">> }\n'
        "rule @r1 { on any @weak @l1 }\nrule @r2 { on response @strong @l2 }",
        D12,
        texts=True,
    ),
    Family(
        OVERLAP,
        LABELS + "detector @d1 -> @l1 { match /1[0-9]/ }\n"
        "detector @d2 -> @l2 "
        '{ match /[0-9]{2}/ score 30 near "id" within 5 adds <<30||10>> }\n'
        "rule @r1 { @strong @l1 }\nrule @r2 { @weak @l2 }",
        D12,
        texts=True,
    ),
    # --- labels that nothing finds ----------------------------------------------------
    Family(
        LABEL,
        FLAG + "label @l1\n<<||detector @d1 -> @l1 { match /@X1[0-9]{3}/ }\n>>"
        "rule @r1 { when @f1 @weak @l1 }",
        L1,
    ),
    Family(
        LABEL,
        LABELS + "detector @d1 -> <<@l2||@l1>> { match /@X1[0-9]{3}/ }\n"
        "rule @r1 { when found @l1 from user and target.at == cloud deny }\nrule @r2 { mask any }",
        L1,
        mixes=False,
    ),
    Family(
        LABEL,
        "label @l1\nlabel @l1.@w1\n<<||detector @d1 -> @l1.@w1 { match /@X1[0-9]{3}/ }\n>>"
        "rule @r1 { when count @l1 > 1 hold }",
        L1,
        mixes=False,
    ),
    Family(
        LABEL,
        FLAG + "label @l1\n<<||detector @d1 -> @l1 { match /@X1[0-9]{3}/ }\n>>"
        "let seen = @f1 and found @l1\nrule @r1 { when seen hold }",
        L1,
    ),
    # --- detectors that nobody asks ---------------------------------------------------
    Family(
        DETECTOR,
        FOUND + FLAG + "rule @r1 { when @f1 <<hold||@weak @l1>> }",
        D1,
    ),
    Family(DETECTOR, PARTS + FLAG + "rule @r1 { unless @f1 @strong @l1<<.@w2||>> }", D1),
    Family(
        DETECTOR,
        "label @l2\nlabel @l1 <<||under @l2>>\ndetector @d1 -> @l1 { match /@X1[0-9]{3}/ }\n"
        "detector @d2 -> @l2 { match /@X2[0-9]{2}/ }\nrule @r1 { @strong @l2 }",
        D1,
    ),
    # --- waivers ----------------------------------------------------------------------
    Family(
        EXPIRED,
        FLAG + '# epol: allow rule-never-fires until 2026-<<03||12>>-31 because "@w1"\n'
        "rule @r1 { when @f1 and not @f1 @act }",
        ("rule-never-fires",),
        mixes=False,
    ),
    Family(
        EXPIRED,
        FLAG + '# epol: allow rule-always-fires until 202<<5||7>>-12-31 because "@w1"\n'
        "rule @r1 { when @f1 or not @f1 cap top_p 0.4 }",
        ("rule-always-fires",),
        mixes=False,
    ),
    Family(
        EXPIRED,
        FLAG + "rule @r1 { when @f1 hold }\nlabel @l1\n"
        '# epol: allow detector-without-rule until 2026-<<10||11>>-01 because "@w1"\n'
        "detector @d1 -> @l1 { match /@X1[0-9]{3}/ }",
        ("detector-without-rule",),
        mixes=False,
    ),
    Family(
        UNNEEDED,
        FLAG + '# epol: allow rule-never-fires until 2027-03-31 because "@w1"\n'
        "rule @r1 { when @f1 <<||and not @f1>> @act }",
        ("rule-never-fires",),
        mixes=False,
    ),
    Family(
        UNNEEDED,
        FLAG + '# epol: allow rule-changes-nothing until 2027-03-31 because "@w1"\n'
        "rule @r1 { when @f1 and target.name == @t1 prefer <<80||0.1>> }",
        ("rule-changes-nothing",),
        mixes=False,
    ),
    Family(
        UNNEEDED,
        FOUND + FLAG + "rule @r2 { when sends @l1 and target.at == cloud deny }\n"
        '# epol: allow treatment-opens-target until 2027-03-31 because "@w1"\n'
        "rule @r1 { when <<target.at == local||@f1>> @weak @l1 }",
        ("treatment-opens-target",),
        mixes=False,
    ),
)
