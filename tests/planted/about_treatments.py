"""Faults of treatments, and of restrictions that finding more can lift."""

from tests.planted.families import FLAG, FLAGS, FOUND, FOUND_TWO, PARTS, Family

OPENS, LIFTED = "treatment-opens-target", "restriction-lifted-by-detection"
DISAGREE = "treatments-disagree"
R1, BOTH = ("@r1",), ("@r1", "@r2")

FAMILIES = (
    # --- a treatment that opens a target ----------------------------------------------
    Family(
        OPENS,
        FOUND + FLAG + "rule @r2 { when sends @l1 and target.at == cloud deny }\n"
        "rule @r1 { when @f1 and target.at == <<cloud||local>> @weak @l1 }",
        R1,
    ),
    Family(
        OPENS,
        FOUND
        + "rule @r2 { when sends @l1 below redact and target.at == cloud deny }\n"
        "rule @r1 { <<@strong||mask>> @l1 <<||keep last 3>> }".replace("<<@strong", "<<redact"),
        R1,
    ),
    Family(
        OPENS,
        FOUND_TWO + FLAG + "rule @r2 { on response when sends @l1 deny }\n"
        "rule @r3 { when found @l2 mask @l2 }\n"
        "rule @r1 { on response when @f1 @weak <<@l1||@l2>> }",
        R1,
    ),
    Family(
        OPENS,
        FOUND
        + "rule @r2 { only target.at == local or not sends @l1<<|| below drop>> }\n"
        "rule @r1 { @strong @l1 }".replace("@strong", "hash"),
        R1,
    ),
    Family(
        OPENS,
        PARTS + "rule @r2 { when sends @l1.@w1 below hash and target.at == cloud deny }\n"
        "rule @r1 { redact @l1 <<||except @l1.@w1>> }",
        R1,
    ),
    # --- a restriction that finding more lifts ----------------------------------------
    Family(LIFTED, FOUND + "rule @r1 { when <<not||>> found @l1 and target.at == cloud deny }", R1),
    Family(
        LIFTED,
        FOUND + "rule @r1 { when target.name == @t2 only count @l1 <<>=||<>> @n1 }",
        R1,
    ),
    Family(
        LIFTED,
        FOUND + FLAG + "rule @r1 { when <<not||>> sends @l1 and @f1 and target.at == cloud deny }",
        R1,
    ),
    Family(
        LIFTED,
        FOUND + FLAG + "rule @r1 { when if(found @l1, <<false, @f1||@f1, false>>) block }",
        R1,
    ),
    Family(
        LIFTED,
        FOUND + FLAG + "rule @r1 { on any when @f1 <<unless||and>> count @l1 from user >= 2 deny }",
        R1,
        mixes=False,
    ),
    Family(LIFTED, FOUND + "rule @r1 { when count @l1 <<==||>=>> 1 deny }", R1),
    Family(
        LIFTED,
        FOUND_TWO + "rule @r1 { when sends @l1 and target.at == cloud deny }\n"
        "rule @r2 { when found @l2 @weak <<@l1||@l2>> }",
        R1,
    ),
    Family(
        LIFTED,
        PARTS + "rule @r1 { when found @l1.@w1 and count @l1 <<< 2||> 1>> deny }",
        R1,
        mixes=False,
    ),
    # --- treatments that disagree -----------------------------------------------------
    Family(
        DISAGREE,
        PARTS + "rule @r1 { mask @l1.@w1 }\nrule @r2 { @strong @l1 <<||except @l1.@w1>> }",
        BOTH,
    ),
    Family(
        DISAGREE,
        PARTS + "label @l3 under @l1.@w1\ndetector @d3 -> @l3 { match /@X3[0-9]{4}/ }\n"
        "rule @r1 { @strong @l1 except @l1.@w1<<||, @l3>> }\nrule @r2 { @weak @l3 }",
        BOTH,
        counts=(2,),
        mixes=False,
    ),
    Family(
        DISAGREE,
        FOUND_TWO
        + "label @l3 under @l1\ndetector @d3 -> @l3 { match /@X3[0-9]{4}/ }\n"
        + FLAGS
        + "rule @r1 { when @f1 @weak @l1 }\nrule @r2 { when @f2 @strong <<@l3||@l2>> }",
        BOTH,
        counts=(2,),
        mixes=False,
    ),
    Family(
        DISAGREE,
        FOUND_TWO + FLAG + "rule @r1 { when @f1 @strong any <<||except @l1>> }\n"
        "rule @r2 { @weak @l1 }",
        BOTH,
        mixes=False,
    ),
    Family(
        DISAGREE,
        FOUND + "attr @f1 : enum { @w1, @w2 } default @w1\n"
        "rule @r1 { when @f1 == @w1 @weak @l1 }\nrule @r2 { when @f1 == <<@w1||@w2>> @strong @l1 }",
        BOTH,
    ),
    Family(
        DISAGREE,
        FOUND
        + "rule @r1 { when target.at == cloud @weak @l1 }\n"
        "rule @r2 { when target.at <<in { cloud, local }||== local>> @strong @l1 }".replace(
            "<<in { cloud, local }", '<<!= premises and target.zone != "@w1"'
        ),
        BOTH,
        fields=('zone "@w2"', 'zone "@w3"', 'zone "@w2"'),
    ),
    Family(
        DISAGREE,
        FOUND + "rule @r1 { on response @weak @l1 }\n"
        "rule @r2 { on <<any||tool_call>> @strong @l1 }",
        BOTH,
    ),
    Family(
        DISAGREE,
        FOUND + "attr @f1 : bool <<||default true>>\n"
        "rule @r1 { when @f1 @weak @l1 }\nrule @r2 { unless @f1 @strong @l1 }",
        BOTH,
    ),
)
